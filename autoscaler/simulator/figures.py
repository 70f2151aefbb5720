"""What a run is judged by: SPEC's elasticity metrics, requests over the objective, costs, changes of mind. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

PER_DOUBLING = 24
"""Buckets of latency for each doubling: percentiles are good to three per cent."""
STEP = 1.5
"""A rise of what is needed to this multiple, from all of STEP_SECONDS to all of the next, is a step."""
STEP_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Run:
    """One policy on one trace, a second at a time; all of the same length."""

    needed: Sequence[int]
    ready: Sequence[int]
    desired: Sequence[int]
    arrivals: float
    over: float
    failed: float
    latencies: Mapping[int, float]
    """Requests by bucket of latency."""
    connections: int


def bucket(latency_seconds: float) -> int:
    """The bucket of a latency."""
    return math.ceil(PER_DOUBLING * math.log2(max(latency_seconds, 1e-6) * 1e6))


def add(latencies: dict[int, float], sketch: Iterable[tuple[float, float]]) -> None:
    """Enters a second's requests: (latency in seconds, how many)."""
    for latency, count in sketch:
        slot = bucket(latency)
        latencies[slot] = latencies.get(slot, 0.0) + count


def percentile_ms(latencies: Mapping[int, float], share: float) -> float:
    """Upper bound of the bucket that holds this percentile, milliseconds; 0 of nothing."""
    total = sum(latencies.values())
    reached = 0.0
    for slot in sorted(latencies):
        reached += latencies[slot]
        if reached >= share * total:
            return float(2 ** (slot / PER_DOUBLING) / 1e3)
    return 0.0


def elasticity(needed: Sequence[int], ready: Sequence[int]) -> dict[str, float]:
    """θ and τ in per cent (too few, too many) and the instability υ, of SPEC RG."""
    length = len(needed)
    pairs = list(zip(needed, ready, strict=True))
    moves = list(pairwise(pairs))
    unlike = sum(min(abs(_sign(b[1] - a[1]) - _sign(b[0] - a[0])), 1) for a, b in moves)
    return {
        "theta_u": 100 / length * sum(max(d - s, 0) / d for d, s in pairs),
        "theta_o": 100 / length * sum(max(s - d, 0) / d for d, s in pairs),
        "tau_u": 100 / length * sum(s < d for d, s in pairs),
        "tau_o": 100 / length * sum(s > d for d, s in pairs),
        "instability": 100 / max(1, length - 1) * unlike,
    }


def speedup(own: dict[str, float], none: dict[str, float]) -> float:
    """The elastic speedup ε over no scaling: above 1 is better. What both have none of counts as equal."""
    product = 1.0
    for key in ("theta_u", "theta_o", "tau_u", "tau_o"):
        product *= max(none[key], 0.01) / max(own[key], 0.01)
    return math.sqrt(math.sqrt(product))


def reversals(desired: Sequence[int]) -> int:
    """Changes of direction."""
    signs = [_sign(b - a) for a, b in pairwise(desired) if a != b]
    return sum(1 for a, b in pairwise(signs) if a != b)


def times_to_capacity(needed: Sequence[int], ready: Sequence[int]) -> list[int]:
    """For each step of what is needed, seconds until as many are ready as are needed then. What it did not reach until
    the next step counts with the time it had."""
    steps: list[int] = []
    for second in range(STEP_SECONDS, len(needed) - STEP_SECONDS):
        before = max(needed[second - STEP_SECONDS : second])
        level = min(needed[second : second + STEP_SECONDS])
        if level >= max(STEP * before, before + 1):
            steps.append(second)
    found = []
    for number, at in enumerate(steps):
        end = steps[number + 1] if number + 1 < len(steps) else len(needed)
        level = sorted(needed[at : at + STEP_SECONDS])[STEP_SECONDS // 2]
        found.append(next((second - at for second in range(at, end) if ready[second] >= level), end - at))
    return found


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _at(ordered: Sequence[int], share: float) -> float | None:
    """Nearest rank; None of nothing."""
    return float(ordered[max(0, math.ceil(share * len(ordered)) - 1)]) if ordered else None


def figures(run: Run, none: dict[str, float]) -> dict[str, float | int | None]:
    """Every key of `--json`, rounded; `none`: the elasticity of no scaling on the same trace."""
    own = elasticity(run.needed, run.ready)
    waits = sorted(times_to_capacity(run.needed, run.ready))
    changes = [b - a for a, b in pairwise(run.desired) if a != b]
    total = max(run.arrivals, 1e-9)
    found: dict[str, float | int | None] = {key: round(value, 3) for key, value in own.items()}
    return found | {
        "elastic_speedup": round(speedup(own, none), 3),
        "over_objective_pct": round(100 * run.over / total, 4),
        "failed_pct": round(100 * run.failed / total, 4),
        "p95_ms": round(percentile_ms(run.latencies, 0.95), 1),
        "p99_ms": round(percentile_ms(run.latencies, 0.99), 1),
        "replica_seconds": sum(run.ready),
        "actions": len(changes),
        "reversals": reversals(run.desired),
        "time_to_capacity_p50": _at(waits, 0.5),
        "time_to_capacity_p95": _at(waits, 0.95),
        "db_connections_max": run.connections,
    }
