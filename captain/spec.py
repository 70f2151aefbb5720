"""A `Stack` to the Engine API's specs, as the docker CLI's `stack deploy` makes them. Pure.

tests/data/stack-deploy holds what the CLI made of our stack file; a difference would restart tasks whenever
somebody deploys with one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from captain.labels import NAMESPACE_LABEL
from captain.stack import (
    FileReference,
    Healthcheck,
    Mount,
    Network,
    Placement,
    Resources,
    RestartPolicy,
    Rollout,
    Service,
    Stack,
    Volume,
)
from swarm.engine_objects import JSON

IMAGE_LABEL = "com.docker.stack.image"


@dataclass(frozen=True, slots=True)
class References:
    """Ids of what services refer to: networks, secrets and configs by their keys in the stack file."""

    networks: Mapping[str, str]
    secrets: Mapping[str, str]
    configs: Mapping[str, str]
    config_names: Mapping[str, str]
    """Real names by key: they carry a hash of the content."""


def service_specs(stack: Stack, references: References) -> list[JSON]:
    """One spec per service, in the order of the file."""
    return [_service_spec(service, stack, references) for service in stack.services.values()]


def network_spec(network: Network, stack_name: str) -> JSON:
    """The body that creates a network."""
    spec: JSON = {
        "Name": network.name,
        "CheckDuplicate": True,
        "Driver": network.driver,
        "Attachable": network.attachable,
        "Internal": network.internal,
        "Labels": {**network.labels, NAMESPACE_LABEL: stack_name},
    }
    if network.driver_options:
        spec["Options"] = dict(network.driver_options)
    if network.subnets:
        spec["IPAM"] = {"Driver": "default", "Config": [{"Subnet": subnet} for subnet in network.subnets]}
    return spec


def _present(values: Mapping[str, Any]) -> JSON:
    """Without what is not said: the API tells absent from empty."""
    return {key: value for key, value in values.items() if value not in (None, "", (), [], {})}


def _service_spec(service: Service, stack: Stack, references: References) -> JSON:
    deploy = service.deploy
    mode: JSON = (
        {"Global": {}}
        if deploy.mode == "global"
        else {"Replicated": {"Replicas": 1 if deploy.replicas is None else deploy.replicas}}
    )
    template = {
        "ContainerSpec": _container_spec(service, stack, references),
        "Resources": _present({"Limits": _resources(deploy.limits), "Reservations": _resources(deploy.reservations)}),
        "RestartPolicy": _restart_policy(deploy.restart_policy),
        "Placement": _placement(deploy.placement),
        "Networks": _networks(service, stack, references),
        "LogDriver": service.logging
        and _present({"Name": service.logging.driver, "Options": dict(service.logging.options)}),
    }
    spec: JSON = {
        "Name": f"{stack.name}_{service.key}",
        "Labels": {**deploy.labels, NAMESPACE_LABEL: stack.name, IMAGE_LABEL: service.image},
        "TaskTemplate": {key: value for key, value in template.items() if value is not None},
        "Mode": mode,
        "EndpointSpec": _endpoint(service),
    }
    if deploy.update_config is not None:
        spec["UpdateConfig"] = _rollout(deploy.update_config)
    if deploy.rollback_config is not None:
        spec["RollbackConfig"] = _rollout(deploy.rollback_config)
    return spec


def _container_spec(service: Service, stack: Stack, references: References) -> JSON:
    secret_names = stack.secrets
    spec = _present(
        {
            "Image": service.image,
            "Labels": {**service.labels, NAMESPACE_LABEL: stack.name},
            "Command": list(service.entrypoint),
            "Args": list(service.command),
            "Hostname": service.hostname,
            "Env": sorted(f"{name}={value}" for name, value in service.environment.items()),
            "Dir": service.working_dir,
            "User": service.user,
            "Init": service.init,
            "ReadOnly": service.read_only or None,
            "StopSignal": service.stop_signal,
            "StopGracePeriod": service.stop_grace_period,
            "Mounts": [_mount(mount, stack) for mount in service.mounts],
            "CapabilityAdd": [_capability(name) for name in service.cap_add],
            "CapabilityDrop": [_capability(name) for name in service.cap_drop],
            "Sysctls": dict(service.sysctls),
            "Ulimits": [{"Name": ulimit.name, "Soft": ulimit.soft, "Hard": ulimit.hard} for ulimit in service.ulimits],
            "Secrets": _files(service.secrets, "Secret", references.secrets, secret_names),
            "Configs": _files(service.configs, "Config", references.configs, references.config_names),
        }
    )
    # Empty, as Docker's command line sends it: to the engine that is something else than nothing, and the next
    # deployment by hand would replace every task for the difference.
    spec["Privileges"] = {"CredentialSpec": None, "SELinuxContext": None}
    if service.healthcheck is not None:
        spec["Healthcheck"] = _healthcheck(service.healthcheck)
    return spec


def _capability(name: str) -> str:
    name = name.upper()
    return name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}"


def _mount(mount: Mount, stack: Stack) -> JSON:
    volume: Volume | None = stack.volumes.get(mount.source) if mount.kind == "volume" else None
    options: JSON = {}
    if mount.kind == "volume" and volume is not None and not volume.external:
        options = {"Labels": {NAMESPACE_LABEL: stack.name}}
        if volume.driver_options:
            options["DriverConfig"] = {"Options": dict(volume.driver_options)}
    return _present(
        {
            "Type": mount.kind,
            "Source": volume.name if volume is not None else mount.source,
            "Target": mount.target,
            "ReadOnly": mount.read_only or None,
            "VolumeOptions": options,
            "TmpfsOptions": _present({"SizeBytes": mount.size_bytes}),
        }
    )


def _files(files: tuple[FileReference, ...], kind: str, ids: Mapping[str, str], names: Mapping[str, str]) -> list[JSON]:
    """References in the API's form, by name, as the CLI sorts them."""
    return sorted(
        (
            {
                "File": {"Name": file.target, "UID": file.uid, "GID": file.gid, "Mode": file.mode},
                f"{kind}ID": ids[file.source],
                f"{kind}Name": names[file.source],
            }
            for file in files
        ),
        key=lambda reference: str(reference[f"{kind}Name"]),
    )


def _healthcheck(check: Healthcheck) -> JSON:
    return _present(
        {
            "Test": list(check.test or ()),
            "Interval": check.interval,
            "Timeout": check.timeout,
            "StartPeriod": check.start_period or None,
            "StartInterval": check.start_interval or None,
            "Retries": check.retries,
        }
    )


def _resources(resources: Resources | None) -> JSON:
    if resources is None:
        return {}
    return _present({"NanoCPUs": resources.nano_cpus, "MemoryBytes": resources.memory_bytes, "Pids": resources.pids})


def _restart_policy(policy: RestartPolicy | None) -> JSON | None:
    if policy is None:
        return None
    return _present(
        {
            "Condition": policy.condition,
            "Delay": policy.delay,
            "MaxAttempts": policy.max_attempts,
            "Window": policy.window,
        }
    )


def _placement(placement: Placement) -> JSON:
    return _present(
        {
            "Constraints": list(placement.constraints),
            "Preferences": [{"Spread": {"SpreadDescriptor": spread}} for spread in placement.spread],
            "MaxReplicas": placement.max_replicas_per_node,
        }
    )


def _networks(service: Service, stack: Stack, references: References) -> list[JSON]:
    """The service's name is an alias in each; by the networks' names, as the CLI sorts them."""
    keys = sorted(service.networks, key=lambda key: stack.networks[key].name)
    return [{"Target": references.networks[key], "Aliases": [*service.networks[key], service.key]} for key in keys]


def _endpoint(service: Service) -> JSON:
    return _present(
        {
            "Mode": service.deploy.endpoint_mode,
            "Ports": [
                {
                    "Protocol": port.protocol,
                    "TargetPort": port.target,
                    "PublishedPort": port.published,
                    "PublishMode": port.mode,
                }
                for port in sorted(service.ports, key=lambda port: port.published)
            ],
        }
    )


def _rollout(rollout: Rollout) -> JSON:
    spec = _present(
        {
            "Delay": rollout.delay,
            "FailureAction": rollout.failure_action,
            "Monitor": rollout.monitor,
            "Order": rollout.order,
        }
    )
    return {"Parallelism": rollout.parallelism, "MaxFailureRatio": rollout.max_failure_ratio, **spec}
