"""The mark of an app whose first release nobody has seen live yet.

Swarm has nothing to go back to there, so a captain that is killed in between would leave a service that fails for ever.
With the mark, whoever comes next knows that it may be taken away (`unfinished`).
"""

from __future__ import annotations

from swarm.engine import JSON, Engine, OutOfSequence, Service

UNPROVEN_LABEL = "flotilla.app.unproven"

_ATTEMPTS = 10


def marked(spec: JSON) -> JSON:
    """The spec of a service that is about to be created."""
    return {**spec, "Labels": {**(spec.get("Labels") or {}), UNPROVEN_LABEL: "true"}}


def is_unproven(service: Service) -> bool:
    return UNPROVEN_LABEL in service.labels


def prove(engine: Engine, name: str) -> None:
    """Take the mark off, which restarts nothing. Where others keep writing, `unfinished` takes it off later."""
    for _ in range(_ATTEMPTS):
        service = engine.service(name)
        if service is None or not is_unproven(service):
            return
        labels = {key: value for key, value in service.labels.items() if key != UNPROVEN_LABEL}
        try:
            engine.update_service(service.id, service.version_index, {**service.spec, "Labels": labels})
        except OutOfSequence:
            continue
        return
