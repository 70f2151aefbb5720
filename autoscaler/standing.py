"""Where a service stands: the policy in force, what was seen last, what is known of it; and how that is told."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from autoscaler.config import DEFAULTS, Policy, own_labels
from autoscaler.decision import Decision
from autoscaler.observation import Absence, Demand, Latency, Observation, Usage, WorkingSets
from autoscaler.values import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """One service after its last tick."""

    service: str
    at: float
    policy: Policy | None
    """None: there was never a policy that could be followed, or the service is not to be scaled."""
    labels: Mapping[str, str]
    mistake: str
    """What is wrong with the labels; the policy is then the last one that was right."""
    observation: Observation
    decision: Decision


class Standings:
    """The newest of each service. Read by the server's threads while the loop writes."""

    def __init__(self) -> None:
        self._latest: dict[str, Standing] = {}
        self._lock = threading.Lock()

    def put(self, standing: Standing) -> None:
        """Take note."""
        with self._lock:
            self._latest[standing.service] = standing

    def get(self, service: str) -> Standing | None:
        """None for a service that is not followed."""
        with self._lock:
            return self._latest.get(service)

    def names(self) -> list[str]:
        """The services that are followed."""
        with self._lock:
            return sorted(self._latest)

    def forget(self, service: str) -> None:
        """The service is gone."""
        with self._lock:
            self._latest.pop(service, None)


def policy_json(standing: Standing) -> dict[str, Any]:
    """What `GET /policy/<service>` answers: every setting with its value and where that comes from."""
    given = own_labels(standing.labels)
    settings: dict[str, Any] = {}
    policy = standing.policy
    if policy is not None:
        for field in fields(Policy):
            if field.name in ("targets", "queries"):
                continue
            label = {"minimum": "min", "maximum": "max"}.get(field.name, field.name)
            value = getattr(policy, field.name)
            source = "label" if label in given else "default" if value == getattr(DEFAULTS, field.name) else "derived"
            settings[label] = {"value": value, "from": source}
        for metric, target in policy.targets.items():
            settings[metric.value] = {"value": target, "from": "label"}
        for name, query in policy.queries.items():
            settings[f"query.{name}"] = {"value": query.expression, "target": query.target, "from": "label"}
    return {
        "service": standing.service,
        "at": standing.at,
        "settings": settings,
        "mistake": standing.mistake,
        "learned": {name: round(value, 3) for name, value in standing.decision.numbers.items()},
    }


def observation_json(observation: Observation, policy: Policy | None) -> dict[str, Any]:
    """What was seen, with the unit in each name; what is absent by its word."""
    found: dict[str, Any] = {"replicas": observation.replicas, "ready": observation.ready}
    demand, latency = observation.demand, observation.latency
    if isinstance(demand, Demand):
        found |= {
            "arrivals_per_second": round(demand.arrivals_per_second, 2),
            "concurrency": round(demand.concurrency, 2),
            "in_system": demand.in_system,
            "rejected_per_second": round(demand.rejected_per_second, 2),
        }
    else:
        found["demand"] = demand.value
    if isinstance(latency, Latency):
        found["p95_ms"] = round(latency.p95_ms, 1)
    for name, reading in (("cpu", observation.cpu), ("cpu_lately", observation.cpu_lately)):
        if isinstance(reading, Usage):
            found[f"{name}_of_limit"] = round(reading.total / reading.measured, 3) if reading.measured else None
        elif policy is not None and name in policy.targets:
            found[name] = reading.value
    if isinstance(observation.memory, WorkingSets) and observation.memory.measured:
        found["memory_of_limit"] = round(sum(observation.memory.each.values()) / observation.memory.measured, 3)
    for name, value in observation.queries.items():
        found[f"query.{name}"] = value.value if isinstance(value, Absence) else value
    for name, flag in (("rollout", observation.rollout), ("untouchable", observation.untouchable)):
        if flag:
            found[name] = flag
    if observation.unplaceable:
        found["unplaceable"] = observation.unplaceable
    return found
