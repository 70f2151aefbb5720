"""`captain status`: what runs, where, and why it has the size it has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from captain.apps.app_endings import ended
from captain.asking import NoAnswer, ask
from captain.credentials import BUNDLED, database_of
from captain.deadline import deadline_seconds, is_rolling, judge
from captain.difference import without_digest
from captain.doctor_facts import Alert, Unknown
from captain.errors import CaptainError
from captain.labels import APP_LABEL, NAMESPACE_LABEL
from captain.prometheus import firing
from captain.rollout import by_service, last_error, wanted_tasks
from captain.swarm_check import check_manager
from swarm.engine import Engine, Service, Task

_AUTOSCALED = "flotilla.autoscale.enabled"
_OK, _NOT_FOUND = 200, 404


@dataclass(frozen=True, slots=True)
class Decision:
    """The autoscaler's last one for a service. `at` is a Unix time in seconds; `sentence` says why."""

    at: float
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One service. `rollout` is Swarm's word, `rollout_note` how it gets on or why it failed; `decision` is None with
    the reason in `no_decision`.
    """

    service: str
    mode: str
    wanted: int
    ready: int
    image: str
    addresses: tuple[str, ...]
    published: tuple[str, ...]
    rollout: str
    rollout_note: str
    decision: Decision | None
    no_decision: str


def status(engine: Engine, stack: str, autoscaler_url: str) -> list[Row]:
    """A row per service of the stack, by name, then one per app. `CaptainError` when the stack is not there."""
    check_manager(engine)
    label = f"{NAMESPACE_LABEL}={stack}"
    services = sorted(engine.services(label), key=lambda service: service.name)
    if not services:
        raise CaptainError(f"No service of stack {stack} runs here: bring it up with swarm/up.sh.")
    tasks = dict(by_service(engine.tasks(filters={"label": [label]})))
    apps = sorted(engine.services(APP_LABEL), key=lambda service: service.name)
    if apps:
        tasks |= by_service(engine.tasks(filters={"service": [app.id for app in apps]}))
    decisions = _Decisions(autoscaler_url)
    now = datetime.now(UTC)
    return [row(service, tasks.get(service.id, []), now, *decisions.last(service)) for service in (*services, *apps)]


def row(service: Service, tasks: Sequence[Task], now: datetime, decision: Decision | None, no_decision: str) -> Row:
    """What one service shows."""
    running = [task for task in tasks if task.ready]
    ports = (service.spec.get("EndpointSpec") or {}).get("Ports") or []
    return Row(
        service=service.name,
        mode=service.mode,
        wanted=wanted_tasks(service, tasks),
        ready=len(running),
        image=without_digest(service.image),
        addresses=tuple(sorted({address.address for task in running for address in task.addresses})),
        published=tuple(
            f"{port.get('PublishedPort')}→{port.get('TargetPort')}/{port.get('Protocol', 'tcp')}" for port in ports
        ),
        rollout=service.update_state or "none",
        rollout_note=rollout_note(service, tasks, now) or _ended_note(service, tasks),
        decision=decision,
        no_decision=no_decision,
    )


def rollout_note(service: Service, tasks: Sequence[Task], now: datetime) -> str:
    """How a running rollout gets on, or why the last one failed; empty where there is nothing to say."""
    began = service.update_started_at
    if began is None or service.update_state in (None, "completed"):
        return ""
    # A rollback that captain began has a start of its own; what made it necessary is older.
    error = last_error(tasks, began - timedelta(seconds=2 * deadline_seconds(service)))
    if is_rolling(service):
        verdict = judge(service, tasks, now)
        end = "nothing is left to go back to" if service.update_state == "rollback_started" else "rolled back"
        stands = f"no new task ready for {verdict.stalled_seconds:.0f} s, {end} at {verdict.deadline_seconds:.0f} s"
        return f"{stands}: {error}" if error else stands
    over = service.update_completed_at
    at = f"at {over.astimezone(UTC):%H:%M:%S} UTC, " if over is not None else ""
    return f"{at}{error or service.update_message}"


def _ended_note(service: Service, tasks: Sequence[Task]) -> str:
    done = ended(service, tasks)
    return f"{done} ended with 0, as they may" if done else ""


class _Decisions:
    """The autoscaler's answers; after the first refusal it is not asked again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._unreachable = "" if url else "autoscaler not reachable: FLOTILLA_AUTOSCALER_URL is not set"

    def last(self, service: Service) -> tuple[Decision | None, str]:
        """The last decision, or None and why there is none."""
        if service.labels.get(_AUTOSCALED, "").lower() != "true":
            return None, "not autoscaled"
        if self._unreachable:
            return None, self._unreachable
        try:
            answer = ask(f"{self._url}/decisions", 3.0, {"service": service.name, "last": 1})
            if answer.status != _OK:
                raise ValueError(f"it answers {answer.status}")
            return last_decision(json.loads(answer.text))
        except (NoAnswer, ValueError) as error:
            self._unreachable = f"autoscaler not reachable at {self._url}: {error}"
            return None, self._unreachable


def explanation(url: str, service: str, find: Callable[[str], Service | None]) -> str:
    """The autoscaler's own sentences about a service. Raises `CaptainError`.

    `find` looks a service up in the Swarm: of one without labels the autoscaler knows nothing.
    """
    if not url:
        raise CaptainError("The autoscaler's address is not known: set FLOTILLA_AUTOSCALER_URL.")
    try:
        answer = ask(f"{url}/explain/{quote(service, safe='')}", 5.0)
    except NoAnswer as error:
        raise CaptainError(
            f"The autoscaler does not answer at {url} ({error}): docker service logs --tail 20 flotilla_autoscaler"
        ) from error
    if answer.status == _NOT_FOUND:
        raise CaptainError(why_not_followed(service, find(service)) or answer.text.strip())
    if answer.status != _OK:
        raise CaptainError(answer.text.strip())
    return answer.text.rstrip()


def why_not_followed(name: str, service: Service | None) -> str:
    """What to do about a service that the autoscaler leaves alone; empty for one that it follows, or that is none."""
    if service is None or service.labels.get(_AUTOSCALED, "").lower() == "true":
        return ""
    wanted = (
        "a task on each node" if service.replicas is None else f"replicas as they were asked for ({service.replicas})"
    )
    how = f"to have them follow its traffic: ./swarm/captain.sh autoscale {name} min=1 max=8"
    if APP_LABEL not in service.labels:
        how = "docs/autoscaling.md says which labels it would need to be scaled"
    return f"{name} is not autoscaled, and has {wanted}; {how}"


def last_decision(answer: Any) -> tuple[Decision | None, str]:
    """The newest entry of the autoscaler's `/decisions`; `ValueError` for what is not its answer."""
    try:
        entries = answer["decisions"]
        if not entries:
            return None, "no decision yet"
        newest = entries[-1]
        return Decision(float(newest["at"]), str(newest["reason"]), str(newest["sentence"])), ""
    except (KeyError, TypeError) as error:
        raise ValueError(f"unexpected answer: {error}") from error


def as_json(stack: str, rows: Sequence[Row], notes: Sequence[str]) -> Mapping[str, object]:
    """For programs: the stack's name, under `services` each row's fields, apps last; `decision` may be null.

    `notes` are sentences that say what is to be said besides.
    """
    return {"stack": stack, "services": [asdict(entry) for entry in rows], "notes": list(notes)}


def document(engine: Engine, stack: str, autoscaler_url: str, prometheus_url: str) -> Mapping[str, object]:
    """All of it, as it is now."""
    rows = status(engine, stack, autoscaler_url.rstrip("/"))
    at = database_of(engine.secrets())
    elsewhere = [] if at == BUNDLED else [f"DATABASE  {at}, by swarm/up.sh --database-url; the bundle's postgres rests"]
    return as_json(stack, rows, [*elsewhere, *as_lines(firing(prometheus_url))])


def as_lines(alerts: Sequence[Alert] | Unknown) -> list[str]:
    """What fires in Prometheus, below the table."""
    if isinstance(alerts, Unknown):
        return [f"ALERTS  not known: {alerts.why or 'FLOTILLA_PROMETHEUS_URL is not set'}"]
    if not alerts:
        return ["ALERTS  none fires"]
    return [*(f"ALERT  {alert.name}: {alert.summary}" for alert in alerts), "captain doctor says what mends them."]
