"""Answers that are late although no other metric asks for more: replicas are tried, and judged by what they did. Pure.

A p95 above the objective moves for many reasons, and most are not relieved by replicas: a slow backend, a large page, a
database. So the guard adds a few, waits until they are ready and have had their effect, and if the latency has not
fallen it gives up for a while and says so.
"""

from __future__ import annotations

import math

from autoscaler.observation import Absence, Latency
from autoscaler.values import dataclass, replace

SHOWN_SECONDS = 6.0
"""For so long answers have to be too slow."""
LEAST_REQUESTS = 20.0
"""Of fewer answers a percentile says nothing."""
STEP = 0.25
"""Share of the ready replicas that is tried at a time."""
RELIEF = 0.85
"""To this share the latency has to fall for the replicas to have helped."""
EFFECT_SECONDS = 10.0
"""After the new ones are ready, until they are judged."""
GIVEN_UP_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Guard:
    """What is remembered; `Guard()` has never acted."""

    slow_since: float | None = None
    tried_at: float | None = None
    tried_ms: float = 0.0
    """p95 when replicas were added to see whether they help."""
    tried: float = 0.0
    """How many there were to be then."""
    given_up_until: float = -math.inf


def look(guard: Guard, latency: Latency | Absence, objective_ms: float, now: float) -> Guard:
    """After a look; no answers, or too few, change nothing."""
    if isinstance(latency, Absence) or latency.requests < LEAST_REQUESTS:
        return guard
    if latency.p95_ms <= objective_ms:
        calm = guard.slow_since is None and guard.tried_at is None
        return guard if calm else replace(guard, slow_since=None, tried_at=None)
    return guard if guard.slow_since is not None else replace(guard, slow_since=now)


def judged(
    guard: Guard, latency: Latency | Absence, ready: int, starting: bool, startup_seconds: float, now: float
) -> tuple[Guard, float, str]:
    """(the guard, replicas as a fraction or 0, a note). Asks for none while some are on their way."""
    if isinstance(latency, Absence):
        return guard, 0.0, "not measured"
    if now < guard.given_up_until:
        return (
            guard,
            0.0,
            f"p95 {latency.p95_ms:.0f} ms; more replicas did not help, next try in {guard.given_up_until - now:.0f} s",
        )
    if guard.slow_since is None or now - guard.slow_since < SHOWN_SECONDS:
        return guard, 0.0, ""
    if guard.tried_at is not None:
        if starting or now - guard.tried_at < startup_seconds + EFFECT_SECONDS:
            return guard, guard.tried, "waits for the effect of the last step"
        if latency.p95_ms > RELIEF * guard.tried_ms:
            return (
                replace(guard, tried_at=None, given_up_until=now + GIVEN_UP_SECONDS),
                0.0,
                f"p95 {latency.p95_ms:.0f} ms was {guard.tried_ms:.0f} before more replicas: they do not help",
            )
    if starting:
        return guard, 0.0, ""
    wanted = ready + max(1.0, STEP * ready)
    return replace(guard, tried_at=now, tried_ms=latency.p95_ms, tried=wanted), wanted, f"p95 {latency.p95_ms:.0f} ms"
