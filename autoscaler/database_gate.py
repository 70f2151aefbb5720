"""Whether the database is what is full, so that more replicas would not help. Pure.

All replicas share the pool of one pgbouncer. When its server connections are all in use and clients wait for them
longer and longer, another replica is one more that waits. That is certain only together: connections at the cap,
waiting that rises, processors of the replicas that are not busy, and a last replica that brought no throughput. Then an
increase is vetoed, with the numbers. A veto may be wrong, so now and then one replica is let through as a probe.
"""

from __future__ import annotations

import math
from dataclasses import field

from autoscaler.observation import Absence, Database, Demand, Observation, Usage
from autoscaler.values import dataclass, replace

AT_CAP = 0.95
"""Share of the cap from which the connections count as all in use."""
MOSTLY = 0.6
"""Share of the window's samples that have to show that: between two transactions a connection is free for a moment."""
WAITING = 1.0
"""Clients that only wait, on the mean of the window, from which waiting counts."""
RISING = 1.1
"""Multiple of what was usual that counts as more waiting."""
USUAL_SECONDS = 300.0
"""In how long more waiting becomes the usual. Less of it is at once."""
IDLE_CPU = 0.7
"""Below this share of the limit the replicas are not short of CPU."""
GAIN = 0.3
"""Share of its fair part of the throughput that a new replica has to bring, to have brought something."""
WINDOW_SECONDS = 6.0
SETTLE_SECONDS = 4.0
"""After replicas have become ready, until their throughput is looked at."""
PROBE_SECONDS = 120.0
"""Between two replicas that are let through in spite of the veto."""
RELIEVED = 0.5
"""A veto stands until the waiting has fallen to this share: it ceases to rise when all clients wait."""


@dataclass(frozen=True, slots=True)
class Look:
    """One sample."""

    at: float
    waiting: float
    """Clients that only wait: seconds waited per second."""
    full: bool
    cap: float
    completed: float
    """Requests per second."""
    ready: int


@dataclass(frozen=True, slots=True)
class Gate:
    """What is remembered; `Gate()` has seen nothing."""

    looks: tuple[Look, ...] = ()
    in_system: float = 0.0
    before: tuple[int, float] | None = None
    """(ready, throughput) before the last replicas became ready."""
    grown_at: float = -math.inf
    fruitless: bool = True
    """The last added replicas brought no throughput; true as well while none was added that could tell."""
    usual: float = 0.0
    """Clients that usually wait."""
    level: float | None = None
    """Clients that waited when the veto was spoken; None without one."""
    probed_at: float = -math.inf


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left of an increase."""

    replicas: int
    note: str = ""
    numbers: dict[str, float] = field(default_factory=dict)


def judge(
    gate: Gate, observation: Observation, wanted: int, startup_seconds: float, now: float
) -> tuple[Gate, Verdict]:
    """The gate after a look, and how many of `wanted` replicas it lets through: never fewer than there are.

    Without the database's figures nothing is vetoed.
    """
    database = observation.database
    if isinstance(database, Absence):
        note = f"the database's figures are {database.value}: no veto" if wanted > observation.replicas else ""
        return replace(gate, looks=()), Verdict(wanted, note)
    gate = _seen(gate, observation, database, now)
    numbers = {
        "database_connections": database.connections,
        "database_connections_cap": database.cap,
        "database_wait_clients": round(_mean(gate.looks, now - WINDOW_SECONDS, now), 2),
    }
    if wanted <= observation.replicas:
        return gate, Verdict(wanted, _why_not(gate, observation, database, now), numbers if _is_full(gate, now) else {})
    note = _evidence(gate, observation, database, now)
    waiting = numbers["database_wait_clients"]
    if note:
        gate = replace(gate, level=max(gate.level or 0.0, waiting))
    elif (
        gate.level is None
        or waiting < RELIEVED * gate.level
        or (not gate.fruitless and gate.before is None)
        or not _is_full(gate, now)
        or _is_busy(observation)
    ):
        return replace(gate, level=None), Verdict(wanted, _why_not(gate, observation, database, now), numbers)
    else:
        note = (
            f"{database.connections:.0f} of {database.cap:.0f} server connections are in use, "
            f"{waiting:.1f} clients wait"
        )
    if now - gate.probed_at >= PROBE_SECONDS + startup_seconds:
        first = gate.probed_at == -math.inf
        gate = replace(gate, probed_at=now)
        if not first:
            return gate, Verdict(observation.replicas + 1, f"database-bound ({note}); one replica to see", numbers)
    return gate, Verdict(observation.replicas, f"database-bound: {note}", numbers)


def _seen(gate: Gate, observation: Observation, database: Database, now: float) -> Gate:
    completed, demand = 0.0, observation.demand
    in_system = gate.in_system
    if isinstance(demand, Demand):
        length = now - gate.looks[-1].at if gate.looks else 1.0
        completed = demand.arrivals_per_second - demand.rejected_per_second
        completed += (gate.in_system - demand.in_system) / max(length, 0.5) if gate.looks else 0.0
        in_system = demand.in_system
    full = database.cap > 0 and database.connections >= AT_CAP * database.cap
    look = Look(now, database.wait_each, full, database.cap, max(0.0, completed), observation.ready)
    # With another cap it is another pool: what was seen of the old one says nothing of this one.
    same = (one for one in gate.looks if now - one.at < 2 * WINDOW_SECONDS and one.cap == database.cap)
    looks = (*same, look)
    waiting = _mean(looks, now - WINDOW_SECONDS, now)
    usual = min(waiting, gate.usual + (waiting - gate.usual) / USUAL_SECONDS)
    before, grown_at, fruitless = gate.before, gate.grown_at, gate.fruitless
    if gate.looks and observation.ready > gate.looks[-1].ready:
        steady = [one.completed for one in gate.looks if now - one.at <= WINDOW_SECONDS]
        before, grown_at = (gate.looks[-1].ready, sum(steady) / len(steady)), now
    elif gate.looks and observation.ready < gate.looks[-1].ready:
        before, fruitless = None, True
    if before is not None and now - grown_at >= SETTLE_SECONDS + WINDOW_SECONDS:
        lately = [one.completed for one in looks if now - one.at <= WINDOW_SECONDS]
        gained = sum(lately) / len(lately) - before[1]
        fair = before[1] * (observation.ready - before[0]) / max(1, before[0])
        # Replicas that came up while nothing was asked of them brought nothing, and did not show that they cannot.
        before, fruitless = None, fair <= 0 or gained < GAIN * fair
    return Gate(looks, in_system, before, grown_at, fruitless, usual, gate.level, gate.probed_at)


def _evidence(gate: Gate, observation: Observation, database: Database, now: float) -> str:
    """Why more replicas would not help; empty where one of the four signs is missing."""
    if not _is_full(gate, now) or _is_busy(observation):
        return ""
    waiting = _mean(gate.looks, now - WINDOW_SECONDS, now)
    if waiting < WAITING or waiting < RISING * gate.usual:
        return ""
    if not gate.fruitless and gate.before is None:
        return ""
    if gate.before is not None:
        return (
            f"{database.connections:.0f} of {database.cap:.0f} server connections are in use, "
            f"{waiting:.1f} clients wait; first it is seen what the last replicas bring"
        )
    return (
        f"{database.connections:.0f} of {database.cap:.0f} server connections are in use, {waiting:.1f} clients wait "
        f"({gate.usual:.1f} usually), and the replicas' CPU is not what is short"
    )


def _is_full(gate: Gate, now: float) -> bool:
    """Whether the connections were all in use in the window."""
    lately = [look.full for look in gate.looks if now - look.at < WINDOW_SECONDS]
    return len(lately) >= 3 and sum(lately) >= MOSTLY * len(lately)


def _why_not(gate: Gate, observation: Observation, database: Database, now: float) -> str:
    """What the figures say where they might look like a full database and are not."""
    full = _is_full(gate, now)
    if _is_busy(observation) and full:
        return "server connections are all in use, and so is the replicas' CPU: no veto"
    demand = observation.demand
    if not isinstance(demand, Demand) or _is_busy(observation) or demand.in_system < 2 * max(1, observation.ready):
        return ""
    if not full and not gate.looks[-1].full and database.waiting < 1:
        return (
            f"pgbouncer is not full ({database.connections:.0f} of {database.cap:.0f}): what waits, waits in the "
            "replicas, for their engine pools or for something else; no veto"
        )
    return ""


def _is_busy(observation: Observation) -> bool:
    cpu = observation.cpu
    return isinstance(cpu, Usage) and bool(cpu.measured) and cpu.total >= IDLE_CPU * cpu.measured


def _mean(looks: tuple[Look, ...], after: float, until: float) -> float:
    found = [look.waiting for look in looks if after < look.at <= until]
    return sum(found) / len(found) if found else 0.0
