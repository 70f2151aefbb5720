"""What the autoscaler tells Prometheus about itself."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from autoscaler.decision import Reason
from autoscaler.ledger import Entry


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
        self._last: dict[str, Entry] = {}
        self._frozen_since: dict[str, float] = {}

    def decided(self, entry: Entry) -> None:
        """Show the decision of a tick."""
        service, last = entry.service, self._last.get(entry.service)
        # A thousand services rarely change, and looking their series up is most of the work.
        if last is None or (last.desired, last.replicas, last.ready) != (entry.desired, entry.replicas, entry.ready):
            self._desired.labels(service).set(entry.desired)
            self._replicas.labels(service).set(entry.replicas)
            self._ready.labels(service).set(entry.ready)
        if last is None or (last.mistake, last.dry_run) != (entry.mistake, entry.dry_run):
            self._invalid.labels(service).set(bool(entry.mistake))
            self._dry_run.labels(service).set(entry.dry_run)
        held_until = entry.numbers.get("held_until", 0.0)
        if last is None or last.numbers.get("held_until", 0.0) != held_until:
            self._held_until.labels(service).set(held_until)
        if entry.reason == Reason.ROLLOUT:
            self._frozen_since.setdefault(service, entry.at)
        else:
            self._frozen_since.pop(service, None)
        if entry.reason == Reason.ROLLOUT or last is None or last.reason != entry.reason:
            self._frozen.labels(service).set(entry.at - self._frozen_since.get(service, entry.at))
        before = last.recommendations if last else {}
        for metric in before.keys() - entry.recommendations.keys():
            self._recommendation.remove(service, metric)
        for metric, count in entry.recommendations.items():
            if before.get(metric) != count:
                self._recommendation.labels(service, metric).set(count)
        if last is None or last.reason != entry.reason:
            if last is not None:
                self._reason.remove(service, last.reason)
            self._reason.labels(service, entry.reason).set(1)
        if entry.desired == entry.replicas:
            self._holds.labels(service, entry.reason).inc()
        self._last[service] = entry

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
        last = self._last.pop(service, None)
        if last is None:
            return
        self._frozen_since.pop(service, None)
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
        self._reason.remove(service, last.reason)
        for metric in last.recommendations:
            self._recommendation.remove(service, metric)

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)


def _gauge(name: str, text: str, registry: CollectorRegistry, *labels: str) -> Gauge:
    return Gauge(f"flotilla_autoscaler_{name}", text, list(labels), registry=registry)
