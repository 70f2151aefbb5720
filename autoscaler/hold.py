"""A count that somebody set by hand stands for a while. Pure.

Swarm does not say who wrote a count, so this goes by what is known: a count that is neither the one of the last look
nor the one that was decided on then came from somebody else. Knowing nothing, after a start, is no event.

Not by hand, and so not held: the count that a deployment begins with (`initial`); one that came together with a change
of the tasks (a deployment, a rollback: Swarm keeps the state of such an update, and clears it when a later write
changes the count alone); one that was outside the bounds and has been moved to the nearer one.
"""

from __future__ import annotations

from autoscaler.config import Policy
from autoscaler.observation import Observation
from autoscaler.values import dataclass


@dataclass(frozen=True, slots=True)
class Hold:
    """A count set by hand and the Unix time until which it stands."""

    replicas: int
    until: float


def after_look(
    hold: Hold | None, policy: Policy, known: int | None, asked: int | None, observation: Observation, now: float
) -> Hold | None:
    """The hold in force after a look at `now`. `known`: the count of the look before; `asked`: decided on then."""
    count = observation.replicas
    if known is None or not policy.hold_seconds:
        return None
    if count in (known, asked):
        return hold if hold is not None and hold.replicas == count and now < hold.until else None
    put_right = min(max(known, policy.minimum), policy.maximum)
    if observation.updated or count in (policy.initial, put_right):
        return None
    return Hold(count, now + policy.hold_seconds)
