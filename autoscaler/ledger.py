"""The last decisions, bounded: an entry for every change of (desired, reason) and for every write."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from autoscaler.decision import Decision, sentence
from autoscaler.standing import Standing, observation_json


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision as `GET /decisions` shows it."""

    at: float
    service: str
    replicas: int
    desired: int
    ready: int
    written: bool
    reason: str
    sentence: str
    recommendations: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    dry_run: bool = False
    """What was decided is not written, by a label."""
    mistake: str = ""
    """What is wrong with the labels; the decision follows the last ones that were right."""
    observation: dict[str, Any] = field(default_factory=dict)
    steps: tuple[dict[str, Any], ...] = ()
    """The way from what was seen to the decision: stage, replicas after it, a note."""

    def as_json(self) -> dict[str, Any]:
        """With the API's field names."""
        found = asdict(self)
        return {("from" if k == "replicas" else "to" if k == "desired" else k): v for k, v in found.items()}


def entry(standing: Standing, replicas: int, ready: int, *, written: bool, decision: Decision | None = None) -> Entry:
    """The entry for what was decided on a service that had `replicas`; `decision`: what became of it, if it changed."""
    made = decision or standing.decision
    policy = standing.policy
    told = sentence(standing.service, replicas, made)
    if policy is not None and policy.dry_run:
        told += ", dry run"
    if standing.mistake and policy is not None:
        told += f", by the last right labels ({standing.mistake})"
    return Entry(
        at=standing.at,
        service=standing.service,
        replicas=replicas,
        desired=made.desired,
        ready=ready,
        written=written,
        reason=made.reason.value,
        sentence=told,
        recommendations=dict(made.recommendations),
        numbers={name: round(value, 3) for name, value in made.numbers.items()},
        dry_run=policy is not None and policy.dry_run,
        mistake=standing.mistake,
        observation=observation_json(standing.observation, policy),
        steps=tuple({"stage": step.stage, "replicas": step.replicas, "note": step.note} for step in made.steps),
    )


class Ledger:
    """Newest last, oldest forgotten. Read by the server's threads while the loop writes."""

    def __init__(self, size: int = 2000) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._latest: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def record(self, new: Entry) -> bool:
        """Take note of a decision; whether it is another than the service's last one, and so kept."""
        with self._lock:
            last = self._latest.get(new.service)
            changed = last is None or new.written or (last.desired, last.reason) != (new.desired, new.reason)
            self._latest[new.service] = new
            if changed:
                self._entries.append(new)
            return changed

    def forget(self, service: str) -> None:
        """The service is gone: it has no latest decision any more; what was decided stays."""
        with self._lock:
            self._latest.pop(service, None)

    def entries(self, service: str | None = None, since: float = 0.0) -> list[Entry]:
        """Kept entries, of one service or of all, from a Unix time on."""
        with self._lock:
            return [e for e in self._entries if (service is None or e.service == service) and e.at >= since]

    def latest(self, service: str | None = None) -> list[Entry]:
        """The decision of the last tick, of one service or of each."""
        with self._lock:
            return [e for name, e in sorted(self._latest.items()) if service is None or name == service]
