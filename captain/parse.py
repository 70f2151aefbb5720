"""A merged document to a `Stack`: the keys of compose 3.9 that our services need, no more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from captain.compose import Document
from captain.errors import CaptainError
from captain.parse_pieces import parse_healthcheck, parse_mount, parse_port, parse_references, parse_resources
from captain.section import Section
from captain.stack import (
    ConfigFile,
    Deploy,
    Logging,
    Network,
    Placement,
    RestartPolicy,
    Rollout,
    Service,
    Stack,
    Ulimit,
    Volume,
)

_IGNORED_BY_SWARM = {
    "tmpfs": "is ignored by `docker stack deploy`: write volumes: [{type: tmpfs, target: /tmp}]",
    "build": "is ignored by a Swarm: build the image first and name it in image",
    "restart": "is ignored by a Swarm: write deploy.restart_policy",
    "privileged": "is ignored by a Swarm: no service of a stack is privileged",
    "security_opt": "is ignored by a Swarm",
    "depends_on": "is ignored by a Swarm: services start in any order and try again",
    "container_name": "is ignored by a Swarm: tasks get names of their own",
}
_DEFAULT_NETWORK = "default"


def parse(document: Document, name: str) -> Stack:
    """The stack `name`. `CaptainError` names the path of an unknown key or a wrong value."""
    networks = {key: _network(section, name, key) for key, section in _entries(document, "networks")}
    services = {key: _service(section, key) for key, section in _entries(document, "services")}
    if any(_DEFAULT_NETWORK in service.networks for service in services.values()):
        implied = _network(Section(None, "networks.default"), name, _DEFAULT_NETWORK)
        networks.setdefault(_DEFAULT_NETWORK, implied)
    stack = Stack(
        name=name,
        services=services,
        networks=networks,
        volumes={key: _volume(section, name, key) for key, section in _entries(document, "volumes")},
        configs={key: _config(section, name, key) for key, section in _entries(document, "configs")},
        secrets={key: _secret(section, key) for key, section in _entries(document, "secrets")},
    )
    for service in services.values():
        _check_references(service, stack)
    return stack


def _entries(document: Document, section: str) -> Iterable[tuple[str, Section]]:
    whole = Section(document.get(section), section)
    return [(key, Section(whole.raw(key), f"{section}.{key}")) for key in whole]


def _check_references(service: Service, stack: Stack) -> None:
    volumes = [mount.source for mount in service.mounts if mount.kind == "volume" and mount.source]
    for kind, wanted, defined in (
        ("networks", service.networks, stack.networks),
        ("volumes", volumes, stack.volumes),
        ("configs", [reference.source for reference in service.configs], stack.configs),
        ("secrets", [reference.source for reference in service.secrets], stack.secrets),
    ):
        for key in wanted:
            if key not in defined:
                raise CaptainError(f"services.{service.key} uses '{key}', which is not defined under {kind}.")


def _service(section: Section, key: str) -> Service:
    section.allow(
        "image", "command", "entrypoint", "environment", "labels", "networks", "ports", "volumes", "secrets",
        "configs", "healthcheck", "logging", "deploy", "user", "working_dir", "hostname", "init", "read_only",
        "cap_add", "cap_drop", "sysctls", "ulimits", "stop_signal", "stop_grace_period",
        reasons=_IGNORED_BY_SWARM,
    )  # fmt: skip
    image = section.text("image")
    if not image:
        section.fail("image", "is needed: name the image")
    return Service(
        key=key,
        image=image,
        command=section.command("command"),
        entrypoint=section.command("entrypoint"),
        environment=section.mapping("environment"),
        labels=section.mapping("labels"),
        networks=_service_networks(section),
        ports=tuple(parse_port(Section(entry, f"{section.path}.ports")) for entry in section.items("ports")),
        mounts=tuple(parse_mount(entry, f"{section.path}.volumes") for entry in section.items("volumes")),
        secrets=parse_references(section, "secrets"),
        configs=parse_references(section, "configs"),
        healthcheck=parse_healthcheck(section.optional_section("healthcheck")),
        logging=_logging(section.optional_section("logging")),
        deploy=_deploy(section.section("deploy")),
        user=section.text("user"),
        working_dir=section.text("working_dir"),
        hostname=section.text("hostname"),
        init=section.boolean("init"),
        read_only=section.boolean("read_only") or False,
        cap_add=section.texts("cap_add"),
        cap_drop=section.texts("cap_drop"),
        sysctls=section.mapping("sysctls"),
        ulimits=_ulimits(section.section("ulimits")),
        stop_signal=section.text("stop_signal"),
        stop_grace_period=section.duration("stop_grace_period"),
    )


def _service_networks(section: Section) -> Mapping[str, tuple[str, ...]]:
    if "networks" not in section:
        return {_DEFAULT_NETWORK: ()}
    if isinstance(section.raw("networks"), list):
        return dict.fromkeys(section.texts("networks"), ())
    networks = section.section("networks")
    aliases: dict[str, tuple[str, ...]] = {}
    for key in networks:
        network = networks.section(key)
        network.allow("aliases")
        aliases[key] = network.texts("aliases")
    return aliases


def _logging(logging: Section | None) -> Logging | None:
    if logging is None:
        return None
    logging.allow("driver", "options")
    return Logging(logging.text("driver"), logging.mapping("options"))


def _ulimits(ulimits: Section) -> tuple[Ulimit, ...]:
    found = []
    for name in ulimits:
        if isinstance(ulimits.raw(name), Mapping):
            pair = ulimits.section(name)
            pair.allow("soft", "hard")
            soft, hard = pair.integer("soft"), pair.integer("hard")
        else:
            soft = hard = ulimits.integer(name)
        if soft is None or hard is None:
            ulimits.fail(name, "has to be a number, or soft and hard")
        found.append(Ulimit(name, soft, hard))
    return tuple(sorted(found, key=lambda ulimit: ulimit.name))


def _deploy(deploy: Section) -> Deploy:
    deploy.allow(
        "mode", "replicas", "endpoint_mode", "labels", "placement", "resources", "restart_policy",
        "update_config", "rollback_config",
    )  # fmt: skip
    placement = deploy.section("placement")
    placement.allow("constraints", "preferences", "max_replicas_per_node")
    spread = [Section(entry, f"{placement.path}.preferences") for entry in placement.items("preferences")]
    for preference in spread:
        preference.allow("spread")
    resources = deploy.section("resources")
    resources.allow("limits", "reservations")
    return Deploy(
        mode=deploy.choice("mode", "replicated", "global") or "replicated",
        replicas=deploy.integer("replicas"),
        endpoint_mode=deploy.choice("endpoint_mode", "vip", "dnsrr"),
        labels=deploy.mapping("labels"),
        placement=Placement(
            placement.texts("constraints"),
            tuple(preference.text("spread") for preference in spread),
            placement.integer("max_replicas_per_node"),
        ),
        limits=parse_resources(resources.optional_section("limits")),
        reservations=parse_resources(resources.optional_section("reservations")),
        restart_policy=_restart_policy(deploy.optional_section("restart_policy")),
        update_config=_rollout(deploy.optional_section("update_config")),
        rollback_config=_rollout(deploy.optional_section("rollback_config")),
    )


def _restart_policy(policy: Section | None) -> RestartPolicy | None:
    if policy is None:
        return None
    policy.allow("condition", "delay", "max_attempts", "window")
    return RestartPolicy(
        policy.choice("condition", "none", "on-failure", "any"),
        policy.duration("delay"),
        policy.integer("max_attempts"),
        policy.duration("window"),
    )


def _rollout(rollout: Section | None) -> Rollout | None:
    if rollout is None:
        return None
    rollout.allow("parallelism", "delay", "failure_action", "monitor", "max_failure_ratio", "order")
    parallelism = rollout.integer("parallelism")
    return Rollout(
        parallelism=1 if parallelism is None else parallelism,
        delay=rollout.duration("delay"),
        failure_action=rollout.choice("failure_action", "pause", "continue", "rollback"),
        monitor=rollout.duration("monitor"),
        max_failure_ratio=rollout.number("max_failure_ratio") or 0.0,
        order=rollout.choice("order", "start-first", "stop-first"),
    )


def _network(network: Section, stack: str, key: str) -> Network:
    network.allow("name", "external", "driver", "driver_opts", "attachable", "internal", "labels", "ipam")
    ipam = network.section("ipam")
    ipam.allow("driver", "config")
    pools = [Section(entry, f"{ipam.path}.config") for entry in ipam.items("config")]
    for pool in pools:
        pool.allow("subnet")
    external = network.boolean("external") or False
    return Network(
        name=network.text("name") or (key if external else f"{stack}_{key}"),
        external=external,
        driver=network.text("driver", "overlay"),
        driver_options=network.mapping("driver_opts"),
        attachable=network.boolean("attachable") or False,
        internal=network.boolean("internal") or False,
        labels=network.mapping("labels"),
        subnets=tuple(pool.text("subnet") for pool in pools),
    )


def _volume(volume: Section, stack: str, key: str) -> Volume:
    volume.allow("name", "external", "driver_opts")
    external = volume.boolean("external") or False
    name = volume.text("name") or (key if external else f"{stack}_{key}")
    return Volume(name, external, volume.mapping("driver_opts"))


def _config(config: Section, stack: str, key: str) -> ConfigFile:
    config.allow("name", "file", "external")
    external = config.boolean("external") or False
    if not external and not config.text("file"):
        config.fail("file", "is needed: the path of the config's content")
    return ConfigFile(config.text("name") or (key if external else f"{stack}_{key}"), config.text("file"))


def _secret(secret: Section, key: str) -> str:
    secret.allow("external", "name")
    if not secret.boolean("external"):
        secret.fail("external", "has to be true: secrets are made by `captain secrets`, not from files")
    return secret.text("name", key)
