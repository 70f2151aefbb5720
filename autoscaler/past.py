"""What an autoscaler would have seen that had been there before: one range query, turned into observations."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from autoscaler.config import Metric, Policy
from autoscaler.observation import Absence, Demand, Observation, Usage, WorkingSets
from autoscaler.prometheus import Prometheus, PrometheusError, Series

STEP_SECONDS = 1.0
GAP_SECONDS = 3.0
"""Between two moments further apart than this, nobody knows what was."""


def expression(service: str) -> str:
    """PromQL with all that is read back of a service, a series of each kind; memory has one for every task."""
    of = f'{{service="{service}"}}'
    kinds = {
        "replicas": f"max(flotilla_autoscaler_replicas{of})",
        "held_until": f"max(flotilla_autoscaler_held_until_timestamp_seconds{of})",
        "ready": f"max(flotilla_autoscaler_ready{of})",
        "concurrency": f"sum(rate(flotilla_edge_demand_seconds_total{of}[2s]))",
        "arrivals": f"sum(rate(flotilla_edge_requests_total{of}[2s]))",
        "rejected": f"sum(rate(flotilla_edge_rejected_total{of}[2s]))",
        "in_system": f"sum(flotilla_edge_in_flight{of}) + sum(flotilla_edge_queued{of})",
        "cpu_cores": f"sum(rate(container_cpu_usage_seconds_total{of}[5s]))",
        "cpu_tasks": f"count(rate(container_cpu_usage_seconds_total{of}[5s]))",
        "memory": f"sum by (task) (container_memory_working_set_bytes{of})",
    }
    return " or ".join(f'label_replace({text}, "kind", "{kind}", "", "")' for kind, text in kinds.items())


@dataclass(frozen=True, slots=True)
class Past:
    """What was before; `Past()` is nothing."""

    observations: tuple[tuple[float, Observation], ...] = ()
    """(Unix time, what was seen), oldest first, without a gap."""
    held_until: float = 0.0
    """Unix time until which a count set by hand stood; 0: none did."""


def read_past(prometheus: Prometheus, service: str, policy: Policy, limits: tuple[float, float], now: float) -> Past:
    """One stabilization window before `now`; nothing where Prometheus has nothing.

    `limits`: CPU cores and memory bytes of a task, 0 where there is no limit.
    """
    start = now - policy.stabilization_seconds - STEP_SECONDS
    try:
        series = prometheus.query_range(expression(service), start, now - STEP_SECONDS, STEP_SECONDS)
    except PrometheusError:
        return Past()
    return past_of(series, policy, limits)


def past_of(series: Sequence[Series], policy: Policy, limits: tuple[float, float]) -> Past:
    """Pure: from the answer to observations, of the time since the last gap alone."""
    moments: dict[float, dict[str, float]] = defaultdict(dict)
    memory: dict[float, dict[str, float]] = defaultdict(dict)
    for one in series:
        kind = one.labels.get("kind", "")
        for at, value in one.samples:
            if not math.isfinite(value):
                continue
            if kind == "memory":
                memory[at][one.labels.get("task", "")] = value
            else:
                moments[at][kind] = value
    found: list[tuple[float, Observation]] = []
    for at in sorted(moments):
        kinds = moments[at]
        if not {"replicas", "ready"} <= kinds.keys():
            continue  # no autoscaler was there to say how many replicas there were
        if found and at - found[-1][0] > GAP_SECONDS:
            found = []
        found.append((at, _observation(at, kinds, memory.get(at, {}), policy, limits)))
    last = moments[found[-1][0]] if found else {}
    return Past(tuple(found), last.get("held_until", 0.0))


def _observation(
    at: float, kinds: dict[str, float], memory: dict[str, float], policy: Policy, limits: tuple[float, float]
) -> Observation:
    cores, bytes_ = limits
    cpu: Usage | Absence = Absence.MISSING
    if cores and {"cpu_cores", "cpu_tasks"} <= kinds.keys():
        cpu = Usage(kinds["cpu_cores"] / cores, int(kinds["cpu_tasks"]), 0)
    sets: WorkingSets | Absence = Absence.MISSING
    if bytes_ and memory and Metric.MEMORY in policy.targets:
        sets = WorkingSets({task: value / bytes_ for task, value in memory.items()}, cores=kinds.get("cpu_cores"))
    demand: Demand | Absence = Absence.MISSING
    if {"concurrency", "arrivals", "in_system"} <= kinds.keys():
        demand = Demand(
            sampled_at=at,
            concurrency=kinds["concurrency"],
            in_system=kinds["in_system"],
            arrivals_per_second=kinds["arrivals"],
            rejected_per_second=kinds.get("rejected", 0.0),
            complete=True,
        )
    return Observation(
        replicas=int(kinds["replicas"]),
        ready=int(kinds["ready"]),
        rollout=False,
        demand=demand,
        cpu=cpu,
        cpu_lately=cpu,
        memory=sets,
    )
