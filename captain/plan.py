"""What a deploy has to do: the stack's specs against the services that run. Pure.

Invariant: a plan for services that are as the stack says is made of `UNCHANGED` alone.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from captain.difference import Change, differences, image_of, same_image
from captain.errors import CaptainError
from captain.labels import LOGIN_LABEL, NAMESPACE_LABEL
from swarm.engine_objects import JSON, Service

ROLLING = ("updating", "paused", "rollback_started", "rollback_paused")
_REPLICAS = "Mode.Replicated.Replicas"
# What others wait for, and the edge, whose port is what people look at.
_FIRST = ("postgres", "pgbouncer", "migrate", "edge")


class Kind(Enum):
    """What happens to a service."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    HELD = "held"
    """Only its count differs during a rollout: a write would change what a rollback goes back to."""
    KEEP = "keep"
    """No longer in the stack file, and stays."""
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Action:
    """One service's part of the plan. `spec` is what to write (CREATE and UPDATE), `live` what was read."""

    kind: Kind
    service: str
    live: Service | None = None
    spec: JSON | None = None
    changes: tuple[Change, ...] = ()
    note: str = ""

    @property
    def replaces_tasks(self) -> bool:
        """Whether the write may start a rollout: a change of labels, counts or rollout settings does not."""
        return any(change.path.startswith(("TaskTemplate", "EndpointSpec")) for change in self.changes)

    @property
    def restarts_tasks(self) -> bool:
        """Whether it does so for sure: tasks stay where another placement allows them."""
        return any(
            change.path.startswith(("TaskTemplate", "EndpointSpec"))
            and not change.path.startswith("TaskTemplate.Placement")
            for change in self.changes
        )


def plan_stack(
    wanted: Sequence[JSON], live: Sequence[Service], network_names: Mapping[str, str], prune: bool = False
) -> list[Action]:
    """One action per service of the stack file and per service of the stack that is no longer in it."""
    by_name = {service.name: service for service in live}
    names = {spec["Name"] for spec in wanted}
    actions = [plan_service(spec, by_name.get(spec["Name"]), network_names) for spec in _in_order(wanted)]
    leftover = Kind.REMOVE if prune else Kind.KEEP
    return actions + [Action(leftover, name) for name in sorted(by_name.keys() - names)]


def plan_service(wanted: JSON, live: Service | None, network_names: Mapping[str, str]) -> Action:
    """One service. `CaptainError` for a change that Swarm does not know."""
    name = wanted["Name"]
    if live is None:
        return Action(Kind.CREATE, name, spec=wanted)
    if set(wanted["Mode"]) != set(live.spec["Mode"]):
        raise CaptainError(
            f"{name} is {live.mode} and the stack file wants it {_mode(wanted)}, which Swarm cannot change: "
            f"docker service rm {name}, then run this again."
        )
    spec = carried_over(wanted, live.spec)
    changes = tuple(differences(spec, live.spec, network_names))
    if not changes:
        note = "a rollout is running" if live.update_state in ROLLING else ""
        return Action(Kind.UNCHANGED, name, live, note=note)
    if live.update_state in ROLLING:
        if all(change.path == _REPLICAS for change in changes):
            return Action(Kind.HELD, name, live, changes=changes, note=f"its rollout is {live.update_state}")
        note = f"takes the place of a rollout that is {live.update_state}"
        return Action(Kind.UPDATE, name, live, spec, changes, note)
    return Action(Kind.UPDATE, name, live, spec, changes)


def carried_over(wanted: JSON, live: JSON) -> JSON:
    """The wanted spec with what a deploy leaves as it is.

    The live count of an autoscaled service, a forced restart's counter, the mark that nodes can pull its image, and the
    digest (with the platforms) that a registry gave for the very image that is wanted.
    """
    spec = copy.deepcopy(wanted)
    template, live_template = spec["TaskTemplate"], live["TaskTemplate"]
    template["ForceUpdate"] = live_template.get("ForceUpdate", 0)
    if same_image(wanted, live):
        template["ContainerSpec"]["Image"] = image_of(live)
        platforms = (live_template.get("Placement") or {}).get("Platforms")
        if platforms:
            template.setdefault("Placement", {})["Platforms"] = platforms
    if LOGIN_LABEL in (live.get("Labels") or {}):
        spec.setdefault("Labels", {})[LOGIN_LABEL] = live["Labels"][LOGIN_LABEL]
    if "Replicated" in spec["Mode"] and "Replicated" in live["Mode"]:
        count = live["Mode"]["Replicated"].get("Replicas", 1)
        spec["Mode"]["Replicated"]["Replicas"] = _replicas(wanted, count)
    return spec


def _replicas(wanted: JSON, live: int) -> int:
    """The stack file's count, except where an autoscaler, or someone else, set one within the bounds."""
    labels: Mapping[str, str] = wanted.get("Labels") or {}
    if labels.get("flotilla.autoscale.enabled", "").lower() != "true":
        return int(wanted["Mode"]["Replicated"].get("Replicas", 1))
    low, high = labels.get("flotilla.autoscale.min", ""), labels.get("flotilla.autoscale.max", "")
    at_least = int(low) if low.isdigit() else 1
    at_most = int(high) if high.isdigit() else max(live, at_least)
    return max(at_least, min(live, at_most))


def _mode(spec: JSON) -> str:
    return "global" if "Global" in spec["Mode"] else "replicated"


def _in_order(wanted: Sequence[JSON]) -> list[JSON]:
    def rank(spec: JSON) -> int:
        key = spec["Name"].removeprefix(spec["Labels"][NAMESPACE_LABEL] + "_")
        return _FIRST.index(key) if key in _FIRST else len(_FIRST)

    return sorted(wanted, key=rank)
