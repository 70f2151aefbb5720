"""From Prometheus and the engine to observations: few queries for all services, the rest is pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autoscaler.config import Policy
from autoscaler.observation import Absence, Database, Demand, Latency, Observation, Usage, WorkingSets
from autoscaler.prometheus import Prometheus, PrometheusError, Series
from autoscaler.working_set import QUIET_CORES
from swarm.engine import Service, Task

FRESH_SECONDS = 4.0
"""A sample older than this is stale: three scrapes went missing."""
RANGE = "[10s]"
"""Longer than fresh, so that what has become stale is still seen to have existed."""
CPU_SECONDS = 5.0
"""CPU is a mean over this long: one scrape of a second is too noisy under a CPU quota."""
LATELY_SECONDS = 2.0
"""After a step that would be half from before; two scrapes then tell more than they are noisy."""
WARM_UP_SECONDS = CPU_SECONDS
"""What a task uses is looked at from this long after it became ready; before, it is starting up."""

YOUNG_SECONDS = WARM_UP_SECONDS + 3.0
"""Until so long after it became ready, a task without work holds what an idle one does."""

# `or vector(1)` is there for its time stamp: all other queries are put to that moment of Prometheus' clock.
NOW_AND_TARGETS = 'up{job="edge"} or vector(1)'
_EDGE_KINDS = "demand_seconds_total|requests_total|rejected_total|in_flight|queued"
EDGE = f'{{__name__=~"flotilla_edge_({_EDGE_KINDS})"}}{RANGE}'
CPU = f'container_cpu_usage_seconds_total{{task!=""}}{RANGE}'
MEMORY = f'container_memory_working_set_bytes{{task!=""}}{RANGE}'

LATENCY_SECONDS = 5
_BUCKETS = f"rate(flotilla_edge_request_duration_seconds_bucket[{LATENCY_SECONDS}s])"
_ANSWERS = f"rate(flotilla_edge_request_duration_seconds_count[{LATENCY_SECONDS}s])"
LATENCY = (
    f'label_replace(histogram_quantile(0.95, sum by (service, le) ({_BUCKETS})), "kind", "p95", "", "")'
    f' or label_replace(sum by (service) ({_ANSWERS}), "kind", "rate", "", "")'
)
"""p95 in seconds and answers per second, by service."""
_POOL = 'user="flotilla_app"'
DATABASE = " or ".join(
    f'label_replace({expression}, "kind", "{kind}", "", "")'
    for kind, expression in (
        ("connections", f"sum(pgbouncer_pools_server_active_connections{{{_POOL}}})"),
        ("cap", 'max(pgbouncer_databases_max_connections{name="flotilla"})'),
        ("waiting", f"sum(pgbouncer_pools_client_waiting_connections{{{_POOL}}})"),
        ("wait_each", 'sum(rate(pgbouncer_stats_client_wait_seconds_total{database="flotilla"}[3s]))'),
    )
)
"""What the pool is at, one number of each kind."""

Samples = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Metrics:
    """All that one tick reads from Prometheus, by service and by task. What is absent has no key."""

    demand: Mapping[str, Demand | Absence] = field(default_factory=dict)
    cpu_cores: Mapping[str, float | Absence] = field(default_factory=dict)
    """Per task, mean of the last `CPU_SECONDS`."""
    cpu_cores_lately: Mapping[str, float | Absence] = field(default_factory=dict)
    """Per task, mean of the last `LATELY_SECONDS`."""
    memory_bytes: Mapping[str, float | Absence] = field(default_factory=dict)
    latency: Mapping[str, Latency | Absence] = field(default_factory=dict)
    queries: Mapping[str, float | Absence] = field(default_factory=dict)
    """Of the operators' own, by their PromQL."""
    database: Database | Absence = Absence.MISSING


NO_METRICS = Metrics()
"""What is known when Prometheus does not answer."""


def read_metrics(prometheus: Prometheus, queries: Mapping[str, str] | None = None) -> Metrics:
    """One query per kind of metric, whatever the number of services, and one for each of the operators' own.

    `queries`: PromQL by a name. One that fails is absent and stops no other. Raises `PrometheusError`.
    """
    targets = prometheus.query(NOW_AND_TARGETS)
    now = targets[0].samples[0][0]
    edges_down = sum(1 for target in targets if target.labels and target.samples[0][1] != 1)
    cpu = prometheus.query(CPU, now)
    return Metrics(
        demand=demand_by_service(prometheus.query(EDGE, now), now, edges_down),
        cpu_cores=by_task(cpu, now, rate_seconds=CPU_SECONDS),
        cpu_cores_lately=by_task(cpu, now, rate_seconds=LATELY_SECONDS),
        memory_bytes=by_task(prometheus.query(MEMORY, now), now),
        latency=latency_by_service(prometheus.query(LATENCY, now)),
        queries={name: _asked(prometheus, expression, now) for name, expression in (queries or {}).items()},
        database=database_of(prometheus.query(DATABASE, now)),
    )


def _asked(prometheus: Prometheus, expression: str, now: float) -> float | Absence:
    try:
        return one_value(prometheus.query(expression, now))
    except PrometheusError:
        return Absence.MISSING


def one_value(series: Sequence[Series]) -> float | Absence:
    """The value of a query that has one; nothing, and several, are no value."""
    if len(series) != 1:
        return Absence.MISSING
    value = series[0].samples[-1][1]
    return value if math.isfinite(value) else Absence.NOT_A_NUMBER


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


def observe(
    service: Service,
    tasks: Iterable[Task],
    metrics: Metrics,
    now: float,
    policy: Policy | None = None,
    seen_at: float = math.inf,
) -> Observation:
    """The observation of one service; `tasks` are its own. `now`, and `seen_at` of the look before, are Unix time."""
    all_tasks = list(tasks)
    ready = [task for task in all_tasks if task.ready]
    age = {task.id: now - task.state_since.timestamp() for task in ready if task.state_since}
    warm = [task for task, seconds in age.items() if seconds >= WARM_UP_SECONDS]
    young = [task for task in warm if age[task] < YOUNG_SECONDS]
    cpu_limit, memory_limit = limits(service)
    queries = policy.queries if policy is not None else {}
    return Observation(
        replicas=service.replicas if service.replicas is not None else len(all_tasks),
        ready=len(ready),
        rollout=is_rollout(service.update_state),
        updated=service.update_state is not None,
        demand=metrics.demand.get(service.name, Absence.MISSING),
        cpu=usage(warm, metrics.cpu_cores, cpu_limit),
        cpu_lately=usage(warm, metrics.cpu_cores_lately, cpu_limit),
        memory=working_sets(warm, young, metrics, memory_limit),
        latency=metrics.latency.get(service.name, Absence.MISSING),
        queries={name: metrics.queries.get(query.expression, Absence.MISSING) for name, query in queries.items()},
        startups=tuple(
            (task.state_since - task.created_at).total_seconds()
            for task in ready
            if task.state_since and task.created_at and task.state_since.timestamp() > seen_at
        ),
        unplaceable=sum(task.unplaceable for task in all_tasks),
        untouchable=untouchable(service),
        database=metrics.database,
    )


def untouchable(service: Service) -> str:
    """Why the count of a service is never to be written; empty where it may be.

    A volume of the node holds data that another replica would not have, on another node or beside it.
    """
    if service.replicas is None:
        return f"a {service.mode} service: Swarm sets how many tasks it has"
    mounts = (service.spec["TaskTemplate"].get("ContainerSpec") or {}).get("Mounts") or []
    for mount in mounts:
        driver = ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name") or "local"
        if mount.get("Type") == "volume" and not mount.get("ReadOnly") and driver == "local":
            return f"its data are in a volume of its node ({mount.get('Source') or 'without a name'})"
    return ""


def is_rollout(update_state: str | None) -> bool:
    """Whether an update or a rollback is under way or paused; a write would restart or resume it."""
    return update_state not in (None, "completed", "rollback_completed")


def limits(service: Service) -> tuple[float, float]:
    """(CPU cores, memory bytes) that a task may use; 0 where there is no limit."""
    resources = service.spec["TaskTemplate"].get("Resources") or {}
    limit = resources.get("Limits") or {}
    return (limit.get("NanoCPUs") or 0) / 1e9, float(limit.get("MemoryBytes") or 0)


def usage(tasks: Sequence[str], readings: Mapping[str, float | Absence], limit: float) -> Usage | Absence:
    """Sum of the tasks' fractions of the limit; an absence if there are tasks and no value for any."""
    if not limit:
        return Absence.MISSING
    found = [readings.get(task, Absence.MISSING) for task in tasks]
    values = [reading for reading in found if not isinstance(reading, Absence)]
    if found and not values:
        # The most telling one: a series that says something wrong before one that is not there.
        absences = [reading for reading in found if isinstance(reading, Absence)]
        return max(absences, key=lambda absence: list(Absence).index(absence))
    return Usage(sum(values) / limit, len(values), len(found) - len(values))


def working_sets(
    tasks: Sequence[str], young: Sequence[str], metrics: Metrics, limit_bytes: float
) -> WorkingSets | Absence:
    """The tasks' memory as fractions of the limit; an absence if there are tasks and no value for any."""
    found = usage(tasks, metrics.memory_bytes, limit_bytes)
    if isinstance(found, Absence):
        return found
    levels = _known(tasks, metrics.memory_bytes)
    cores = _known(tasks, metrics.cpu_cores)
    return WorkingSets(
        each={task: level / limit_bytes for task, level in levels.items()},
        missing=found.missing,
        young=frozenset(task for task in young if cores.get(task, math.inf) <= QUIET_CORES),
        cores=sum(cores.values()) if len(cores) == len(tasks) else None,
    )


def _known(tasks: Sequence[str], readings: Mapping[str, float | Absence]) -> dict[str, float]:
    found = {task: readings.get(task, Absence.MISSING) for task in tasks}
    return {task: reading for task, reading in found.items() if not isinstance(reading, Absence)}


def by_task(series: Iterable[Series], now: float, rate_seconds: float = 0.0) -> dict[str, float | Absence]:
    """The newest value of each task, or with `rate_seconds` the increase per second over about that long."""
    return {one.labels["task"]: _reading(one.samples, now, rate_seconds) for one in series if "task" in one.labels}


def _reading(samples: Samples, now: float, rate_seconds: float) -> float | Absence:
    at, value = samples[-1]
    if now - at > FRESH_SECONDS:
        return Absence.STALE
    if rate_seconds:
        first = next(sample for sample in samples if sample[0] >= at - rate_seconds - 0.5)
        if first[0] == at:
            return Absence.MISSING
        value = increase(first[1], value) / (at - first[0])
    return Absence.NOT_A_NUMBER if math.isnan(value) else value


def increase(before: float, after: float) -> float:
    """Growth of a counter; one that has become smaller began again at 0."""
    return after if after < before else after - before


def demand_by_service(series: Iterable[Series], now: float, edges_down: int) -> dict[str, Demand | Absence]:
    """Demand summed over all edges. One that is down, stale or just discovered makes it incomplete."""
    edges: dict[str, dict[str, _Edge]] = defaultdict(lambda: defaultdict(_Edge))
    for one in series:
        edge = edges[one.labels.get("service", "")][one.labels.get("instance", "")]
        edge.add(one.labels["__name__"].removeprefix("flotilla_edge_"), one.samples)
    return {service: _sum(list(by_instance.values()), now, edges_down) for service, by_instance in edges.items()}


class _Edge:
    """What one edge says about one service while the series are gathered."""

    def __init__(self) -> None:
        self.at = 0.0
        self.rates: dict[str, float] = defaultdict(float)
        self.gauges: dict[str, float] = defaultdict(float)

    def add(self, name: str, samples: Samples) -> None:
        at, value = samples[-1]
        self.at = max(self.at, at)
        if not name.endswith("_total"):
            self.gauges[name] += value
        elif len(samples) > 1:
            before_at, before = samples[-2]
            self.rates[name] += increase(before, value) / (at - before_at)

    @property
    def whole(self) -> bool:
        return {"demand_seconds_total", "requests_total"} <= self.rates.keys() and {
            "in_flight",
            "queued",
        } <= self.gauges.keys()

    @property
    def numbers(self) -> bool:
        return not any(math.isnan(value) for value in (*self.rates.values(), *self.gauges.values()))


def _sum(edges: list[_Edge], now: float, edges_down: int) -> Demand | Absence:
    fresh = [edge for edge in edges if now - edge.at <= FRESH_SECONDS]
    if not fresh:
        return Absence.STALE
    if not all(edge.numbers for edge in fresh):
        return Absence.NOT_A_NUMBER
    whole = [edge for edge in fresh if edge.whole]
    if not whole:
        return Absence.MISSING
    return Demand(
        sampled_at=max(edge.at for edge in whole),
        concurrency=sum(edge.rates["demand_seconds_total"] for edge in whole),
        in_system=sum(edge.gauges["in_flight"] + edge.gauges["queued"] for edge in whole),
        queued=sum(edge.gauges["queued"] for edge in whole),
        arrivals_per_second=sum(edge.rates["requests_total"] for edge in whole),
        rejected_per_second=sum(edge.rates["rejected_total"] for edge in whole),
        complete=len(whole) == len(edges) and edges_down == 0,
    )
