"""An `AppSpec` to the Engine API's spec of its service. Pure.

Everything that only the edge or captain reads is in labels of the service, which change without a task being
restarted: the release's number, the routes, the autoscaler's bounds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from captain import autoscale_labels
from captain.apps.app_document import document
from captain.apps.app_spec import OF_THE_IMAGE, AppSpec
from captain.deadline import DEADLINE_LABEL
from captain.jobs.job_file import documents
from captain.labels import APP_LABEL, HTTP_LABEL, JOBS_LABEL, NAMESPACE_LABEL
from captain.spec import References, service_specs
from captain.stack import Deploy, Healthcheck, Logging, Network, RestartPolicy, Rollout, Service, Stack
from swarm.engine_objects import JSON

RELEASE_LABEL = "flotilla.app.release"
FAILED_LABEL = "flotilla.app.failed"
"""Numbers of releases that could not be rolled out, with commas between."""
KNOWN_AS_LABEL = "flotilla.secret"
"""On a secret that captain keeps for apps: the name that they know it by."""
TEMPLATE_LABEL = "flotilla.template"
"""On a config: the installation of a one-click template of which it keeps the values."""

_WATCH_IS_LATER_SECONDS = 30
_SECOND = 10**9
_LISTENING = 10  # state 0A in /proc/net/tcp


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the Swarm has. Ids by name; `network` is the one that every app is in."""

    network: str
    networks: Mapping[str, str]
    secrets: Mapping[str, str]
    has_start_interval: bool
    """Engine 25 and newer check often while a task starts, and seldom afterwards."""
    stored_as: Mapping[str, str] = field(default_factory=dict)
    """What the Swarm calls a secret, where that is not the name that apps know it by."""


def service_spec(spec: AppSpec, release: int, replicas: int, surroundings: Surroundings) -> JSON:
    """The whole body; every network and secret has to be in `surroundings`."""
    made = service_specs(_stack(spec, replicas, surroundings), _references(spec, surroundings))[0]
    container = made["TaskTemplate"]["ContainerSpec"]
    container["Labels"] = {**spec.labels, APP_LABEL: spec.name}
    del container["Privileges"]
    made["Name"] = spec.name
    made["Labels"] = _labels(spec, release)
    return made


def wanted_replicas(spec: AppSpec, live: int | None) -> int:
    """How many to write: the file's number, the live one where it says none, within an autoscaler's bounds."""
    if spec.autoscale is not None:
        initial = spec.autoscale.settings.get("initial", "")
        count = live if live is not None else int(initial) if initial.isdigit() else spec.autoscale.minimum
        return max(spec.autoscale.minimum, min(count, spec.autoscale.maximum))
    if spec.replicas is not None:
        return spec.replicas
    return 1 if live is None else live


def healthcheck(spec: AppSpec, has_start_interval: bool) -> Healthcheck | None:
    """The app's own, else one that its port is listened on; None leaves it to the image.

    The usual one is made of the shell's own words, since an image need not have any program that asks over HTTP.
    """
    if spec.healthcheck is not None or spec.http is None:
        return None if spec.healthcheck in (None, OF_THE_IMAGE) else spec.healthcheck
    pattern = f"*:{spec.http.port:04X}\\ {_LISTENING:02X}"
    test = (
        "for file in /proc/net/tcp /proc/net/tcp6; do [ -r $file ] && while read -r _ local _ state _; do "
        f'case "$local $state" in {pattern}) exit 0;; esac; done <$file; done; '
        f"echo 'nothing listens on port {spec.http.port}'; exit 1"
    )
    often, seldom = 1 * _SECOND, 10 * _SECOND
    return Healthcheck(
        test=("CMD-SHELL", test),
        interval=seldom if has_start_interval else 3 * _SECOND,
        timeout=5 * _SECOND,
        start_period=spec.deadline_seconds * _SECOND,
        start_interval=often if has_start_interval else None,
        retries=3,
    )


def _labels(spec: AppSpec, release: int) -> dict[str, str]:
    labels = {
        APP_LABEL: spec.name,
        RELEASE_LABEL: str(release),
        # Whoever rolls it out ends it first, knowing why; captain's own watch does when that was killed.
        DEADLINE_LABEL: str(spec.deadline_seconds + _WATCH_IS_LATER_SECONDS),
    }
    if spec.http is not None:
        labels[HTTP_LABEL] = json.dumps(document(spec)["http"], sort_keys=True, separators=(",", ":"))
    if spec.jobs:
        labels[JOBS_LABEL] = json.dumps(documents(spec.jobs), sort_keys=True, separators=(",", ":"))
    if spec.autoscale is not None:
        bounds = {"enabled": "true", "min": str(spec.autoscale.minimum), "max": str(spec.autoscale.maximum)}
        policy = {**spec.autoscale.settings, **bounds}
        labels |= {f"{autoscale_labels.PREFIX}{name}": value for name, value in policy.items()}
    return labels


def _stack(spec: AppSpec, replicas: int, surroundings: Surroundings) -> Stack:
    """A stack of this one service, which `captain.spec` makes into the API's form."""
    names = (surroundings.network, *(name for name in spec.networks if name != surroundings.network))
    networks = {name: Network(name, True, "overlay", {}, False, False, {}, ()) for name in names}
    service = Service(
        key=spec.name,
        image=spec.image,
        command=spec.command,
        entrypoint=spec.entrypoint,
        environment=spec.environment,
        labels={},
        networks=dict.fromkeys(names, (f"srv-captain--{spec.name}",)),
        ports=spec.ports,
        mounts=spec.mounts,
        secrets=spec.secrets,
        configs=(),
        healthcheck=healthcheck(spec, surroundings.has_start_interval),
        logging=Logging("json-file", {"max-size": "10m", "max-file": "3"}),
        deploy=_deploy(spec, replicas),
        user=spec.user,
        working_dir=spec.working_dir,
        hostname=spec.hostname,
        init=spec.init,
        read_only=spec.read_only,
        cap_add=spec.cap_add,
        cap_drop=(),
        sysctls={},
        ulimits=(),
        stop_signal=spec.stop_signal,
        stop_grace_period=spec.stop_grace_period,
    )
    stored_as = surroundings.stored_as
    secrets = {reference.source: stored_as.get(reference.source, reference.source) for reference in spec.secrets}
    return Stack(NAMESPACE_LABEL, {spec.name: service}, networks, {}, {}, secrets)


def _references(spec: AppSpec, surroundings: Surroundings) -> References:
    return References(surroundings.networks, surroundings.secrets, {}, {})


def _deploy(spec: AppSpec, replicas: int) -> Deploy:
    """Swarm stops at the first replica that fails, and captain alone goes back: it knows the last good release."""
    order = "stop-first" if spec.is_pinned else "start-first"
    rollout = Rollout(
        parallelism=1, delay=None, failure_action="pause", monitor=5 * _SECOND, max_failure_ratio=0.0, order=order
    )
    meshed = any(port.mode == "ingress" for port in spec.ports)
    return Deploy(
        replicas=replicas,
        endpoint_mode="vip" if meshed else "dnsrr",  # the mesh needs a virtual IP; the edge never does
        placement=spec.placement,
        limits=spec.limits,
        reservations=spec.reservations,
        restart_policy=RestartPolicy(spec.restart.condition, _SECOND, spec.restart.attempts, None),
        update_config=rollout,
        rollback_config=rollout,
    )
