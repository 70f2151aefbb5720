"""What comes out of a tick: a number with its reason, and the sentence that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum

from autoscaler.values import dataclass


class Reason(StrEnum):
    """Why a decision is what it is: the same word in log, metric label, API and test."""

    CONCURRENCY = "concurrency"
    RPS = "rps"
    CPU = "cpu"
    MEMORY = "memory"
    LEARNED = "learned"
    """The arrivals ask for it, by the learned capacity of a replica."""
    LATENCY = "latency"
    """Answers take longer than the objective, and more replicas were seen to help."""
    QUERY = "query"
    """A query of the operator's own asks for it."""
    STEADY = "steady"
    """The replicas fit the demand, within the tolerance."""
    STABILIZING = "stabilizing"
    """Fewer would do now; the stabilization window is not over."""
    AT_MIN = "at_min"
    AT_MAX = "at_max"
    MISSING_DATA = "missing_data"
    """An expected metric is absent or partial: never down."""
    WARMING_UP = "warming_up"
    """Fewer would do now; too little has been seen yet to say so."""
    REVERSAL_BUDGET = "reversal_budget"
    """Fewer would do now; the count has changed its direction often enough lately."""
    DATABASE_BOUND = "database_bound"
    """More are asked for; the database is what is full, and they would not help."""
    UNPLACEABLE = "unplaceable"
    """More are asked for; Swarm has no room for those that are wanted already."""
    UNTOUCHABLE = "untouchable"
    """Its count is never written: a global service, or one with a volume of its node."""
    HELD = "held"
    """Somebody else set this count: it stands for a while."""
    PAUSED = "paused"
    """A label asks for no writes before a certain time."""
    ROLLOUT = "rollout"
    """An update is under way or paused: nothing is written."""
    CONFLICT = "conflict"
    """Somebody else wrote the service in between: tried again at the next tick."""
    DISABLED = "disabled"
    INVALID_POLICY = "invalid_policy"


LEARNED, LATENCY, QUERY = "learned", "latency", "query."
"""What asks for replicas beside the metrics with a target of their own; the last is followed by the query's name."""


def reason_of(metric: str) -> Reason:
    """The reason of a decision that follows what this metric asks for."""
    return Reason.QUERY if metric.startswith(QUERY) else Reason(metric)


@dataclass(frozen=True, slots=True)
class Step:
    """One station on the way from what was seen to what was decided."""

    stage: str
    """`metric:<name>`, `largest`, `bounds`, `windows`, `gate`, `final`."""
    replicas: float | None
    """What was to be had after it; a fraction where a metric speaks, None where it says nothing."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Replicas to have, and why."""

    desired: int
    reason: Reason
    recommendations: Mapping[str, int] = field(default_factory=dict)
    """Per metric (`cpu`, `learned`, `query.backlog`), before tolerance, bounds and windows."""
    load: float | None = None
    """Demand as a multiple of what the ready replicas are meant to take; None when unknown."""
    detail: str = ""
    """What the reason alone does not say."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What else the decision rests on, each with its unit in its name (a fraction has none)."""
    steps: tuple[Step, ...] = ()
    """The way to it, in order."""


def sentence(service: str, replicas: int, decision: Decision) -> str:
    """`flotilla_app: 2→5 replicas, concurrency, 2.4× target`"""
    count = str(replicas) if decision.desired == replicas else f"{replicas}→{decision.desired}"
    noun = "replica" if decision.desired == 1 else "replicas"
    parts = [f"{service}: {count} {noun}", decision.reason.value]
    if decision.load is not None:
        parts.append(f"{decision.load:.1f}× target")
    if decision.detail:
        parts.append(decision.detail)
    return ", ".join(parts)


def moment(unix_time: float) -> str:
    """A time as sentences tell it: `2026-11-22T14:05:10Z`."""
    return datetime.fromtimestamp(unix_time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
