"""Carries a step out: writes the release and the service, and waits until it is true or is taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from captain.apps.app_endings import ended
from captain.apps.app_plan import Kind, Observed, Step, plan_app, spec_over
from captain.apps.app_releases import (
    MOST,
    as_kept,
    config_data,
    config_labels,
    config_name,
    failed_numbers,
    running_number,
    to_forget,
)
from captain.apps.app_service import FAILED_LABEL, TEMPLATE_LABEL
from captain.apps.app_spec import AppSpec
from captain.apps.app_truth import EdgeSight, Look, Stand, Word, is_ready, judge
from captain.apps.first_release import marked, prove
from captain.apps.observe import observe
from captain.credentials import Domains
from captain.difference import same_template
from captain.errors import CaptainError
from captain.jobs.book import remove_jobs
from captain.labels import APP_LABEL, PROJECT_LABEL
from captain.lease import with_pause
from captain.rollout import Written
from swarm.engine import JSON, Engine, EngineError, NotFound, OutOfSequence, Service

_PAUSE_SECONDS = 0.5
_ATTEMPTS = 10
_CONFLICT = 409
_LOG_LINES = 20
_BACK_WITHIN_SECONDS = 120.0
_OTHERS_END_WITHIN_SECONDS = 60
_BUSY = ("updating", "rollback_started")


@dataclass(frozen=True, slots=True)
class Place:
    """Where apps are: the engine, the stack's name, its domains; `say` tells people how it gets on.

    `sights` asks the edges; a sentence says why that was not possible.
    """

    engine: Engine
    stack: str
    domains: Domains
    say: Callable[[str], object]
    sights: Callable[[], Sequence[EdgeSight] | str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one app. `why` is empty when it is as wanted; `log` are the last lines of what failed.

    `replicas` is the number that was to be, where nothing else was asked for; `back_to` the release gone back to.
    `ended` are the replicas that have ended with 0 and are not to be started again.
    """

    app: str
    kind: Kind
    release: int
    seconds: float
    why: str = ""
    log: tuple[str, ...] = ()
    replicas: int | None = None
    back_to: int | None = None
    ended: int = 0


class _Overtaken(Exception):
    """Another release was written between the look and the write."""


def roll_out(place: Place, app: AppSpec, note: str = "") -> Outcome:
    """Make the app as wanted. What does not get healthy and routed is taken back, and `Outcome.why` says why."""
    for _ in range(_ATTEMPTS):
        await_quiet(place, app)
        try:
            return _roll_out(place, app, note)
        except _Overtaken:
            continue
    raise CaptainError(f"Others keep deploying {app.name}: wait for their end, then run this again.")


def _roll_out(place: Place, app: AppSpec, note: str) -> Outcome:
    began = place.now()
    observed = observe(place.engine, place.stack, place.domains)
    step = plan_app(app, observed)
    if step.kind is Kind.UNCHANGED:
        return Outcome(app.name, step.kind, running_number(step.live) or 0, 0.0)
    release = step.release or running_number(step.live) or 0
    kept = _keep_release(place, step, observed, note) if step.release else ""
    try:
        written = _write(place, step, observed)
    except _Overtaken:
        if kept:
            place.engine.remove_config(kept)
        raise
    stand = wait(place, app, release, written)
    replicas = stand.wanted if step.kind is Kind.SCALE else None
    if stand.word is Word.LIVE:
        prove(place.engine, app.name)
        _forget(place, app.name)
        return Outcome(app.name, step.kind, release, _seconds(place, began), replicas=replicas, ended=stand.ended)
    log = _last_words(place, stand)
    back = _take_back(place, step)
    _forget(place, app.name)
    why = f"{stand.why.rstrip('.')}. {back}"
    return Outcome(app.name, step.kind, release, _seconds(place, began), why, log, replicas)


def wait(place: Place, app: AppSpec, release: int, written: Written) -> Stand:
    """Look until the release is live everywhere, or will not be."""
    said, ready_since = "", None
    while True:
        service = place.engine.service(app.name)
        if service is None:
            return Stand(Word.FAILED, 0, 0, "somebody removed it meanwhile")
        number = running_number(service) or 0
        if number > release:
            return Stand(Word.FAILED, 0, 0, f"release {number} took its place meanwhile")
        now = place.now()
        sights = place.sights() if app.http is not None else ()
        look = Look(service, place.engine.tasks(app.name), sights, now)
        stand = judge(app, look, place.domains.domain, written.at, written, ready_since)
        ready_since = (ready_since or now) if is_ready(stand) else None
        counts = f"{stand.ready}/{stand.wanted} ready" + (f", {stand.ended} ended with 0" if stand.ended else "")
        line = f"{app.name}  {counts}" + (f": {stand.why}" if stand.why else "")
        if line != said:
            place.say(line)
            said = line
        if stand.word is not Word.UNDER_WAY:
            return stand
        if stand.is_held_up:
            with suppress(OutOfSequence):  # somebody else wrote: the next look sees what
                place.engine.update_service(service.id, service.version_index, service.spec)
        place.sleep(_PAUSE_SECONDS)


def _seconds(place: Place, since: datetime) -> float:
    return (place.now() - since).total_seconds()


def await_quiet(place: Place, app: AppSpec) -> None:
    """Until nobody else rolls the app out: two at once would take each other's releases for failed."""
    began, told = place.now(), False
    while True:
        service = place.engine.service(app.name)
        if service is None or service.update_state not in _BUSY:
            return
        if _seconds(place, began) >= app.deadline_seconds + _OTHERS_END_WITHIN_SECONDS:
            raise CaptainError(f"{app.name} is still being rolled out by somebody else: docker service ps {app.name}")
        if not told:
            place.say(f"{app.name}: a rollout is under way already; this one waits for its end")
            told = True
        place.sleep(_PAUSE_SECONDS)


def _keep_release(place: Place, step: Step, observed: Observed, note: str) -> str:
    """The id of its config; the name is taken by whoever comes first."""
    name = step.app.name
    labels = config_labels(name, step.release)
    spec = as_kept(step.app, observed.releases.get(name, ()), step.live)
    try:
        return place.engine.create_config(config_name(name, step.release), config_data(spec, note), labels)
    except EngineError as error:
        if error.status != _CONFLICT:
            raise
        place.sleep(_PAUSE_SECONDS)
        raise _Overtaken from error


def _write(place: Place, step: Step, observed: Observed) -> Written:
    """Create or update the service; the count is that of the moment, whoever wrote it."""
    assert step.spec is not None
    engine, restarts = place.engine, step.restarts_tasks
    if step.live is None:
        try:
            engine.create_service(marked(step.spec))
        except EngineError as error:
            if error.status != _CONFLICT:
                raise
            raise _Overtaken from error
        stored = engine.service(step.app.name)
    else:
        live, spec = step.live, step.spec
        for _ in range(_ATTEMPTS):
            try:
                paused = with_pause(spec, live.spec, restarts, place.now())
                engine.update_service(live.id, live.version_index, paused)
                break
            except OutOfSequence as error:
                live = _still_there(engine, step.app.name)
                if running_number(live) != running_number(step.live):
                    raise _Overtaken from error
                number = step.release or running_number(live) or 0
                spec = spec_over(step.app, number, live, observed.surroundings)
        else:
            raise CaptainError(f"Somebody else keeps writing {step.app.name}: stop that, then run this again.")
        stored = engine.service(step.app.name)
    at = None if stored is None else stored.updated_at
    template = None if stored is None else stored.spec["TaskTemplate"]
    return Written(at or place.now(), restarts, template)


def _still_there(engine: Engine, name: str) -> Service:
    service = engine.service(name)
    if service is None:
        raise CaptainError(f"Somebody removed {name} meanwhile: run this again.")
    return service


def _last_words(place: Place, stand: Stand) -> tuple[str, ...]:
    if not stand.task:
        return ()
    try:
        return tuple(place.engine.task_lines(stand.task, _LOG_LINES))
    except EngineError as error:
        return (f"(its log cannot be read: {error})",)


def _take_back(place: Place, step: Step) -> str:
    """Put what ran before back, and say so in a sentence."""
    name = step.app.name
    for _ in range(_ATTEMPTS):
        now = place.engine.service(name)
        if now is None or (running_number(now) or 0) > max(step.release, running_number(step.live) or 0):
            return "That stays."
        if step.live is None:
            take_away(place, name)
            return "There is no earlier release to go back to: the app was taken away again."
        try:
            place.engine.update_service(now.id, now.version_index, _before(step, now))
            break
        except OutOfSequence:
            continue
    else:
        return f"It could not be put back, for somebody else keeps writing it: captain rollback {name}"
    number = running_number(step.live)
    earlier = "what ran before" if number is None else f"release {number}"
    if _is_back(place, name):
        return f"It is back on {earlier}."
    return f"It was put back to {earlier}, which is not ready yet: docker service ps --no-trunc {name}"


def _before(step: Step, now: Service) -> JSON:
    """The spec from before, with the count of now, and the release that failed in the list of those."""
    assert step.live is not None
    failed = sorted(failed_numbers(now) | ({step.release} if step.release else set()))
    labels = dict(step.live.labels)
    if failed:
        labels[FAILED_LABEL] = ",".join(str(number) for number in failed[-MOST:])
    mode = step.live.spec["Mode"] if step.kind is Kind.SCALE else now.spec["Mode"]
    return {**step.live.spec, "Labels": labels, "Mode": mode}


def _is_back(place: Place, name: str) -> bool:
    began = place.now()
    while _seconds(place, began) < _BACK_WITHIN_SECONDS:
        service = place.engine.service(name)
        if service is None:
            return False
        tasks = place.engine.tasks(name)
        ready = [task for task in tasks if task.ready]
        ours = all(same_template(task.spec, service.spec["TaskTemplate"]) for task in ready)
        there = len(ready) + ended(service, tasks)
        if service.update_state not in _BUSY and ours and there >= (service.replicas or 0):
            return True
        place.sleep(_PAUSE_SECONDS)
    return False


def remove(place: Place, name: str) -> None:
    """Take an app away with its jobs and releases, and what is kept of its template and project. Volumes stay."""
    # First what `take_away` leaves: whoever is killed between them has the rest taken away by the next look.
    _remove_configs(place, name, (TEMPLATE_LABEL, PROJECT_LABEL))
    take_away(place, name)


def take_away(place: Place, name: str) -> None:
    """What was begun of an app that did not get live. What it was to be made of stays: with the same secrets, of which
    volumes and other apps know, it can be tried again."""
    with suppress(NotFound):
        place.engine.remove_service(name)
    remove_jobs(place.engine, name)
    _remove_configs(place, name, (APP_LABEL,))


def _remove_configs(place: Place, name: str, of: Sequence[str]) -> None:
    for config in place.engine.configs():
        if name in (config.labels.get(label) for label in of):
            with suppress(NotFound):
                place.engine.remove_config(config.id)


def _forget(place: Place, name: str) -> None:
    """The oldest releases, beyond as many as are kept."""
    observed = observe(place.engine, place.stack, place.domains)
    own = observed.releases.get(name, ())
    for release in to_forget(own, observed.services.get(name)):
        with suppress(NotFound):
            place.engine.remove_config(release.config_id)
