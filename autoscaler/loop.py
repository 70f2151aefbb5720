"""One tick: observe every service that asks for it, decide, write. A mistake in one stops no other."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from autoscaler.config import ENABLED_LABEL, PREFIX, Policy, PolicyError, check_limits, is_enabled, parse_policy
from autoscaler.decision import Decision, Reason
from autoscaler.history import History
from autoscaler.ledger import Entry, Ledger, entry
from autoscaler.metrics import AutoscalerMetrics
from autoscaler.observe import limits, observe
from autoscaler.past import Past
from autoscaler.policy import decide, restored
from autoscaler.prometheus import PrometheusError
from autoscaler.readings import NO_METRICS, Metrics
from autoscaler.roster import Listed, Roster
from autoscaler.standing import Standing, Standings
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


@dataclass(slots=True)
class _Followed:
    """What the loop keeps of one service between ticks."""

    history: History = field(default_factory=History)
    policy: Policy | None = None
    """The last one whose labels were right."""
    checked: set[str] = field(default_factory=set)
    """PromQL that Prometheus has read."""
    read: tuple[JSON, tuple[Policy | None, str, bool]] | None = None
    """The specification that was read last, and what it says: one that is the same object says the same."""
    restored: bool = False
    logged_at: float = 0.0


class Loop:
    """The autoscaler without its clock: `tick(now)` does one pass."""

    def __init__(
        self,
        cluster: Cluster,
        read_metrics: Callable[[Mapping[str, str]], Metrics],
        ledger: Ledger,
        metrics: AutoscalerMetrics,
        standings: Standings | None = None,
        check_query: Callable[[str], str] = lambda expression: "",
        read_past: Callable[[Service, Policy, float], Past] = lambda *_: Past(),
    ) -> None:
        """`read_metrics` is given the operators' queries by their PromQL; `check_query` says why Prometheus refuses
        one, or nothing; `read_past` has what was before this loop."""
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
        metrics = self._metrics_now(now) if services else NO_METRICS
        for service in services:
            self._follow(service, tasks[service.id], metrics, now)
        self._forget_others(services)
        self._metrics.ticked(now, time.perf_counter() - started)
        return True

    def _metrics_now(self, now: float) -> Metrics:
        try:
            found = self._read_metrics(self._queries())
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

    def _follow(self, service: Service, listed: Listed, metrics: Metrics, now: float) -> None:
        followed = self._followed.setdefault(service.name, _Followed())
        try:
            self._report(followed, self._reconcile(followed, service, listed, metrics, now))
        except EngineError as error:
            self._metrics.failed(service.name)
            log.error("%s", error, extra={"service": service.name})
        except Exception:  # reported with its traceback; the other services go on
            self._metrics.failed(service.name)
            log.exception("%s could not be dealt with in this tick.", service.name, extra={"service": service.name})

    def _reconcile(self, followed: _Followed, service: Service, listed: Listed, metrics: Metrics, now: float) -> Entry:
        policy, mistake, enabled = self._policy(followed, service)
        observation = observe(service, listed, metrics, now, policy)
        replicas, ready = observation.replicas, observation.ready
        if not enabled:
            followed.history, followed.policy, followed.restored = History(), None, True
            decision = Decision(replicas, Reason.DISABLED)
        elif policy is None:
            decision = Decision(replicas, Reason.INVALID_POLICY, detail=mistake)
        else:
            if not followed.restored:
                followed.restored = True
                followed.history = self._restored(service, policy, now)
            followed.history, decision = decide(policy, followed.history, observation, now)
            told = _query_mistakes(policy, metrics)
            if told:
                decision = replace(decision, detail=", ".join(part for part in (decision.detail, told) if part))
        standing = Standing(service.name, now, policy, dict(service.labels), mistake, observation, decision)
        self._standings.put(standing)
        if decision.desired == replicas or policy is None:
            return entry(standing, replicas, ready, written=False)
        if policy.dry_run:
            # What was not done must not be taken for somebody else's doing on the next tick.
            followed.history = replace(followed.history, asked=replicas)
            return entry(standing, replicas, ready, written=False)
        decision, written = self._write(service, decision)
        return entry(standing, replicas, ready, written=written, decision=decision)

    def _policy(self, followed: _Followed, service: Service) -> tuple[Policy | None, str, bool]:
        """(the policy in force, what is wrong with the labels, whether it is to be scaled at all)."""
        if followed.read is None or followed.read[0] is not service.spec:
            followed.read = service.spec, self._parsed(followed, service)
        return followed.read[1]

    def _parsed(self, followed: _Followed, service: Service) -> tuple[Policy | None, str, bool]:
        try:
            if not is_enabled(service.labels):
                return None, "", False
            policy = parse_policy(service.labels)
            check_limits(policy, *limits(service))
            self._check_queries(followed, policy)
        except PolicyError as error:
            return followed.policy, str(error), True
        followed.policy = policy
        return policy, "", True

    def _check_queries(self, followed: _Followed, policy: Policy) -> None:
        """Asks Prometheus once whether it can read a new query; where it does not answer, later."""
        for name, query in policy.queries.items():
            if query.expression in followed.checked:
                continue
            refusal = self._check_query(query.expression)
            if refusal:
                raise PolicyError(f"{PREFIX}query.{name} is no PromQL that Prometheus understands: {refusal}")
            followed.checked.add(query.expression)

    def _restored(self, service: Service, policy: Policy, now: float) -> History:
        """What an autoscaler would know that had been there all the time, from what Prometheus has."""
        past = self._read_past(service, policy, now)
        if past.observations:
            seconds = now - past.observations[0][0]
            log.info(
                "%s: read back %.0f s of history from Prometheus.",
                service.name,
                seconds,
                extra={"service": service.name},
            )
        return restored(policy, past.observations, past.held_until)

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

    def _report(self, followed: _Followed, made: Entry) -> None:
        changed = self._ledger.record(made)
        self._metrics.decided(made)
        if changed or made.at - followed.logged_at >= REPEAT_SECONDS:
            followed.logged_at = made.at
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
