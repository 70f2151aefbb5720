"""An `AppSpec` as captain.yml would say it: what a release keeps, and what two of them are compared by. Pure.

Invariant: `parse_app(spec.name, document(spec)) == spec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from captain.apps.app_spec import NO_HEALTHCHECK, OF_THE_IMAGE, AppSpec, Http, Restart
from captain.jobs.job_file import documents
from captain.stack import FileReference, Healthcheck, Mount, Placement, Port, Resources

Document: TypeAlias = dict[str, Any]


def document(spec: AppSpec) -> Document:
    """Without what is said by leaving it out."""
    return _said(
        {
            "image": spec.image,
            "command": list(spec.command),
            "entrypoint": list(spec.entrypoint),
            "environment": dict(spec.environment),
            "secrets": [_reference(reference) for reference in spec.secrets],
            "ports": [_port(port) for port in spec.ports],
            "volumes": [_mount(mount) for mount in spec.mounts],
            "networks": list(spec.networks),
            "http": _http(spec.http),
            "healthcheck": _healthcheck(spec.healthcheck),
            "resources": _said({"limits": _resources(spec.limits), "reservations": _resources(spec.reservations)}),
            "replicas": spec.replicas,
            "autoscale": None
            if spec.autoscale is None
            else {"min": spec.autoscale.minimum, "max": spec.autoscale.maximum, **spec.autoscale.settings},
            "placement": _placement(spec.placement),
            "labels": dict(spec.labels),
            "user": spec.user,
            "working_dir": spec.working_dir,
            "hostname": spec.hostname,
            "init": spec.init,
            "read_only": spec.read_only or None,
            "cap_add": list(spec.cap_add),
            "stop_signal": spec.stop_signal,
            "stop_grace_period": _duration(spec.stop_grace_period),
            "restart": _restart(spec.restart),
            "jobs": documents(spec.jobs),
            "deadline": f"{spec.deadline_seconds}s",
        }
    )


def changes(before: Document, after: Document) -> list[str]:
    """What differs, a line each. Values of the environment are not shown: there are passwords among them."""
    return [line for key in sorted({*before, *after}) for line in _changes(key, before.get(key), after.get(key))]


def _changes(path: str, before: object, after: object) -> list[str]:
    if before == after:
        return []
    if isinstance(before, Mapping | None) and isinstance(after, Mapping | None):
        old, new = before or {}, after or {}
        return [
            line for key in sorted({*old, *new}) for line in _changes(f"{path}.{key}", old.get(key), new.get(key))
        ] or [f"{path}: {_shown(path, before)} → {_shown(path, after)}"]
    return [f"{path}: {_shown(path, before)} → {_shown(path, after)}"]


def _shown(path: str, value: object) -> str:
    if value is None:
        return "nothing"
    if path.startswith(("environment.", "http.basic_auth")):
        return "a value"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _said(values: Mapping[str, Any]) -> Document:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _duration(nanoseconds: int | None) -> str | None:
    return None if nanoseconds is None else f"{nanoseconds}ns"


def _cpus(nano_cpus: int | None) -> str | None:
    return None if nano_cpus is None else f"{nano_cpus / 10**9:.9f}".rstrip("0").rstrip(".")


def _reference(reference: FileReference) -> Document:
    return {
        "source": reference.source,
        "target": reference.target,
        "uid": reference.uid,
        "gid": reference.gid,
        "mode": reference.mode,
    }


def _restart(restart: Restart) -> str | None:
    if not restart.may_end:
        return None
    return restart.condition if restart.attempts is None else f"{restart.condition}:{restart.attempts}"


def _port(port: Port) -> Document:
    return {"target": port.target, "published": port.published, "protocol": port.protocol, "mode": port.mode}


def _mount(mount: Mount) -> Document:
    return _said(
        {
            "type": mount.kind,
            "source": mount.source,
            "target": mount.target,
            "read_only": mount.read_only or None,
            "tmpfs": _said({"size": mount.size_bytes}),
        }
    )


def _http(http: Http | None) -> Document | None:
    if http is None:
        return None
    auth = http.basic_auth
    return _said(
        {
            "port": http.port,
            "hosts": list(http.hosts),
            "redirects": dict(http.redirects),
            "readiness": http.readiness,
            "basic_auth": auth and {"user": auth.user, "password_hash": auth.password_hash},
            "max_in_flight": http.max_in_flight,
        }
    )


def _healthcheck(check: Healthcheck | None) -> str | Document | None:
    if check is None:
        return None
    if check == OF_THE_IMAGE:
        return "image"
    if check == NO_HEALTHCHECK:
        return "none"
    return _said(
        {
            "test": list(check.test or ()),
            "interval": _duration(check.interval),
            "timeout": _duration(check.timeout),
            "start_period": _duration(check.start_period),
            "start_interval": _duration(check.start_interval),
            "retries": check.retries,
        }
    )


def _resources(resources: Resources | None) -> Document | None:
    if resources is None:
        return None
    return _said({"cpus": _cpus(resources.nano_cpus), "memory": resources.memory_bytes, "pids": resources.pids})


def _placement(placement: Placement) -> Document:
    return _said(
        {
            "constraints": list(placement.constraints),
            "spread": list(placement.spread),
            "max_replicas_per_node": placement.max_replicas_per_node,
        }
    )
