"""What Prometheus answered, by service and by task. Pure. The questions are in `queries`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autoscaler.observation import Absence, Database, Demand, Latency
from autoscaler.prometheus import Series
from autoscaler.queries import LATENCY_SECONDS


@dataclass(frozen=True, slots=True)
class Metrics:
    """All that one tick reads from Prometheus, by service and by task. What is absent has no key."""

    demand: Mapping[str, Demand | Absence] = field(default_factory=dict)
    cpu_cores: Mapping[str, float | Absence] = field(default_factory=dict)
    """Per task, mean of the last `CPU_SECONDS`."""
    cpu_cores_lately: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    """Per service: sum of the means of the last `LATELY_SECONDS`, and of how many tasks that are warm."""
    memory_bytes: Mapping[str, float | Absence] = field(default_factory=dict)
    latency: Mapping[str, Latency | Absence] = field(default_factory=dict)
    queries: Mapping[str, float | Absence] = field(default_factory=dict)
    """Of the operators' own, by their PromQL."""
    query_mistakes: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with those that cannot give a number, a part of a sentence, by their PromQL."""
    database: Database | Absence = Absence.MISSING


NO_METRICS = Metrics()
"""What is known when Prometheus does not answer."""


def by_task(series: Iterable[Series]) -> dict[str, float | Absence]:
    """A reading per task; the label `absence` marks those whose last sample is old."""
    found: dict[str, float | Absence] = {}
    for labels, samples in series:
        if "absence" in labels:
            found.setdefault(labels["task"], Absence.STALE)
        else:
            value = samples[-1][1]
            found[labels["task"]] = Absence.NOT_A_NUMBER if math.isnan(value) else value
    return found


def sum_by_service(series: Iterable[Series]) -> dict[str, tuple[float, int]]:
    """(sum, number of tasks) per service."""
    kinds = by_kind(series)
    return {service: (total, round(kinds["count"].get(service, 0))) for service, total in kinds["sum"].items()}


def by_kind(series: Iterable[Series]) -> dict[str, dict[str, float]]:
    """kind → service → value."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for labels, samples in series:
        if "service" in labels:
            found[labels["kind"]][labels["service"]] = samples[-1][1]
    return found


def demand_by_service(series: Iterable[Series], edges_down: int) -> dict[str, Demand | Absence]:
    """Demand summed over all edges. One that is down, stale or just discovered makes it incomplete."""
    kinds = by_kind(series)
    services = kinds["in_system"].keys() | kinds["concurrency"].keys() | kinds["lacking"].keys()
    return {service: _demand(kinds, service, edges_down) for service in services}


def _demand(kinds: Mapping[str, Mapping[str, float]], service: str, edges_down: int) -> Demand | Absence:
    try:
        concurrency, arrivals, in_system, sampled_at = (
            kinds[kind][service] for kind in ("concurrency", "arrivals", "in_system", "sampled_at")
        )
    except KeyError:
        # An edge that reports, though not enough for a rate yet, is no old one.
        return Absence.MISSING if service in kinds["fresh"] else Absence.STALE
    rejected = kinds["rejected"].get(service, 0.0)
    if math.isnan(concurrency + arrivals + in_system + rejected):
        return Absence.NOT_A_NUMBER
    if service in kinds["fresh"]:
        return Absence.MISSING
    return Demand(
        sampled_at=sampled_at,
        concurrency=concurrency,
        in_system=in_system,
        arrivals_per_second=arrivals,
        rejected_per_second=rejected,
        complete=service not in kinds["lacking"] and edges_down == 0,
        queued=kinds["queued"].get(service, 0.0),
    )


def latency_by_service(series: Iterable[Series]) -> dict[str, Latency | Absence]:
    """p95 of each service; without an answer in the time there is no percentile, which is no number."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for one in series:
        found[one.labels.get("service", "")][one.labels.get("kind", "")] = one.samples[-1][1]
    return {
        service: Latency(1000 * kinds["p95"], LATENCY_SECONDS * kinds["rate"])
        if math.isfinite(kinds.get("p95", math.nan)) and math.isfinite(kinds.get("rate", math.nan))
        else Absence.NOT_A_NUMBER
        for service, kinds in found.items()
    }


def database_of(series: Iterable[Series]) -> Database | Absence:
    """The pool's figures, if all of them are there."""
    kinds = {one.labels.get("kind", ""): one.samples[-1][1] for one in series}
    if not {"connections", "cap", "waiting", "wait_each"} <= kinds.keys():
        return Absence.MISSING
    if not all(math.isfinite(value) for value in kinds.values()):
        return Absence.NOT_A_NUMBER
    return Database(kinds["connections"], kinds["cap"], kinds["waiting"], kinds["wait_each"])
