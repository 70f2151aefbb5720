"""What the autoscaler tells Prometheus about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from autoscaler.decision import Reason
from autoscaler.ledger import Outcome


@dataclass(slots=True)
class _Shown:
    """What the series of a service say."""

    counts: tuple[int, int, int] | None = None
    flags: tuple[bool, bool] | None = None
    held_until: float | None = None
    recommendations: Mapping[str, int] = field(default_factory=dict)
    reason: Reason | None = None
    holds: Counter | None = None
    """The series that counts ticks with this reason."""
    frozen_since: float | None = None


class AutoscalerMetrics:
    """All series, in a registry of their own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, read by none
        self.registry = CollectorRegistry()
        registry = self.registry
        self._desired = _gauge("desired", "Replicas decided on.", registry, "service")
        self._replicas = _gauge("replicas", "Replicas wanted by the service's specification.", registry, "service")
        self._ready = _gauge("ready", "Healthy tasks.", registry, "service")
        self._recommendation = _gauge(
            "recommendation", "Replicas that one metric asks for.", registry, "service", "metric"
        )
        self._frozen = _gauge("frozen_seconds", "How long a rollout has kept it from writing.", registry, "service")
        self._reason = _gauge("reason", "1 for the reason of the last decision.", registry, "service", "reason")
        self._invalid = _gauge(
            "policy_invalid", "1 while labels cannot be followed, whatever stays in force.", registry, "service"
        )
        self._held_until = _gauge(
            "held_until_timestamp_seconds", "Until when a count set by hand stands; 0: none does.", registry, "service"
        )
        self._dry_run = _gauge("dry_run", "1 while a label keeps decisions from being written.", registry, "service")
        self._writes = Counter(
            "flotilla_autoscaler_writes_total",
            "Writes of a number of replicas, by outcome: ok, conflict or error.",
            ["service", "outcome"],
            registry=registry,
        )
        self._holds = Counter(
            "flotilla_autoscaler_holds_total",
            "Ticks that left a service alone, by reason.",
            ["service", "reason"],
            registry=registry,
        )
        self._mistakes = Counter(
            "flotilla_autoscaler_failed_ticks_total",
            "Ticks in which a service, or with an empty label the whole tick, could not be dealt with.",
            ["service"],
            registry=registry,
        )
        self._tick = Histogram(
            "flotilla_autoscaler_tick_duration_seconds",
            "Duration of a tick over all services.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=registry,
        )
        self._last_tick = Gauge(
            "flotilla_autoscaler_last_tick_timestamp_seconds",
            "When the last tick ended; before the first one, when the program began.",
            registry=registry,
        )
        self._shown: dict[str, _Shown] = {}

    def decided(self, outcome: Outcome) -> None:
        """Show the decision of a tick. A thousand services rarely change, and a series that is looked up is dear."""
        standing, made = outcome.standing, outcome.decision
        service, shown = standing.service, self._shown.get(standing.service)
        if shown is None:
            shown = self._shown[service] = _Shown()
        counts = made.desired, standing.observation.replicas, standing.observation.ready
        if shown.counts != counts:
            shown.counts = counts
            for gauge, count in zip((self._desired, self._replicas, self._ready), counts, strict=True):
                gauge.labels(service).set(count)
        flags = bool(standing.mistake), standing.policy is not None and standing.policy.dry_run
        if shown.flags != flags:
            shown.flags = flags
            self._invalid.labels(service).set(flags[0])
            self._dry_run.labels(service).set(flags[1])
        held_until = made.numbers.get("held_until", 0.0)
        if shown.held_until != held_until:
            shown.held_until = held_until
            # To the millisecond, as in /decisions: whoever compares the two finds the same number.
            self._held_until.labels(service).set(round(held_until, 3))
        if shown.recommendations != made.recommendations:
            self._recommend(service, shown.recommendations, made.recommendations)
            shown.recommendations = made.recommendations
        if shown.reason is not made.reason or made.reason is Reason.ROLLOUT:
            self._give_reason(service, shown, made.reason, standing.at)
        if made.desired == counts[1] and shown.holds is not None:
            shown.holds.inc()

    def _recommend(self, service: str, before: Mapping[str, int], now: Mapping[str, int]) -> None:
        for metric in before.keys() - now.keys():
            self._recommendation.remove(service, metric)
        for metric, count in now.items():
            if before.get(metric) != count:
                self._recommendation.labels(service, metric).set(count)

    def _give_reason(self, service: str, shown: _Shown, reason: Reason, at: float) -> None:
        if reason is not Reason.ROLLOUT:
            shown.frozen_since = None
        elif shown.frozen_since is None:
            shown.frozen_since = at
        self._frozen.labels(service).set(0.0 if shown.frozen_since is None else at - shown.frozen_since)
        if shown.reason is reason:
            return
        if shown.reason is not None:
            self._reason.remove(service, shown.reason.value)
        self._reason.labels(service, reason.value).set(1)
        shown.reason, shown.holds = reason, self._holds.labels(service, reason.value)

    def wrote(self, service: str, outcome: str) -> None:
        """Count a write: ok, conflict or error."""
        self._writes.labels(service, outcome).inc()

    def failed(self, service: str) -> None:
        """Count a service, or with an empty name a whole tick, that could not be dealt with."""
        self._mistakes.labels(service).inc()

    def started(self, at: float) -> None:
        """The program begins: without this its last tick would be that of 1970."""
        self._last_tick.set(at)

    def ticked(self, at: float, duration_seconds: float) -> None:
        """Count a tick."""
        self._tick.observe(duration_seconds)
        self._last_tick.set(at)

    def forget(self, service: str) -> None:
        """The service is gone: its gauges end, its counters stay."""
        shown = self._shown.pop(service, None)
        if shown is None:
            return
        for gauge in (
            self._desired,
            self._replicas,
            self._ready,
            self._frozen,
            self._invalid,
            self._dry_run,
            self._held_until,
        ):
            gauge.remove(service)
        if shown.reason is not None:
            self._reason.remove(service, shown.reason.value)
        for metric in shown.recommendations:
            self._recommendation.remove(service, metric)

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)


def _gauge(name: str, text: str, registry: CollectorRegistry, *labels: str) -> Gauge:
    return Gauge(f"flotilla_autoscaler_{name}", text, list(labels), registry=registry)
