"""The last decisions, bounded: an entry for every change of (desired, reason) and for every write."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import field, fields
from typing import Any

from autoscaler.decision import Decision, sentence
from autoscaler.standing import Standing, observation_json
from autoscaler.values import dataclass


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
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {("from" if k == "replicas" else "to" if k == "desired" else k): v for k, v in found.items()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a decision. Most are those of the tick before again and never looked at: an `Entry` is made of
    those that are."""

    standing: Standing
    decision: Decision
    """Another than the standing's where it could not be carried out."""
    written: bool


def entry(outcome: Outcome) -> Entry:
    """As it is shown."""
    standing, made = outcome.standing, outcome.decision
    policy, seen = standing.policy, standing.observation
    told = sentence(standing.service, seen.replicas, made)
    if policy is not None and policy.dry_run:
        told += ", dry run"
    if standing.mistake and policy is not None:
        told += f", by the last right labels ({standing.mistake})"
    return Entry(
        at=standing.at,
        service=standing.service,
        replicas=seen.replicas,
        desired=made.desired,
        ready=seen.ready,
        written=outcome.written,
        reason=made.reason.value,
        sentence=told,
        recommendations=dict(made.recommendations),
        numbers={name: round(value, 3) for name, value in made.numbers.items()},
        dry_run=policy is not None and policy.dry_run,
        mistake=standing.mistake,
        observation=observation_json(seen, policy),
        steps=tuple(
            {
                "stage": step.stage,
                "replicas": None if step.replicas is None else round(step.replicas, 2),
                "note": step.note,
            }
            for step in made.steps
        ),
    )


class Ledger:
    """Newest last, oldest forgotten. Read by the server's threads while the loop writes."""

    def __init__(self, size: int = 2000) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._latest: dict[str, Outcome] = {}
        self._lock = threading.Lock()

    def record(self, new: Outcome) -> Entry | None:
        """Take note of what was decided; the entry that is kept of it, if it is another than the service's last one."""
        service, made = new.standing.service, new.decision
        with self._lock:
            last = self._latest.get(service)
            self._latest[service] = new
            if last is not None and not new.written:
                before = last.decision
                if before.desired == made.desired and before.reason is made.reason:
                    return None
            kept = entry(new)
            self._entries.append(kept)
            return kept

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
            found = [made for name, made in sorted(self._latest.items()) if service is None or name == service]
        return [entry(made) for made in found]
