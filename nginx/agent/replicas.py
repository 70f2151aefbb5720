"""What the replica list of a service is, given what DNS and the probes said. Pure: time comes in.

No answer is not an empty answer: while DNS fails, the last list stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

EMPTY_AFTER = timedelta(seconds=3)
"""How long a list outlives the engine's word that there is no such name. While tasks are replaced, or the
engine's own DNS starts again, the name is away for a moment; what really is gone refuses connections."""

UNCONFIRMED_AFTER = timedelta(seconds=10)
"""DNS has failed for so long: a replica that cannot be reached either is taken off. Engines pass an unknown
name on to outer servers, and where there are none they fail instead of saying that it does not exist."""

STRIKES = 2
"""Failed connections or late answers in a row until a replica counts as not ready: busy ones are late."""

STARTING_FOR = timedelta(seconds=10)
"""How long a new replica that has answered no probe may take to listen: until then requests wait for it, even
when there is no other. Without a health check a task is in DNS before it listens."""


class Missing(Enum):
    """Why there are no addresses: the name does not exist, or nobody could say."""

    NONE = "none"
    UNKNOWN = "unknown"


Answer = tuple[str, ...] | Missing


class Outcome(Enum):
    """What a readiness probe found."""

    READY = "ready"
    NOT_READY = "not ready"
    LATE = "late"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Replica:
    """One task's address. ``since``: first listed; ``probed_at``: None before the first (both in seconds);
    ``answered``: any probe, with whatever it said; ``strikes``: failures in a row."""

    address: str
    since: float
    ready: bool = False
    answered: bool = False
    strikes: int = 0
    probed_at: float | None = None


@dataclass(frozen=True)
class ReplicaList:
    """The replicas of one service, by address. ``listed_at``: when DNS last named any (seconds).

    ``looked``: DNS has said anything at all; before that an empty list means nothing.
    """

    replicas: tuple[Replica, ...] = ()
    listed_at: float = 0
    looked: bool = False


def listed(previous: ReplicaList, answer: Answer, now: float, probed: bool) -> ReplicaList:
    """The list after a look at DNS. ``probed``: it has a readiness path; else all listed are ready."""
    if isinstance(answer, Missing):
        return _without_answer(previous, answer, now)
    known = {replica.address: replica for replica in previous.replicas}
    replicas = tuple(known.get(address) or Replica(address, now, ready=not probed) for address in _ordered(answer))
    return ReplicaList(replicas, listed_at=now, looked=True)


def _without_answer(previous: ReplicaList, answer: Missing, now: float) -> ReplicaList:
    age = timedelta(seconds=now - previous.listed_at)
    if answer is Missing.NONE:
        return previous if age < EMPTY_AFTER else replace(previous, replicas=(), looked=True)
    if age < UNCONFIRMED_AFTER:
        return previous
    return replace(previous, replicas=tuple(r for r in previous.replicas if r.ready or r.strikes < STRIKES))


def _ordered(addresses: Sequence[str]) -> list[str]:
    return sorted(set(addresses), key=lambda address: [int(part) for part in address.split(".")])


def is_starting(replica: Replica, now: float) -> bool:
    """Whether it may not listen yet: nothing is sent to it even when no replica is ready."""
    return not replica.ready and not replica.answered and now - replica.since < STARTING_FOR.total_seconds()


def due(replica: Replica, now: float, poll: timedelta, ready_probe: timedelta) -> bool:
    """Whether it is time to probe. Ready ones are asked less often: a probe costs the replica something."""
    if replica.probed_at is None:
        return True
    return now - replica.probed_at >= (ready_probe if replica.ready else poll).total_seconds()


def probed(previous: ReplicaList, address: str, outcome: Outcome, now: float) -> ReplicaList:
    """The list after a probe. A clear no counts at once, silence only when repeated."""
    return replace(
        previous,
        replicas=tuple(_judged(r, outcome, now) if r.address == address else r for r in previous.replicas),
    )


def _judged(replica: Replica, outcome: Outcome, now: float) -> Replica:
    if outcome is Outcome.READY:
        return replace(replica, ready=True, answered=True, strikes=0, probed_at=now)
    if outcome is Outcome.NOT_READY:
        return replace(replica, ready=False, answered=True, strikes=0, probed_at=now)
    strikes = replica.strikes + 1
    return replace(replica, ready=replica.ready and strikes < STRIKES, strikes=strikes, probed_at=now)
