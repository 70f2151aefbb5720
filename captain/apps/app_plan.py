"""What has to be done so that apps are as wanted: (desired, observed) → steps. Pure.

Invariants: replicas and routes never restart a task, another environment does; for apps that are as wanted there is
nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from captain.apps.app_document import changes, document
from captain.apps.app_releases import Release, failed_numbers, next_number, running_number
from captain.apps.app_service import FAILED_LABEL, Surroundings, service_spec, wanted_replicas
from captain.apps.app_spec import AppSpec
from captain.difference import Change, differences
from captain.errors import CaptainError
from captain.labels import APP_LABEL, NAMESPACE_LABEL
from captain.plan import carried_over
from swarm.engine_objects import JSON, Service

_REPLICAS = "Mode.Replicated.Replicas"
_SECRETS = "TaskTemplate.ContainerSpec.Secrets"


class Kind(Enum):
    """What happens to an app."""

    CREATE = "create"
    ROLL_OUT = "roll out"
    """A new release whose tasks take the place of the old ones."""
    RECONFIGURE = "reconfigure"
    """A new release that no task needs to be restarted for: routes, bounds of the autoscaler."""
    SCALE = "scale"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """One app's part. `spec` is what to write and `live` what was read; `release` is the number it gets, 0 for none."""

    kind: Kind
    app: AppSpec
    changes: tuple[str, ...] = ()
    release: int = 0
    spec: JSON | None = None
    live: Service | None = None

    @property
    def restarts_tasks(self) -> bool:
        """Whether running tasks are replaced."""
        return self.kind is Kind.ROLL_OUT


@dataclass(frozen=True, slots=True)
class Observed:
    """All services and releases of the Swarm; `taken_hosts` are those of the platform, with what has them."""

    services: Mapping[str, Service]
    releases: Mapping[str, tuple[Release, ...]]
    surroundings: Surroundings
    taken_hosts: Mapping[str, str]
    domain: str
    blog_domain: str


def plan(apps: Sequence[AppSpec], observed: Observed, allowed_socket_apps: Collection[str] = ()) -> list[Step]:
    """A step for each app, in their order. `CaptainError` has a line for each thing that cannot be.

    `allowed_socket_apps` names those that an administrator lets have the Docker socket.
    """
    wrong = [sentence for app in apps for sentence in missing(app, observed)]
    wrong += [sentence for app in apps if app.name not in allowed_socket_apps for sentence in _sockets(app)]
    wrong += _hosts_twice(apps, observed)
    if wrong:
        raise CaptainError("\n".join([*wrong, "Nothing was changed."]))
    return [plan_app(app, observed) for app in apps]


def plan_app(app: AppSpec, observed: Observed) -> Step:
    """One app, without what concerns several."""
    live = observed.services.get(app.name)
    own = observed.releases.get(app.name, ())
    if live is None:
        number = next_number(own, None)
        spec = service_spec(app, number, wanted_replicas(app, None), observed.surroundings)
        return Step(Kind.CREATE, app, (f"image: {app.image}",), number, spec)
    running = running_number(live) or 0
    spec = spec_over(app, running, live, observed.surroundings)
    found = differences(spec, live.spec, {id_: name for name, id_ in observed.surroundings.networks.items()})
    if not found:
        return Step(Kind.UNCHANGED, app, live=live)
    said = _said(app, found, next((release for release in own if release.number == running), None))
    said += _new_values(spec, live.spec)
    if all(change.path == _REPLICAS for change in found):
        return Step(Kind.SCALE, app, said, 0, spec, live)
    number = next_number(own, live)
    spec = spec_over(app, number, live, observed.surroundings)
    restarts = any(change.path.startswith(("TaskTemplate", "EndpointSpec")) for change in found)
    return Step(Kind.ROLL_OUT if restarts else Kind.RECONFIGURE, app, said, number, spec, live)


def as_json(steps: Sequence[Step]) -> list[dict[str, object]]:
    """The plan for programs; `text` is the end of a sentence about the app, `release` null where none is made."""
    return [
        {
            "app": step.app.name,
            "text": _sentence(step),
            "step": step.kind.name.lower(),
            "restarts_tasks": step.restarts_tasks,
            "release": step.release or None,
            "changes": list(step.changes),
        }
        for step in steps
    ]


def _sentence(step: Step) -> str:
    match step.kind:
        case Kind.CREATE:
            return f"is new; release {step.release}"
        case Kind.ROLL_OUT if step.app.is_pinned:
            return f"release {step.release}; its replica is stopped first, for it has a volume or a port of the node"
        case Kind.ROLL_OUT:
            return f"release {step.release}; its replicas are replaced one by one, the old one going last"
        case Kind.RECONFIGURE:
            return f"release {step.release}; no replica is restarted"
        case Kind.SCALE:
            return "is scaled; no replica is restarted"
        case Kind.UNCHANGED:
            return "is as wanted"


def spec_over(app: AppSpec, release: int, live: Service, surroundings: Surroundings) -> JSON:
    """What to write over the live service: it keeps its count, the digest of the same image, the list of failures."""
    spec = service_spec(app, release, wanted_replicas(app, live.replicas), surroundings)
    kept = carried_over(spec, live.spec)
    kept["Mode"] = spec["Mode"]
    if failed_numbers(live):
        kept["Labels"][FAILED_LABEL] = live.labels[FAILED_LABEL]
    return kept


def _said(app: AppSpec, found: Sequence[Change], running: Release | None) -> tuple[str, ...]:
    """In the file's words; in the engine's where the file's do not differ: somebody changed the service by hand."""
    lines = [] if running is None else changes(running.document, document(app))
    lines = [line for line in lines if not line.startswith(("replicas:", "autoscale"))]
    counts = [f"replicas: {change.live} → {change.wanted}" for change in found if change.path == _REPLICAS]
    policy = sorted({change.path.rsplit(".", 1)[-1] for change in found if "flotilla.autoscale." in change.path})
    lines += counts + [f"autoscale.{name} changes" for name in policy]
    if lines:
        return tuple(lines)
    return tuple(f"changed by hand: {_path(change)}" for change in found if not change.path.startswith(_SECRETS))


def _new_values(wanted: JSON, live: JSON) -> tuple[str, ...]:
    """Files of secrets that stay where they are, with other content."""

    def files(spec: JSON) -> Mapping[str, str]:
        references = spec["TaskTemplate"]["ContainerSpec"].get("Secrets") or []
        return {str(reference["File"]["Name"]): str(reference["SecretID"]) for reference in references}

    before = files(live)
    return tuple(f"secrets.{name}: a new value" for name, id_ in files(wanted).items() if before.get(name, id_) != id_)


def _path(change: Change) -> str:
    """Without the values: there may be passwords among them."""
    return change.path.removeprefix("TaskTemplate.").removeprefix("ContainerSpec.")


def missing(app: AppSpec, observed: Observed) -> Iterable[str]:
    """What the app refers to and the Swarm has not, or may not be given to it; a sentence each."""
    live = observed.services.get(app.name)
    if live is not None and live.labels.get(APP_LABEL) != app.name:
        owner = live.labels.get(NAMESPACE_LABEL, "nobody captain knows")
        yield f"apps.{app.name}: there is a service {app.name} of {owner} already: give the app another name."
    for secret in app.secrets:
        if secret.source not in observed.surroundings.secrets:
            yield (
                f"apps.{app.name}.secrets: there is no secret {secret.source} that apps may have: "
                f"printf %s VALUE | docker secret create {secret.source} -"
            )
    for network in app.networks:
        if network not in observed.surroundings.networks:
            yield (
                f"apps.{app.name}.networks: there is no network {network} that apps may be in: "
                f"docker network create --driver overlay --attachable {network}"
            )


def _sockets(app: AppSpec) -> Iterable[str]:
    for mount in app.mounts:
        if mount.kind == "bind" and _holds_the_socket(mount.source):
            yield (
                f"apps.{app.name}.volumes: {mount.source} holds the Docker socket, "
                "and with it the whole Swarm: captain gives it to no app."
            )


def _holds_the_socket(path: str) -> bool:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    sockets = (["var", "run", "docker.sock"], ["run", "docker.sock"])
    return ".." in parts or any(socket[: len(parts)] == parts for socket in sockets)


def _hosts_twice(apps: Sequence[AppSpec], observed: Observed) -> Iterable[str]:
    """Names that two apps, or an app and the platform, would both answer to."""
    owners = dict(observed.taken_hosts)
    planned = {app.name for app in apps}
    for name, own in observed.releases.items():
        running = running_number(observed.services.get(name))
        for release in own:
            if name not in planned and release.number == running:
                owners |= dict.fromkeys(hosts(release.spec(), observed.domain), f"the app {name}")
    for app in apps:
        for host in hosts(app, observed.domain):
            if host.endswith(f".{observed.blog_domain}"):
                yield f"apps.{app.name}.http: {host} is where a site would be: take it out."
            elif host in owners:
                yield f"apps.{app.name}.http: {host} belongs to {owners[host]}: take it out here, or there first."
            owners[host] = f"the app {app.name}"


def hosts(app: AppSpec, domain: str) -> tuple[str, ...]:
    """Every name that the edge answers to for the app."""
    if app.http is None:
        return ()
    return (f"{app.name}.{domain}", *app.http.hosts, *app.http.redirects)
