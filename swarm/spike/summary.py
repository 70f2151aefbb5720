"""From samples to figures. Pure. ``tests/bench/recompute`` computes the same from the raw file,
independently.

Definitions:
- A request has *failed* without a whole 2xx answer within the time limit (10 s) of its intended time.
- *Latency* counts from the intended time. A failed request counts with the time limit at least, so an error
  that comes quickly cannot make a percentile look better.
- *Time to capacity*: the first moment after the step, in tenths of a second, from which the 95th percentile
  of every stretch of one second is within the objective for 10 s on end. Never reached is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from swarm.spike.samples import Leg, Moment, Recording, Request

STAYS_SECONDS = 10
TENTHS = 10  # time to capacity is told to the tenth of a second


def percentile(values: Iterable[float], percent: int) -> float | None:
    """Nearest rank: the smallest value that at least ``percent`` of all do not exceed. None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def failed(request: Request, timeout_seconds: float) -> bool:
    """No whole 2xx answer in time: any 4xx or 5xx (a 503 too), a connection error, or later than the
    limit.
    """
    if request.status is None or not 200 <= request.status < 300:
        return True
    return request.done - request.intended > timeout_seconds


def latency_ms(request: Request, timeout_seconds: float) -> float:
    """From the intended time to the last byte, queue included; at least the limit if it failed."""
    elapsed = request.done - request.intended
    return (max(elapsed, timeout_seconds) if failed(request, timeout_seconds) else elapsed) * 1000


def time_to_capacity(
    requests: Sequence[Request], *, objective_ms: float, spike_seconds: float, timeout_seconds: float
) -> float | None:
    """Seconds from the step until p95 is within the objective and stays so for 10 s, else None.

    ``requests`` are those of one pass; only the ones due in the spike count.
    """
    tenths: dict[int, list[float]] = {}
    for request in requests:
        if request.phase == "during":
            slot = int(request.intended * TENTHS + 1e-6)
            tenths.setdefault(slot, []).append(latency_ms(request, timeout_seconds))
    good_for = 0
    needed = (STAYS_SECONDS - 1) * TENTHS + 1
    for start in range(int(spike_seconds - 1) * TENTHS + 1):
        p95 = percentile((value for slot in range(start, start + TENTHS) for value in tenths.get(slot, ())), 95)
        good_for = good_for + 1 if p95 is not None and p95 <= objective_ms else 0
        if good_for == needed:
            return (start - needed + 1) / TENTHS
    return None


def accounting(requests: Iterable[Request], rows: Iterable[str]) -> tuple[int, int]:
    """(lost, duplicated): acknowledged POSTs without a row, and keys of this run with more than one row."""
    posts = [request for request in requests if request.key is not None]
    acknowledged = {post.key for post in posts if post.status is not None and 200 <= post.status < 300}
    counts = Counter(rows)
    lost = sum(1 for key in acknowledged if key is not None and counts[key] == 0)
    duplicated = sum(1 for key in {post.key for post in posts} if key is not None and counts[key] > 1)
    return lost, duplicated


def replicas_before(moments: Iterable[Moment]) -> int | None:
    """The replicas wanted last before the step."""
    known = [moment.wanted for moment in moments if moment.at < 0 and moment.wanted is not None]
    return known[-1] if known else None


def most_wanted(moments: Iterable[Moment]) -> int | None:
    """The most replicas that were wanted at any second."""
    return max((moment.wanted for moment in moments if moment.wanted is not None), default=None)


def scaled_back_after(moments: Sequence[Moment], spike_seconds: float) -> tuple[float | None, str]:
    """(seconds from the end of the spike until wanted and ready are the count before, "") or (None, why
    not).
    """
    before, most = replicas_before(moments), most_wanted(moments)
    if before is None or most is None:
        return None, "The replicas before the step are not known."
    if most <= before:
        return None, f"It never scaled out: {before} replicas throughout."
    for moment in moments:
        if moment.at >= spike_seconds and moment.wanted == before and moment.ready == before:
            return round(moment.at - spike_seconds, 1), ""
    return None, f"Not back at {before} replicas when watching ended."


def _kind(request: Request) -> str:
    """How a failed request failed: its status if it had one, else that there was no answer."""
    return "no answer" if request.status is None else str(request.status)


def summarize(recording: Recording) -> dict[str, Any]:
    """Every key of ``--json``. A figure that cannot be had is None, and ``missing`` says why."""
    facts = recording.facts
    missing: dict[str, str] = dict(facts.notes)
    by_pass: dict[Leg, list[Request]] = {"autoscaled": [], "floor": []}
    for request in recording.requests:
        by_pass[request.leg].append(request)
    autoscaled, floor = by_pass["autoscaled"], by_pass["floor"]
    moments = [moment for moment in recording.moments if moment.leg == "autoscaled"]

    def reached(requests: list[Request], key: str) -> float | None:
        value = time_to_capacity(
            requests,
            objective_ms=facts.objective_ms,
            spike_seconds=facts.spike_seconds,
            timeout_seconds=facts.timeout_seconds,
        )
        if value is None:
            missing.setdefault(key, f"p95 never stayed within {facts.objective_ms:g} ms for {STAYS_SECONDS} s.")
        return value

    def p95(phase: str) -> float | None:
        of_phase = (latency_ms(r, facts.timeout_seconds) for r in autoscaled if r.phase == phase)
        value = percentile(of_phase, 95)
        if value is None:
            missing.setdefault(f"p95_ms.{phase}", "No requests were due in this phase.")
        return None if value is None else round(value, 1)

    lost: int | None = None
    duplicated: int | None = None
    if recording.rows is None:
        for key in ("lost_posts", "duplicated_posts"):
            missing.setdefault(key, "The rows were not read back.")
    else:
        lost, duplicated = accounting(recording.requests, recording.rows)
    connections = [m.db_connections for m in recording.moments if m.db_connections is not None]
    if not connections:
        missing.setdefault("db_connections_max", "Prometheus had no figure of PgBouncer's server connections.")
    if facts.db_connections_cap is None:
        missing.setdefault("db_connections_cap", "Neither PgBouncer's exporter nor --cap told the cap.")
    back, why = scaled_back_after(moments, facts.spike_seconds)
    if back is None:
        missing.setdefault("scaled_back_after_seconds", why)
    floor_seconds = reached(floor, "floor_seconds") if floor else None
    missing |= {} if floor else {"floor_seconds": facts.notes.get("floor_seconds", "The floor was not measured.")}
    lag = [(request.started - request.intended) * 1000 for request in recording.requests]
    lag_p99 = percentile(lag, 99)
    return {
        "time_to_capacity_seconds": reached(autoscaled, "time_to_capacity_seconds"),
        "floor_seconds": floor_seconds,
        "failed": sum(failed(request, facts.timeout_seconds) for request in autoscaled),
        "lost_posts": lost,
        "duplicated_posts": duplicated,
        "p95_ms": {phase: p95(phase) for phase in ("before", "during", "after")},
        "replicas": [[round(moment.at), moment.ready, moment.wanted] for moment in moments],
        "db_connections_max": max(connections, default=None),
        "db_connections_cap": facts.db_connections_cap,
        "scaled_back_after_seconds": back,
        "generator_lag_ms": None if lag_p99 is None else round(lag_p99, 1),
        "floor_replicas": facts.floor_replicas,
        "floor_failed": sum(failed(request, facts.timeout_seconds) for request in floor) if floor else None,
        "samples": {
            **{phase: sum(r.phase == phase for r in autoscaled) for phase in ("before", "during", "after")},
            "floor": len(floor),
            "acknowledged_posts": sum(
                r.key is not None and r.status is not None and 200 <= r.status < 300 for r in recording.requests
            ),
            "failures": dict(sorted(Counter(_kind(r) for r in autoscaled if failed(r, facts.timeout_seconds)).items())),
            "rows": None if recording.rows is None else len(recording.rows),
            "moments": len(recording.moments),
        },
        "missing": missing,
    }
