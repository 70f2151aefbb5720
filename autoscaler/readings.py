"""What Prometheus answered, by service and by task. Pure. The questions are in `queries`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from autoscaler.observation import Absence, Database, Demand, Latency
from autoscaler.queries import LATENCY_SECONDS
from autoscaler.values import dataclass
from autoscaler.vectors import Kinds


@dataclass(frozen=True, slots=True)
class Metrics:
    """All that one tick reads from Prometheus, by service and by task. What is absent has no key."""

    demand: Mapping[str, Demand | Absence] = field(default_factory=dict)
    cpu: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    """Per service: cores, means of the last `CPU_SECONDS`, summed over the tasks, and how many tasks that is of."""
    cpu_lately: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    """The same of the last `LATELY_SECONDS`, and of tasks that are warm."""
    cpu_each: Mapping[str, float | Absence] = field(default_factory=dict)
    """As `cpu`, per task, of the services that were looked at closely."""
    cpu_stale: frozenset[str] = frozenset()
    """Services with tasks whose CPU is not told any more."""
    memory_bytes: Mapping[str, float | Absence] = field(default_factory=dict)
    """Per task."""
    latency: Mapping[str, Latency | Absence] = field(default_factory=dict)
    queries: Mapping[str, float | Absence] = field(default_factory=dict)
    """Of the operators' own, by their PromQL."""
    query_mistakes: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with those that cannot give a number, a part of a sentence, by their PromQL."""
    database: Database | Absence = Absence.MISSING


NO_METRICS = Metrics()
"""What is known when Prometheus does not answer."""


def by_task(kinds: Kinds) -> dict[str, float | Absence]:
    """A reading per task, and which of them are old."""
    found: dict[str, float | Absence] = dict.fromkeys(kinds["stale"], Absence.STALE)
    found.update(kinds["each"])
    if any(map(math.isnan, kinds["each"].values())):
        found |= {task: Absence.NOT_A_NUMBER for task, value in kinds["each"].items() if math.isnan(value)}
    return found


def sums(totals: Mapping[str, float], counts: Mapping[str, float]) -> dict[str, tuple[float, int]]:
    """(sum, number of tasks) per service."""
    return {service: (total, int(counts[service])) for service, total in totals.items() if service in counts}


def demand_by_service(kinds: Kinds, edges_down: int) -> dict[str, Demand | Absence]:
    """Demand summed over all edges. One that is down, stale or just discovered makes it incomplete."""
    services = kinds["in_system"].keys() | kinds["concurrency"].keys() | kinds["lacking"].keys()
    return {service: _demand(kinds, service, edges_down) for service in services}


def _demand(kinds: Kinds, service: str, edges_down: int) -> Demand | Absence:
    try:
        concurrency, arrivals = kinds["concurrency"][service], kinds["arrivals"][service]
        in_system, sampled_at = kinds["in_system"][service], kinds["sampled_at"][service]
    except KeyError:
        # An edge that reports, though not enough for a rate yet, is no old one.
        return Absence.MISSING if service in kinds["fresh"] else Absence.STALE
    rejected = kinds["rejected"].get(service, 0.0)
    if math.isnan(concurrency + arrivals + in_system + rejected):
        return Absence.NOT_A_NUMBER
    if service in kinds["fresh"]:
        return Absence.MISSING
    return Demand(
        sampled_at,
        concurrency,
        in_system,
        arrivals,
        rejected,
        edges_down == 0 and service not in kinds["lacking"],
        kinds["queued"].get(service, 0.0),
    )


def latency_by_service(kinds: Kinds) -> dict[str, Latency | Absence]:
    """p95 of each service; without an answer in the time there is no percentile, which is no number."""
    p95s, rates = kinds["p95"], kinds["rate"]
    found: dict[str, Latency | Absence] = {}
    for service in p95s.keys() | rates.keys():
        p95, rate = p95s.get(service, math.nan), rates.get(service, math.nan)
        known = math.isfinite(p95) and math.isfinite(rate)
        found[service] = Latency(1000 * p95, LATENCY_SECONDS * rate) if known else Absence.NOT_A_NUMBER
    return found


def database_of(kinds: Kinds) -> Database | Absence:
    """The pool's figures, if all of them are there."""
    found = {kind: value for kind, values in kinds.items() for value in values.values()}
    if not {"connections", "cap", "waiting", "wait_each"} <= found.keys():
        return Absence.MISSING
    if not all(math.isfinite(value) for value in found.values()):
        return Absence.NOT_A_NUMBER
    return Database(found["connections"], found["cap"], found["waiting"], found["wait_each"])
