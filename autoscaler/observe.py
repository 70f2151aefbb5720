"""From Prometheus and the engine to observations: few queries for all services, the rest is pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from autoscaler import queries
from autoscaler.config import Policy
from autoscaler.observation import Absence, Observation, Usage, WorkingSets
from autoscaler.own_queries import Answers, OwnQueries
from autoscaler.prometheus import Prometheus
from autoscaler.readings import (
    Metrics,
    by_task,
    database_of,
    demand_by_service,
    latency_by_service,
    sum_by_service,
)
from autoscaler.roster import Listed
from autoscaler.working_set import QUIET_CORES
from swarm.engine import Service

WARM_UP_SECONDS = queries.CPU_SECONDS
"""What a task uses is looked at from this long after it became ready; before, it is starting up."""
YOUNG_SECONDS = WARM_UP_SECONDS + 3.0
"""Until so long after it became ready, a task without work holds what an idle one does."""


def read_metrics(prometheus: Prometheus, own_queries: OwnQueries, own: Mapping[str, str] | None = None) -> Metrics:
    """One query per kind of metric, whatever the number of services, and one for each of the operators' own.

    `own`: PromQL by a name. One that fails is absent and stops no other. Raises `PrometheusError`.
    """
    targets = prometheus.query(queries.NOW_AND_TARGETS)
    now = targets[0].samples[0][0]
    edges_down = sum(1 for target in targets if target.labels and target.samples[0][1] != 1)
    answers = own_queries.evaluate(own.values(), now) if own else Answers()
    return Metrics(
        demand=demand_by_service(prometheus.query(queries.EDGE, now), edges_down),
        cpu_cores=by_task(prometheus.query(queries.CPU, now)),
        cpu_cores_lately=sum_by_service(prometheus.query(queries.CPU_LATELY, now)),
        memory_bytes=by_task(prometheus.query(queries.MEMORY, now)),
        latency=latency_by_service(prometheus.query(queries.LATENCY, now)),
        queries=answers.values,
        query_mistakes=answers.mistakes,
        database=database_of(prometheus.query(queries.DATABASE, now)),
    )


def observe(
    service: Service, listed: Listed, metrics: Metrics, now: float, policy: Policy | None = None
) -> Observation:
    """The observation of one service; `listed` are its own tasks. `now` is Unix time."""
    ready = [member for member in listed.members if member.ready]
    warm = [member.id for member in ready if now - member.since >= WARM_UP_SECONDS]
    young = [member.id for member in ready if WARM_UP_SECONDS <= now - member.since < YOUNG_SECONDS]
    cpu_limit, memory_limit = limits(service)
    asked = policy.queries if policy is not None else {}
    return Observation(
        replicas=service.replicas if service.replicas is not None else len(listed.members),
        ready=len(ready),
        rollout=is_rollout(service.update_state),
        updated=service.update_state is not None,
        demand=metrics.demand.get(service.name, Absence.MISSING),
        cpu=usage(warm, metrics.cpu_cores, cpu_limit),
        cpu_lately=_lately(metrics.cpu_cores_lately.get(service.name), len(warm), cpu_limit),
        memory=working_sets(warm, young, metrics, memory_limit),
        latency=metrics.latency.get(service.name, Absence.MISSING),
        queries={name: metrics.queries.get(query.expression, Absence.MISSING) for name, query in asked.items()},
        startups=listed.startups,
        unplaceable=sum(member.unplaceable for member in listed.members),
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
    values = _known(tasks, readings).values()
    if tasks and not values:
        return _most_telling(tasks, readings)
    return Usage(sum(values) / limit, len(values), len(tasks) - len(values))


def _lately(found: tuple[float, int] | None, warm: int, limit: float) -> Usage | Absence:
    if found is None or not limit or math.isnan(found[0]):
        return Absence.MISSING
    total, measured = found
    return Usage(total / limit, measured, max(0, warm - measured))


def working_sets(
    tasks: Sequence[str], young: Sequence[str], metrics: Metrics, limit_bytes: float
) -> WorkingSets | Absence:
    """The tasks' memory as fractions of the limit; an absence if there are tasks and no value for any."""
    if not limit_bytes:
        return Absence.MISSING
    levels = _known(tasks, metrics.memory_bytes)
    if tasks and not levels:
        return _most_telling(tasks, metrics.memory_bytes)
    cores = _known(tasks, metrics.cpu_cores)
    return WorkingSets(
        each={task: level / limit_bytes for task, level in levels.items()},
        missing=len(tasks) - len(levels),
        young=frozenset(task for task in young if cores.get(task, math.inf) <= QUIET_CORES),
        cores=sum(cores.values()) if len(cores) == len(tasks) else None,
    )


def _known(tasks: Iterable[str], readings: Mapping[str, float | Absence]) -> dict[str, float]:
    found = {}
    for task in tasks:
        reading = readings.get(task)
        if reading.__class__ is float:
            found[task] = reading
    return found


def _most_telling(tasks: Iterable[str], readings: Mapping[str, float | Absence]) -> Absence:
    """A series that says something wrong before one that is not there."""
    order = list(Absence)
    found = (readings.get(task, Absence.MISSING) for task in tasks)
    return max((one for one in found if isinstance(one, Absence)), key=order.index)
