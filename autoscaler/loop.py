"""One tick: observe every service that asks for it, decide, write. A mistake in one stops no other."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from autoscaler.config import ENABLED_LABEL, PREFIX, Policy, PolicyError, check_limits, is_enabled, parse_policy
from autoscaler.decision import Decision, Reason
from autoscaler.history import History
from autoscaler.ledger import Ledger, Outcome, entry
from autoscaler.metrics import AutoscalerMetrics
from autoscaler.observe import Shape, observe, shape, to_look_at_closely
from autoscaler.past import Asked, Past
from autoscaler.policy import decide, restored
from autoscaler.prometheus import PrometheusError
from autoscaler.readings import NO_METRICS, Metrics
from autoscaler.roster import Listed, Roster
from autoscaler.standing import Standing, Standings
from autoscaler.values import replace
from swarm.engine import JSON, EngineError, NotFound, OutOfSequence, Service, Task

REPEAT_SECONDS = 30.0
"""An unchanged decision is logged again after this long."""

log = logging.getLogger("autoscaler")


class Cluster(Protocol):
    """The part of `swarm.engine.Engine` that a tick needs."""

    def services_with_counts(self, label: str) -> list[Service]:
        """Services that carry a label."""

    def tasks(self, service: str | None = None, filters: Mapping[str, Iterable[str]] | None = None) -> list[Task]:
        """Tasks by filters."""

    def set_replicas(self, service_name: str, replicas: int, expect_version: int | None = None) -> None:
        """Compare-and-set."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a specification says; one that is the same object says the same."""

    spec: JSON
    shape: Shape
    policy: Policy | None
    """The one in force."""
    mistake: str
    """What is wrong with the labels."""
    enabled: bool


@dataclass(slots=True)
class _Followed:
    """What the loop keeps of one service between ticks."""

    history: History = field(default_factory=History)
    policy: Policy | None = None
    """The last one whose labels were right."""
    checked: set[str] = field(default_factory=set)
    """PromQL that Prometheus has read."""
    read: _Read | None = None
    restored: bool = False
    logged_at: float = 0.0


class Loop:
    """The autoscaler without its clock: `tick(now)` does one pass."""

    def __init__(
        self,
        cluster: Cluster,
        read_metrics: Callable[[Mapping[str, str], Collection[str]], Metrics],
        ledger: Ledger,
        metrics: AutoscalerMetrics,
        standings: Standings | None = None,
        check_query: Callable[[str], str] = lambda expression: "",
        read_past: Callable[[Sequence[Asked], float], Iterable[tuple[Asked, Past]]] = lambda *_: (),
    ) -> None:
        """`read_metrics` is given the operators' queries by their PromQL and the services to look at closely;
        `check_query` says why Prometheus refuses one, or nothing; `read_past` has what was before this loop."""
        self._cluster = cluster
        self._read_metrics = read_metrics
        self._standings = standings or Standings()
        self._check_query = check_query
        self._read_past = read_past
        self._ledger = ledger
        self._metrics = metrics
        self._roster = Roster(cluster)
        self._followed: dict[str, _Followed] = {}
        self._metrics_missing_since: float | None = None
        self._cpu: Mapping[str, tuple[float, int]] = {}
        """The sums of the tick before."""

    def tick(self, now: float) -> bool:
        """One pass at `now` (Unix seconds); False if the engine did not answer, and nothing was decided."""
        started = time.perf_counter()
        try:
            services = self._cluster.services_with_counts(ENABLED_LABEL)
            tasks = self._roster.look(services, now)
        except EngineError as error:
            self._metrics.failed("")
            log.error("%s", error)
            return False
        self._read_labels(services)
        self._restore(services, tasks, now)
        closely = to_look_at_closely(services, tasks, self._cpu, now)
        metrics = self._metrics_now(closely, now) if services else NO_METRICS
        self._cpu = metrics.cpu
        for service in services:
            self._follow(service, tasks[service.id], metrics, service.name in closely, now)
        self._forget_others(services)
        self._metrics.ticked(now, time.perf_counter() - started)
        return True

    def _metrics_now(self, closely: Collection[str], now: float) -> Metrics:
        try:
            found = self._read_metrics(self._queries(), closely)
        except PrometheusError as error:
            if self._metrics_missing_since is None:
                self._metrics_missing_since = now
                log.warning("%s; replicas stay as they are until it does.", str(error).rstrip("."))
            return NO_METRICS
        if self._metrics_missing_since is not None:
            log.info("Prometheus answers again after %.0f s.", now - self._metrics_missing_since)
            self._metrics_missing_since = None
        return found

    def _queries(self) -> dict[str, str]:
        """The operators' queries, by their PromQL; two services may ask the same."""
        return {
            query.expression: query.expression
            for followed in self._followed.values()
            if followed.policy is not None
            for query in followed.policy.queries.values()
        }

    def _follow(self, service: Service, listed: Listed, metrics: Metrics, closely: bool, now: float) -> None:
        followed = self._followed[service.name]
        read = followed.read
        if read is None or read.spec is not service.spec:
            return  # it could not be read, and that was told
        with self._alone(service.name):
            self._report(followed, self._reconcile(followed, read, service, listed, metrics, closely, now))

    @contextmanager
    def _alone(self, service: str) -> Iterator[None]:
        """A mistake within is told, and stops no other service."""
        try:
            yield
        except EngineError as error:
            self._metrics.failed(service)
            log.error("%s", error, extra={"service": service})
        except Exception:  # reported with its traceback; the other services go on
            self._metrics.failed(service)
            log.exception("%s could not be dealt with in this tick.", service, extra={"service": service})

    def _reconcile(
        self,
        followed: _Followed,
        read: _Read,
        service: Service,
        listed: Listed,
        metrics: Metrics,
        closely: bool,
        now: float,
    ) -> Outcome:
        policy = read.policy
        observation = observe(service, listed, metrics, now, policy, read.shape, closely)
        if not read.enabled:
            followed.history, followed.policy, followed.restored = History(), None, True
            decision = Decision(observation.replicas, Reason.DISABLED)
        elif policy is None:
            decision = Decision(observation.replicas, Reason.INVALID_POLICY, detail=read.mistake)
        else:
            followed.history, decision = decide(policy, followed.history, observation, now)
            told = _query_mistakes(policy, metrics) if policy.queries else ""
            if told:
                decision = replace(decision, detail=", ".join(part for part in (decision.detail, told) if part))
        standing = Standing(service.name, now, policy, service.labels, read.mistake, observation, decision)
        self._standings.put(standing)
        if decision.desired == observation.replicas or policy is None:
            return Outcome(standing, decision, written=False)
        if policy.dry_run:
            # What was not done must not be taken for somebody else's doing on the next tick.
            followed.history = replace(followed.history, asked=observation.replicas)
            return Outcome(standing, decision, written=False)
        return Outcome(standing, *self._write(service, decision))

    def _read_labels(self, services: Iterable[Service]) -> None:
        """Of services that are new or were changed."""
        for service in services:
            followed = self._followed.get(service.name)
            if followed is None:
                followed = self._followed[service.name] = _Followed()
            if followed.read is None or followed.read.spec is not service.spec:
                with self._alone(service.name):
                    followed.read = self._parsed(followed, service)

    def _parsed(self, followed: _Followed, service: Service) -> _Read:
        spec, known = service.spec, shape(service)
        try:
            if not is_enabled(service.labels):
                return _Read(spec, known, None, "", enabled=False)
            policy = parse_policy(service.labels)
            check_limits(policy, known.cpu_cores, known.memory_bytes)
            self._check_queries(followed, policy)
        except PolicyError as error:
            return _Read(spec, known, followed.policy, str(error), enabled=True)
        if policy.learns and followed.policy is not None and not followed.policy.learns:
            followed.restored = False  # what a replica can serve did not have to be known until now
        followed.policy = policy
        return _Read(spec, known, policy, "", enabled=True)

    def _check_queries(self, followed: _Followed, policy: Policy) -> None:
        """Asks Prometheus once whether it can read a new query; where it does not answer, later."""
        for name, query in policy.queries.items():
            if query.expression in followed.checked:
                continue
            refusal = self._check_query(query.expression)
            if refusal:
                raise PolicyError(f"{PREFIX}query.{name} is no PromQL that Prometheus understands: {refusal}")
            followed.checked.add(query.expression)

    def _restore(self, services: Iterable[Service], tasks: Mapping[str, Listed], now: float) -> None:
        """What an autoscaler would know that had been there all the time, from what Prometheus has."""
        asked = []
        for service in services:
            followed = self._followed[service.name]
            read = followed.read
            if followed.restored or read is None or read.policy is None or not read.enabled:
                continue
            followed.restored = True
            count = len(tasks[service.id].members)
            asked.append(Asked(service.name, read.policy, read.shape.cpu_cores, read.shape.memory_bytes, count))
        for one, past in self._read_past(asked, now) if asked else ():
            with self._alone(one.service):
                self._remember(self._followed[one.service], one, past, now)

    def _remember(self, followed: _Followed, asked: Asked, past: Past, now: float) -> None:
        if not past.observations:
            return
        found = restored(asked.policy, past.observations, past.held_until)
        known, learning = followed.history, found.learning
        if known.replicas is not None:  # it has been followed: what was not learned is what is wanted
            starts = known.learning
            learning = replace(learning, startup_seconds=starts.startup_seconds, startups=starts.startups)
            found = replace(known, learning=learning)
        followed.history = found
        log.info(
            "%s: read back %.0f s of history from Prometheus.",
            asked.service,
            now - past.observations[0][0],
            extra={"service": asked.service},
        )

    def _write(self, service: Service, decision: Decision) -> tuple[Decision, bool]:
        try:
            self._cluster.set_replicas(service.name, decision.desired, expect_version=service.version_index)
        except (OutOfSequence, NotFound) as error:
            self._metrics.wrote(service.name, "conflict")
            detail = f"{decision.reason.value} wants {decision.desired}: {error}"
            kept = service.replicas or 0
            return replace(decision, desired=kept, reason=Reason.CONFLICT, detail=detail), False
        except EngineError:
            self._metrics.wrote(service.name, "error")
            raise
        self._metrics.wrote(service.name, "ok")
        return decision, True

    def _report(self, followed: _Followed, outcome: Outcome) -> None:
        kept = self._ledger.record(outcome)
        self._metrics.decided(outcome)
        at = outcome.standing.at
        if kept is not None or at - followed.logged_at >= REPEAT_SECONDS:
            followed.logged_at = at
            made = kept or entry(outcome)
            log.info("%s", made.sentence, extra={"decision": made.as_json()})

    def _forget_others(self, services: list[Service]) -> None:
        for name in self._followed.keys() - {service.name for service in services}:
            del self._followed[name]
            self._ledger.forget(name)
            self._metrics.forget(name)
            self._standings.forget(name)


def _query_mistakes(policy: Policy, metrics: Metrics) -> str:
    """What is wrong with the service's own queries, as the end of a sentence; empty where nothing is."""
    found = {name: metrics.query_mistakes.get(query.expression) for name, query in policy.queries.items()}
    return "; ".join(f"query.{name}: {words}" for name, words in found.items() if words)


class JsonLines(logging.Formatter):
    """A line of JSON per record."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, sentence, and the decision or the service it is about."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for key in ("decision", "service"):
            if hasattr(record, key):
                line[key] = getattr(record, key)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
