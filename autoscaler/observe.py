"""From Prometheus and the engine to observations: few queries for all services, the rest is pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

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
    sums,
)
from autoscaler.roster import Listed
from autoscaler.vectors import Kinds
from autoscaler.working_set import QUIET_CORES
from swarm.engine import Service

WARM_UP_SECONDS = queries.CPU_SECONDS
"""What a task uses is looked at from this long after it became ready; before, it is starting up."""
YOUNG_SECONDS = WARM_UP_SECONDS + 3.0
"""Until so long after it became ready, a task without work holds what an idle one does."""
CLOSELY_SECONDS = 15.0
"""For so long after a change of its tasks a service is looked at task by task: until the new ones are no longer young,
and no old one counts any more that was seen `queries.SEEN_SECONDS` ago."""


Cores: TypeAlias = tuple[float, int] | Absence
"""In use, summed over tasks, and how many tasks that is of."""
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """What an observation takes from a service's specification; it is as good as that object."""

    replicas: int | None
    """None unless it is replicated."""
    cpu_cores: float
    """That a task may use; 0 where there is no limit."""
    memory_bytes: float
    untouchable: str


def shape(service: Service) -> Shape:
    """Of a specification as it is now."""
    return Shape(service.replicas, *limits(service), untouchable(service))


def read_metrics(
    prometheus: Prometheus, own_queries: OwnQueries, own: Mapping[str, str], closely: Collection[str] = ()
) -> Metrics:
    """One query per kind of metric, whatever the number of services, and one for each of the operators' own.

    `own`: PromQL by a name; one that fails is absent and stops no other. `closely`: services to be looked at task by
    task. Raises `PrometheusError`.
    """
    targets = prometheus.query(queries.NOW_AND_TARGETS)
    now = targets[0].samples[0][0]
    edges_down = sum(1 for target in targets if target.labels and target.samples[0][1] != 1)
    answers = own_queries.evaluate(own.values(), now) if own else Answers()

    def asked(expression: str) -> Kinds:
        return prometheus.numbers(expression, now)

    cpu = asked(queries.cpu(closely))
    return Metrics(
        demand=demand_by_service(asked(queries.EDGE), edges_down),
        cpu=sums(cpu["sum"], cpu["count"]),
        cpu_lately=sums(cpu["lately_sum"], cpu["lately_count"]),
        cpu_each=by_task(cpu),
        cpu_stale=frozenset(cpu["stale"]),
        memory_bytes=by_task(asked(queries.MEMORY)),
        latency=latency_by_service(asked(queries.LATENCY)),
        queries=answers.values,
        query_mistakes=answers.mistakes,
        database=database_of(asked(queries.DATABASE)),
    )


def to_look_at_closely(
    services: Iterable[Service], tasks: Mapping[str, Listed], cpu: Mapping[str, tuple[float, int]], now: float
) -> set[str]:
    """Names of those whose CPU as a sum may be another than that of their warm ready tasks.

    `cpu`: sums as they were last told; one of more tasks than there are has a stranger in it.
    """
    return {
        service.name
        for service in services
        if not is_calm(listed := tasks[service.id], now) or not _is_theirs(cpu.get(service.name), listed)
    }


def is_calm(listed: Listed, now: float) -> bool:
    """Whether all tasks are warm, and have been the same for long enough."""
    return listed.settled and now - listed.newest >= CLOSELY_SECONDS and now - listed.changed >= CLOSELY_SECONDS


def _is_theirs(found: tuple[float, int] | None, listed: Listed) -> bool:
    return found is None or (found[1] <= len(listed.members) and found[0] == found[0])


def observe(
    service: Service,
    listed: Listed,
    metrics: Metrics,
    now: float,
    policy: Policy | None = None,
    known: Shape | None = None,
    closely: bool = True,
) -> Observation:
    """The observation of one service; `listed` are its own tasks. `now` is Unix time.

    `known`: `shape(service)`. `closely`: whether its CPU was asked task by task, in `metrics.cpu_each`.
    """
    known = known or shape(service)
    name, members, cpu_limit = service.name, listed.members, known.cpu_cores
    asked = policy.queries if policy is not None else {}
    young: Sequence[str] = ()
    if closely:
        ready = [member for member in members if member.ready]
        warm: Sequence[str] = [member.id for member in ready if now - member.since >= WARM_UP_SECONDS]
        young = [member.id for member in ready if WARM_UP_SECONDS <= now - member.since < YOUNG_SECONDS]
        number, cores = len(ready), _cores_of_each(name, warm, metrics)
    else:
        warm, number = listed.ids, len(members)
        cores = _cores_of_all(name, number, metrics)
    return Observation(
        replicas=len(members) if known.replicas is None else known.replicas,
        ready=number,
        rollout=is_rollout(service.update_state),
        updated=service.update_state is not None,
        demand=metrics.demand.get(name, Absence.MISSING),
        cpu=_usage(cores, len(warm), cpu_limit),
        cpu_lately=_lately(metrics.cpu_lately.get(name), len(warm), cpu_limit),
        memory=_working_sets(warm, young, metrics, known.memory_bytes, cores),
        latency=metrics.latency.get(name, Absence.MISSING),
        queries={one: metrics.queries.get(query.expression, Absence.MISSING) for one, query in asked.items()},
        startups=listed.startups,
        unplaceable=listed.unplaceable,
        untouchable=known.untouchable,
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


def _cores_of_each(service: str, tasks: Sequence[str], metrics: Metrics) -> Cores:
    """Of some of a service's tasks, told one by one."""
    values = _known(tasks, metrics.cpu_each)
    if tasks and not values:
        return _most_telling(tasks, metrics.cpu_each, _word(service, metrics))
    return sum(values.values()), len(values)


def _cores_of_all(service: str, tasks: int, metrics: Metrics) -> Cores:
    """Of all tasks of a service, told as their sum."""
    found = metrics.cpu.get(service)
    if found is None:
        return _word(service, metrics) if tasks else (0.0, 0)
    total, measured = found
    if math.isnan(total):
        return Absence.NOT_A_NUMBER
    if measured > tasks:
        # A stranger: told apart from the next tick on, and until then taken to be like the others.
        return total / measured * tasks, tasks
    return found


def _word(service: str, metrics: Metrics) -> Absence:
    return Absence.STALE if service in metrics.cpu_stale else Absence.MISSING


def _usage(cores: Cores, tasks: int, limit: float) -> Usage | Absence:
    """In fractions of the limit."""
    if not limit:
        return Absence.MISSING
    if isinstance(cores, Absence):
        return cores
    total, measured = cores
    return Usage(total / limit, measured, tasks - measured)


def _lately(found: tuple[float, int] | None, warm: int, limit: float) -> Usage | Absence:
    if found is None or not limit or math.isnan(found[0]):
        return Absence.MISSING
    total, measured = found
    return Usage(total / limit, measured, max(0, warm - measured))


def _working_sets(
    tasks: Sequence[str], young: Sequence[str], metrics: Metrics, limit_bytes: float, cores: Cores
) -> WorkingSets | Absence:
    """The tasks' memory as fractions of the limit; an absence if there are tasks and no value for any."""
    if not limit_bytes:
        return Absence.MISSING
    readings, each = metrics.memory_bytes, dict[str, float]()
    for task in tasks:
        reading = readings.get(task)
        if reading.__class__ is float:
            each[task] = reading / limit_bytes
    if tasks and not each:
        return _most_telling(tasks, readings, Absence.MISSING)
    quiet = _known(young, metrics.cpu_each)
    return WorkingSets(
        each,
        len(tasks) - len(each),
        frozenset(task for task in young if quiet.get(task, math.inf) <= QUIET_CORES) if young else _NONE,
        cores[0] if not isinstance(cores, Absence) and cores[1] == len(tasks) else None,
    )


def _known(tasks: Iterable[str], readings: Mapping[str, float | Absence]) -> dict[str, float]:
    found = {}
    for task in tasks:
        reading = readings.get(task)
        if reading.__class__ is float:
            found[task] = reading
    return found


def _most_telling(tasks: Iterable[str], readings: Mapping[str, float | Absence], word: Absence) -> Absence:
    """A series that says something wrong before one that is not there, of which `word` is what is known."""
    order = list(Absence)
    found = (readings.get(task, word) for task in tasks)
    return max((one for one in found if isinstance(one, Absence)), key=order.index)
