"""What an autoscaler would have seen that had been there before: a range query for each kind of metric, turned into
observations."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autoscaler.config import Metric, Policy
from autoscaler.observation import Absence, Demand, Observation, Usage, WorkingSets
from autoscaler.prometheus import Prometheus, PrometheusError, Series
from autoscaler.queries import any_of, kinds

STEP_SECONDS = 1.0
GAP_SECONDS = 3.0
"""Between two moments further apart than this, nobody knows what was."""
LONGEST_SECONDS = 10_000.0
"""Further back nothing is asked for: Prometheus answers with 11,000 points of a series at most."""
POINTS = 200_000
"""So many points are asked for together. Each is 200 bytes here once it has been read, so that thousands of services
take their turns, and a few dozen go in one."""
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One service whose past is to be read."""

    service: str
    policy: Policy
    cpu_cores: float
    """That a task may use; 0 where there is no limit."""
    memory_bytes: float
    tasks: int
    """About how many there were."""

    @property
    def seconds(self) -> float:
        """How far back: one stabilization window."""
        return min(self.policy.stabilization_seconds, LONGEST_SECONDS) + STEP_SECONDS

    @property
    def has_memory(self) -> bool:
        """Whether its memory counts."""
        return bool(self.memory_bytes) and Metric.MEMORY in self.policy.targets


@dataclass(frozen=True, slots=True)
class Past:
    """What was before; `Past()` is nothing."""

    observations: tuple[tuple[float, Observation], ...] = ()
    """(Unix time, what was seen), oldest first, without a gap."""
    held_until: float = 0.0
    """Unix time until which a count set by hand stood; 0: none did."""


def read_past(prometheus: Prometheus, asked: Iterable[Asked], now: float) -> Iterator[tuple[Asked, Past]]:
    """Of each service one stabilization window before `now`; nothing where Prometheus has nothing.

    When it does not answer, the others are not asked for either: their turn would be as long.
    """
    away = False
    for portion in portions(asked):
        series: list[Series] = []
        try:
            start = now - max(one.seconds for one in portion)
            for expression in () if away else expressions(portion):
                end = now - STEP_SECONDS
                series += prometheus.query_range(expression, start, end, STEP_SECONDS, TIMEOUT_SECONDS)
        except PrometheusError:
            away, series = True, []
        by_service: dict[str, list[Series]] = defaultdict(list)
        for found in series:
            by_service[found.labels.get("service", "")].append(found)
        for one in portion:
            yield one, past_of(by_service.pop(one.service, []), one, now)


def portions(asked: Iterable[Asked]) -> Iterator[list[Asked]]:
    """Services whose pasts are asked for together; those with windows of a length next to each other."""
    portion: list[Asked] = []
    series = 0
    for one in sorted(asked, key=lambda one: one.seconds):
        own = sum(map(len, _KINDS)) + (one.tasks if one.has_memory else 0)
        if portion and (series + own) * one.seconds / STEP_SECONDS > POINTS:
            yield portion
            portion, series = [], 0
        portion.append(one)
        series += own
    if portion:
        yield portion


_OWN = {
    "replicas": "max by (service) (flotilla_autoscaler_replicas{%s})",
    "held_until": "max by (service) (flotilla_autoscaler_held_until_timestamp_seconds{%s})",
    "ready": "max by (service) (flotilla_autoscaler_ready{%s})",
}
_EDGE = {
    "concurrency": "sum by (service) (rate(flotilla_edge_demand_seconds_total{%s}[2s]))",
    "arrivals": "sum by (service) (rate(flotilla_edge_requests_total{%s}[2s]))",
    "rejected": "sum by (service) (rate(flotilla_edge_rejected_total{%s}[2s]))",
    "in_system": "sum by (service) (flotilla_edge_in_flight{%s}) + sum by (service) (flotilla_edge_queued{%s})",
}
_CPU = {
    "cpu_cores": "sum by (service) (rate(container_cpu_usage_seconds_total{%s}[5s]))",
    "cpu_tasks": "count by (service) (rate(container_cpu_usage_seconds_total{%s}[5s]))",
}
_MEMORY = {"memory": "sum by (service, task) (container_memory_working_set_bytes{%s})"}
_KINDS = (_OWN, _EDGE, _CPU)


def expressions(portion: Sequence[Asked]) -> list[str]:
    """PromQL for all that is read back of some services, one for each kind of metric."""
    found = [_of(one, [asked.service for asked in portion]) for one in _KINDS]
    with_memory = [asked.service for asked in portion if asked.has_memory]
    return [*found, _of(_MEMORY, with_memory)] if with_memory else found


def _of(texts: Mapping[str, str], services: Sequence[str]) -> str:
    return kinds({kind: text.replace("%s", any_of(services)) for kind, text in texts.items()})


def past_of(series: Sequence[Series], asked: Asked, now: float) -> Past:
    """Pure: from the answers about a service to observations, of the time since the last gap alone."""
    moments: dict[float, dict[str, float]] = defaultdict(dict)
    memory: dict[float, dict[str, float]] = defaultdict(dict)
    start = now - asked.seconds - STEP_SECONDS / 2
    for one in series:
        kind = one.labels.get("kind", "")
        for at, value in one.samples:
            if at < start or not math.isfinite(value):
                continue
            if kind == "memory":
                memory[at][one.labels.get("task", "")] = value
            else:
                moments[at][kind] = value
    found: list[tuple[float, Observation]] = []
    for at in sorted(moments):
        told = moments[at]
        if not {"replicas", "ready"} <= told.keys():
            continue  # no autoscaler was there to say how many replicas there were
        if found and at - found[-1][0] > GAP_SECONDS:
            found = []
        found.append((at, _observation(at, told, memory.get(at, {}), asked)))
    last = moments[found[-1][0]] if found else {}
    return Past(tuple(found), last.get("held_until", 0.0))


def _observation(at: float, told: Mapping[str, float], memory: Mapping[str, float], asked: Asked) -> Observation:
    cpu: Usage | Absence = Absence.MISSING
    if asked.cpu_cores and {"cpu_cores", "cpu_tasks"} <= told.keys():
        cpu = Usage(told["cpu_cores"] / asked.cpu_cores, int(told["cpu_tasks"]), 0)
    sets: WorkingSets | Absence = Absence.MISSING
    if memory and asked.has_memory:
        each = {task: value / asked.memory_bytes for task, value in memory.items()}
        sets = WorkingSets(each, cores=told.get("cpu_cores"))
    demand: Demand | Absence = Absence.MISSING
    if {"concurrency", "arrivals", "in_system"} <= told.keys():
        demand = Demand(
            sampled_at=at,
            concurrency=told["concurrency"],
            in_system=told["in_system"],
            arrivals_per_second=told["arrivals"],
            rejected_per_second=told.get("rejected", 0.0),
            complete=True,
        )
    return Observation(
        replicas=int(told["replicas"]),
        ready=int(told["ready"]),
        rollout=False,
        demand=demand,
        cpu=cpu,
        cpu_lately=cpu,
        memory=sets,
    )
