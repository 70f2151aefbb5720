"""Service labels → `Policy`. Pure; every mistake is one sentence that says what to write instead."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PREFIX = "flotilla.autoscale."
ENABLED_LABEL = PREFIX + "enabled"
LATEST_UNIX_TIME = 1e11
"""Above this (in the year 5138) it was milliseconds."""


class Metric(StrEnum):
    """What a service can be scaled on; a metric is expected once its label is set."""

    CONCURRENCY = "concurrency"
    """Requests in flight and queued, per replica."""
    RPS = "rps"
    """Arrivals per second, per replica."""
    CPU = "cpu"
    """Fraction of the CPU limit."""
    MEMORY = "memory"
    """Fraction of the memory limit."""


class PolicyError(ValueError):
    """A label that cannot be followed; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question of the operator's own to Prometheus."""

    expression: str
    """PromQL that gives one value: what there is to do, for all replicas together."""
    target: float
    """How much of it one replica should have."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How one service is scaled."""

    minimum: int = 1
    maximum: int = 10
    initial: int = 1
    targets: Mapping[Metric, float] = field(default_factory=dict)
    queries: Mapping[str, Query] = field(default_factory=dict)
    utilization: float = 0.7
    """Share of a replica's learned capacity to plan with, where neither concurrency nor rps is a target."""
    objective_ms: float = 250.0
    stable_seconds: float = 60.0
    stabilization_seconds: float = 180.0
    hold_seconds: float = 300.0
    """How long a count that somebody else set stands; 0: not at all."""
    paused_until: float = 0.0
    """Unix time before which nothing is written; 0: not paused."""
    paused: bool = False
    """Nothing is written until the label is taken away."""
    dry_run: bool = False
    """Everything is decided and told, nothing is written."""
    database: bool = False
    """It works with the bundle's database, so the database's limits are its own."""

    @property
    def learns(self) -> bool:
        """Whether no target says how much a replica should take, so that its capacity has to be learned."""
        return Metric.CONCURRENCY not in self.targets and Metric.RPS not in self.targets

    @property
    def panic_seconds(self) -> float:
        """Length of the short window, which decides on the way up: a tenth of the stable one."""
        return self.stable_seconds / 10


DEFAULTS = Policy()

KNOWN = (
    "enabled",
    "min",
    "max",
    "initial",
    "objective_ms",
    "stable_seconds",
    "stabilization_seconds",
    "hold_seconds",
    "utilization",
    "paused",
    "paused_until",
    "dry_run",
    "database",
    *Metric,
)
QUERY = "query."
QUERY_TARGET = ".target"


def is_enabled(labels: Mapping[str, str]) -> bool:
    """Whether the service asks to be scaled. Raises `PolicyError` for any word but true and false."""
    return _yes(labels, ENABLED_LABEL)


def own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that are ours, without their prefix."""
    return {key.removeprefix(PREFIX): text for key, text in labels.items() if key.startswith(PREFIX)}


def parse_policy(labels: Mapping[str, str]) -> Policy:
    """The policy that a service's labels describe; others' labels are ignored. Raises `PolicyError`."""
    ours = own_labels(labels)
    unknown = sorted(key for key in set(ours) - set(KNOWN) if not key.startswith(QUERY))
    if unknown:
        raise PolicyError(
            f"{PREFIX}{unknown[0]} is not a label Flotilla knows: use one of {', '.join(KNOWN)}, "
            f"{QUERY}<name> and {QUERY}<name>{QUERY_TARGET}."
        )
    minimum = _count(ours, "min", DEFAULTS.minimum)
    maximum = _count(ours, "max", max(DEFAULTS.maximum, minimum))
    if minimum > maximum:
        raise PolicyError(f"{PREFIX}min is {minimum} and {PREFIX}max is {maximum}: min must not be above max.")
    initial = _count(ours, "initial", minimum)
    # What a deploy starts with, not a bound: min and max may move without it.
    initial = min(max(initial, minimum), maximum)
    targets = {metric: _target(metric, ours[metric]) for metric in Metric if metric in ours}
    stable = _positive(ours, "stable_seconds", DEFAULTS.stable_seconds)
    stabilization = _positive(ours, "stabilization_seconds", max(DEFAULTS.stabilization_seconds, stable))
    if stabilization < stable:
        raise PolicyError(
            f"{PREFIX}stabilization_seconds is {stabilization:g} and stable_seconds is {stable:g}: "
            "stabilization_seconds must not be the shorter one."
        )
    return Policy(
        minimum=minimum,
        maximum=maximum,
        initial=initial,
        targets=targets,
        queries=_queries(ours),
        utilization=_share(ours, "utilization", DEFAULTS.utilization),
        objective_ms=_positive(ours, "objective_ms", DEFAULTS.objective_ms),
        stable_seconds=stable,
        stabilization_seconds=stabilization,
        hold_seconds=_from_zero(ours, "hold_seconds", DEFAULTS.hold_seconds),
        paused_until=_unix_time(ours, "paused_until"),
        paused=_yes(labels, PREFIX + "paused"),
        dry_run=_yes(labels, PREFIX + "dry_run"),
        database=_yes(labels, PREFIX + "database"),
    )


def check_limits(policy: Policy, cpu_limit_cores: float, memory_limit_bytes: float) -> None:
    """Raise `PolicyError` if the policy asks for a fraction of a limit that the service does not have (0)."""
    for metric, limit, key in (
        (Metric.CPU, cpu_limit_cores, "cpus"),
        (Metric.MEMORY, memory_limit_bytes, "memory"),
    ):
        if metric in policy.targets and not limit:
            raise PolicyError(f"{PREFIX}{metric} needs a limit to be a fraction of: set deploy.resources.limits.{key}.")


def _yes(labels: Mapping[str, str], label: str) -> bool:
    word = labels.get(label, "false").strip().lower()
    if word not in ("true", "false"):
        raise PolicyError(f'{label} is "{word}": write "true" or "false".')
    return word == "true"


def _queries(ours: Mapping[str, str]) -> dict[str, Query]:
    """`query.<name>` and `query.<name>.target`, one with the other."""
    found: dict[str, Query] = {}
    given = {key.removeprefix(QUERY): text for key, text in ours.items() if key.startswith(QUERY)}
    for key, text in given.items():
        name = key.removesuffix(QUERY_TARGET)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
            raise PolicyError(
                f"{PREFIX}{QUERY}{key} is no name for a query: use lower-case letters, digits and _, such as "
                f"{PREFIX}{QUERY}backlog."
            )
        if key != name:
            if name not in given:
                raise PolicyError(
                    f"{PREFIX}{QUERY}{key} has no query: set {PREFIX}{QUERY}{name} to PromQL, or remove it."
                )
            continue
        if not text.strip():
            raise PolicyError(f"{PREFIX}{QUERY}{name} is empty: write PromQL that gives one value.")
        if name + QUERY_TARGET not in given:
            raise PolicyError(
                f"{PREFIX}{QUERY}{name} has no target: set {PREFIX}{QUERY}{name}{QUERY_TARGET} to how much of it one "
                "replica should have."
            )
        target = _number(QUERY + name + QUERY_TARGET, given[name + QUERY_TARGET])
        if target <= 0:
            raise PolicyError(f'{PREFIX}{QUERY}{name}{QUERY_TARGET} is "{target:g}": a target must be above 0.')
        found[name] = Query(text.strip(), target)
    return found


def _share(ours: Mapping[str, str], name: str, default: float) -> float:
    value = _positive(ours, name, default)
    if value > 1:
        raise PolicyError(f'{PREFIX}{name} is "{ours[name]}": write a fraction from 0 to 1, such as 0.7 for 70 %.')
    return value


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise PolicyError(f'{PREFIX}{name} is "{text}": write a plain number without a unit.')
    return value


def _count(ours: Mapping[str, str], name: str, default: int) -> int:
    if name not in ours:
        return default
    value = _number(name, ours[name])
    if value < 1 or value != int(value):
        raise PolicyError(f'{PREFIX}{name} is "{ours[name]}": write a whole number from 1 up.')
    return int(value)


def _positive(ours: Mapping[str, str], name: str, default: float) -> float:
    if name not in ours:
        return default
    value = _number(name, ours[name])
    if value <= 0:
        raise PolicyError(f'{PREFIX}{name} is "{ours[name]}": write a number above 0.')
    return value


def _from_zero(ours: Mapping[str, str], name: str, default: float) -> float:
    if name not in ours:
        return default
    value = _number(name, ours[name])
    if value < 0:
        raise PolicyError(f'{PREFIX}{name} is "{ours[name]}": write a number from 0 up.')
    return value


def _unix_time(ours: Mapping[str, str], name: str) -> float:
    """A moment in Unix seconds; 0 where the label is not set. What is past is no mistake."""
    try:
        value = float(ours.get(name, "0"))
    except ValueError:
        value = math.nan
    if not 0 <= value < LATEST_UNIX_TIME:
        raise PolicyError(
            f'{PREFIX}{name} is "{ours[name]}": write Unix time in whole seconds, such as the output of '
            "`date -d '10 minutes' +%s`, or take the label away."
        )
    return value


def _target(metric: Metric, text: str) -> float:
    value = _number(metric, text)
    if value <= 0:
        raise PolicyError(f'{PREFIX}{metric} is "{text}": a target must be above 0.')
    if metric in (Metric.CPU, Metric.MEMORY) and value > 1:
        raise PolicyError(
            f'{PREFIX}{metric} is "{text}": write a fraction of the limit from 0 to 1, such as 0.7 for 70 %.'
        )
    return value
