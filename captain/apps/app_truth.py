"""Whether a release is what runs: every replica healthy, and every edge routing to it. Pure.

Until all of that is so nobody is told "deployed".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, cast

from captain.apps.app_endings import ended, is_held_up
from captain.apps.app_plan import hosts
from captain.apps.app_spec import AppSpec
from captain.difference import same_template
from captain.rollout import Phase, Written, service_state
from swarm.engine_objects import Service, Task

# An engine and this program may read clocks of two machines.
_CLOCK_SKEW = timedelta(seconds=2)
# A program that crashes at its start is tried so often before it is given up, where Swarm has nothing to pause.
_TRIES = 3
# One that dies at its start looks ready for a moment where nothing checks its health.
STEADY = timedelta(seconds=2)
UNCHECKED_STEADY = timedelta(seconds=5)


class Word(Enum):
    """How a rollout stands; `LIVE` and `FAILED` are final."""

    UNDER_WAY = "under way"
    LIVE = "live"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EdgeSight:
    """One edge: where it sends which host, and the addresses it finds ready by service."""

    edge: str
    services: Mapping[str, str]
    redirects: Mapping[str, str]
    ready: Mapping[str, frozenset[str]]
    users: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By host, where it asks who is there: the user, and the hash of the password."""


@dataclass(frozen=True, slots=True)
class Look:
    """A moment: the app's service and its tasks, ended ones too; `edges` is a sentence where one could not be asked."""

    service: Service
    tasks: Sequence[Task]
    edges: Sequence[EdgeSight] | str
    now: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """`why` says what is awaited, or why it failed; `task` is the id of the task whose log tells more.

    `ready` counts the healthy tasks of what is being rolled out, without those that it replaces.
    `ended` are the replicas that have ended with 0 and are not started again; `is_held_up` when Swarm has to be told
    to go on after one of them.
    """

    word: Word
    ready: int
    wanted: int
    why: str = ""
    task: str = ""
    ended: int = 0
    is_held_up: bool = False


def judge(
    app: AppSpec, look: Look, domain: str, began: datetime, written: Written | None, ready_since: datetime | None
) -> Stand:
    """How the rollout that began at `began` stands.

    `ready_since`: since when all was so at every look; None if it was not at the last one.
    """
    state = service_state(look.service, look.tasks, look.now, began, written)
    failures = [task for task in look.tasks if _failed(task, began)]
    guilty = max(failures, key=lambda task: _seconds(task.state_since), default=None)
    task = guilty.id if guilty is not None else next((own.id for own in look.tasks if _is_new(own, began)), "")

    done = ended(look.service, look.tasks)

    def stand(word: Word, why: str = "", held_up: bool = False) -> Stand:
        ready = state.ready if state.phase is Phase.READY else _new_ready(look)
        return Stand(word, ready, state.wanted, why, task, done, held_up)

    is_late = look.now - _last_progress(look.tasks, began) >= timedelta(seconds=app.deadline_seconds)
    if not failures and not is_late and is_held_up(look.service, look.tasks):
        return stand(Word.UNDER_WAY, "a replica has ended with 0; the others are next", held_up=True)
    if state.phase is Phase.FAILED:
        return stand(Word.FAILED, state.problem)
    if app.http is not None and app.restart.may_end and any(_is_over(task, began) for task in look.tasks):
        return stand(Word.FAILED, "it ended with 0, is not started again, and answers nobody")
    if guilty is not None and len(failures) >= _tries(app):
        times = "" if len(failures) == 1 else f" {len(failures)} times"
        return stand(Word.FAILED, f"it ended{times}: {guilty.error or guilty.message}")
    waits = unrouted(app, look, domain)
    is_there = state.phase is Phase.READY or (state.phase is Phase.STARTING and state.ready + done >= state.wanted)
    if not is_there:
        waits = state.problem or _unready(app, look, state.wanted)
    if not waits and done == state.wanted > 0:
        return stand(Word.LIVE)
    if not waits:
        steady = UNCHECKED_STEADY if app.http is None and app.healthcheck is None else STEADY
        lasts = ready_since is not None and look.now - ready_since >= steady
        return stand(Word.LIVE if lasts else Word.UNDER_WAY)
    if is_late:
        return stand(Word.FAILED, f"for {app.deadline_seconds} s nothing got on: {waits}")
    return stand(Word.UNDER_WAY, waits)


def is_ready(stand: Stand) -> bool:
    """Whether nothing is awaited any more but that it stays so."""
    return stand.word is Word.LIVE or (stand.word is Word.UNDER_WAY and not stand.why)


def unrouted(app: AppSpec, look: Look, domain: str) -> str:
    """What an edge does not do yet.

    Empty when each sends all hosts of the app to all of its replicas and to no others, or when there is nothing for
    the edge.
    """
    if app.http is None:
        return ""
    if isinstance(look.edges, str):
        return look.edges
    ready_tasks = [task for task in look.tasks if task.ready]
    addresses = {attached.address for task in ready_tasks for attached in task.addresses}
    for sight in look.edges:
        for host in hosts(app, domain):
            led = (
                sight.redirects.get(host) == app.http.redirects[host]
                if host in app.http.redirects
                else (sight.services.get(host) == app.name)
            )
            if not led:
                return f"the edge {sight.edge} does not know {host} yet"
            if host not in app.http.redirects and sight.users.get(host) != _user(app):
                return f"the edge {sight.edge} does not ask for the user of {host} as it is meant to yet"
        found = sight.ready.get(app.name, frozenset())
        if found - addresses:
            return f"the edge {sight.edge} still sends to a replica that is ending"
        if len(found) < len(ready_tasks):
            return f"the edge {sight.edge} finds {len(found)} of {len(ready_tasks)} replicas ready"
    return ""


def _user(app: AppSpec) -> tuple[str, str] | None:
    auth = None if app.http is None else app.http.basic_auth
    return None if auth is None else (auth.user, auth.password_hash)


def _unready(app: AppSpec, look: Look, wanted: int) -> str:
    listens = f", which they are when port {app.http.port} is listened on" if app.http and not app.healthcheck else ""
    return f"{_new_ready(look)} of {wanted} replicas of this release are healthy{listens}"


def _new_ready(look: Look) -> int:
    template = look.service.spec["TaskTemplate"]
    return sum(task.ready and same_template(task.spec, template) for task in look.tasks)


def sight_of(edge: str, picture: object) -> EdgeSight:
    """What an edge answers at /picture (nginx/agent/push.py); `ValueError` for what is not that."""
    try:
        return _sight_of(edge, cast(Mapping[str, Any], picture))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not what an edge says: {error}") from error


def _sight_of(edge: str, picture: Mapping[str, Any]) -> EdgeSight:
    return EdgeSight(
        edge=edge,
        services={route["host"]: route["service"] for route in picture["routes"]},
        redirects={redirect["host"]: redirect["to"] for redirect in picture["redirects"]},
        ready={
            service["name"]: frozenset(replica["address"] for replica in service["replicas"] or () if replica["ready"])
            for service in picture["services"]
        },
        users={
            route["host"]: (route["auth"]["user"], route["auth"]["hash"])
            for route in picture["routes"]
            if "auth" in route
        },
    )


def _is_new(task: Task, began: datetime) -> bool:
    return task.created_at is not None and task.created_at >= began - _CLOCK_SKEW


def _tries(app: AppSpec) -> int:
    """After how many failures nothing more is to come."""
    if app.restart.condition == "none":
        return 1
    return _TRIES if app.restart.attempts is None else min(_TRIES, app.restart.attempts + 1)


def _is_over(task: Task, began: datetime) -> bool:
    return task.state == "complete" and _is_new(task, began)


def _failed(task: Task, began: datetime) -> bool:
    return task.state in ("failed", "rejected") and _is_new(task, began)


def _last_progress(tasks: Sequence[Task], began: datetime) -> datetime:
    got_on = [task for task in tasks if (task.ready or task.state == "complete") and _is_new(task, began)]
    made_ready = [task.state_since for task in got_on if task.state_since]
    return max([began, *made_ready])


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
