"""What a rotation does, in which order, and why nobody is locked out on the way. Pure.

Invariant: whoever checks a credential accepts what anybody who is asked to show one may still show. So those who
show it first get both generations (they try the new one, then the old), then those who check it get the new one,
then nobody has the old one any more, and it is removed.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarm.engine_objects import JSON, Secret

PREVIOUS = "_previous"
"""Behind a file's name: the generation before, for as long as a rotation lasts."""

RETIRED_LABEL = "flotilla.retired"
"""Of a secret that holds nothing any more: there is nothing to rotate."""


@dataclass(frozen=True, slots=True)
class Step:
    """Services that are written together, and then waited for. `both`: they get the old generation as well."""

    services: tuple[str, ...]
    both: bool = False
    pause_before: bool = False
    """Clients outside have to change over before this."""


PLANS: Mapping[str, tuple[Step, ...]] = {
    # Retired for API keys: the new generation holds none, and the old token is taken until clients have changed over.
    "api_token": (Step(("app",), both=True), Step(("app",), pause_before=True)),
    # migrate sets the roles' passwords in PostgreSQL. From then until pgbouncer has the new one too, it can open no
    # further connections to PostgreSQL; those that are open serve.
    "db_app_password": (
        Step(("app", "worker"), both=True),
        Step(("migrate",)),
        Step(("pgbouncer-passwords",)),
        Step(("app", "worker")),
    ),
    "db_owner_password": (Step(("migrate",), both=True), Step(("migrate",))),
    "db_metrics_password": (Step(("migrate",)), Step(("postgres-exporter",))),
    # It takes the place of the captain that is asked: captain.sh runs it outside of that one.
    "db_captain_password": (Step(("migrate",)), Step(("captain",))),
    "pgbouncer_stats_password": (Step(("pgbouncer-passwords",)), Step(("pgbouncer-exporter",))),
    "edge_certificate": (Step(("certificate",)),),
}


def together(names: Sequence[str]) -> list[list[tuple[str, Step]]]:
    """The plans of several secrets as one, so that a service that holds several of them starts again less often.

    Each secret's steps stay in their order; one that clients outside have to change over before comes with the last.
    """
    plans = {name: PLANS[name] for name in dict.fromkeys(names)}
    rows: list[list[tuple[str, Step]]] = [[] for _ in range(max(len(steps) for steps in plans.values()))]
    for name, steps in plans.items():
        for number, step in enumerate(steps):
            rows[len(rows) - len(steps) + number if step.pause_before else number].append((name, step))
    return rows


def with_generation(spec: JSON, target: str, new: Secret, old: Secret | None) -> JSON | None:
    """The service's spec with the file `target` from `new`, and beside it the previous one from `old`.

    None if it is so already, or further: who has the new generation alone needs the old one no more. KeyError if
    the service has no such file.
    """
    present: Sequence[JSON] = spec["TaskTemplate"]["ContainerSpec"].get("Secrets") or []
    own = {reference["File"]["Name"]: reference for reference in present}
    if own[target]["SecretID"] == new.id and (old is not None or target + PREVIOUS not in own):
        return None
    others = [reference for name, reference in own.items() if name not in (target, target + PREVIOUS)]
    wanted = [*others, _reference(own[target], target, new)]
    if old is not None:
        wanted.append(_reference(own[target], target + PREVIOUS, old))
    changed = copy.deepcopy(spec)
    # In the order that a deployment gives them: another one would be a difference, and restart the tasks.
    changed["TaskTemplate"]["ContainerSpec"]["Secrets"] = sorted(wanted, key=lambda entry: str(entry["SecretName"]))
    return changed


def _reference(like: JSON, target: str, secret: Secret) -> JSON:
    return {"File": {**like["File"], "Name": target}, "SecretID": secret.id, "SecretName": secret.name}
