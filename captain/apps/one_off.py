"""`captain run`: one command as a task of its own, with an app's image, environment, secrets and volumes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from captain.apps.app_plan import Observed, missing
from captain.apps.app_rollout import Place
from captain.apps.app_service import Surroundings, service_spec
from captain.apps.app_spec import NO_HEALTHCHECK, AppSpec
from captain.apps.change import running_spec
from captain.apps.leftovers import ENDED, NODE_WITHIN, is_left, is_unplaced
from captain.apps.observe import app_service, observe
from captain.errors import CaptainError
from captain.labels import RUN_LABEL
from captain.stack import Placement
from swarm.engine import JSON, Engine, EngineError, NotFound, Service, Task
from swarm.engine_logs import HangUp, LogLine, service_log

_LOOK_SECONDS = 0.3
_BY_ITSELF = "task: non-zero exit"
_NAME_BYTES = 3


def run(place: Place, name: str, command: Sequence[str], tell: Callable[[LogLine], object]) -> int:
    """Run it and tell its lines as they come; its exit code. Nothing of it is left, however this ends.

    The image's entrypoint stays, the command takes the place of its arguments. `CaptainError` when it cannot start, or
    no node takes it within ten minutes.
    """
    if not command:
        raise CaptainError(f"What is to be run? captain run {name} -- COMMAND")
    observed = observe(place.engine, place.stack, place.domains)
    labels = {RUN_LABEL: name}
    body = one_off_spec(place, observed, name, command, f"run-{name}-{secrets.token_hex(_NAME_BYTES)}", labels)
    service = place.engine.create_service(body)
    try:
        task = follow(place, service, tell, placed_by=place.now() + NODE_WITHIN)
        assert task is not None, "without an end of its time it ends by itself"
        return exit_code(task)
    finally:
        with suppress(NotFound):
            place.engine.remove_service(service)


def one_off_spec(
    place: Place, observed: Observed, name: str, command: Sequence[str], service: str, labels: Mapping[str, str]
) -> JSON:
    """The service of a command of the app's running release. `CaptainError` for what the Swarm has not got for it."""
    app, live = running_spec(observed, name), app_service(observed, name)
    wrong = list(missing(app, observed))
    if wrong:
        raise CaptainError("\n".join(wrong))
    node = _node_of(place.engine, app) if app.is_pinned else ""
    return run_spec(app, live, command, service, node, observed.surroundings, labels)


def run_spec(
    app: AppSpec,
    live: Service,
    command: Sequence[str],
    name: str,
    node: str,
    surroundings: Surroundings,
    labels: Mapping[str, str],
) -> JSON:
    """The service of a command that runs once: the app's without what only the app is for. Pure.

    `node` is the id of the one that has the app's volumes; empty where any will do. `labels` are the service's and the
    container's.
    """
    placement = app.placement
    if node:
        placement = Placement((*placement.constraints, f"node.id == {node}"), placement.spread)
    once = replace(
        app, name=name, image=live.image, command=tuple(command), ports=(), http=None, healthcheck=NO_HEALTHCHECK,
        replicas=None, autoscale=None, placement=placement, hostname="", jobs=(),
    )  # fmt: skip
    spec = service_spec(once, 0, 1, surroundings)
    spec["Labels"] = dict(labels)
    spec["TaskTemplate"]["RestartPolicy"] = {"Condition": "none"}
    spec["TaskTemplate"]["ContainerSpec"]["Labels"] = {**app.labels, **labels}
    return spec


def _node_of(engine: Engine, app: AppSpec) -> str:
    """Where its volumes are: the node that its replica is on, or was."""
    tasks = sorted(engine.tasks(app.name), key=lambda task: (task.ready, str(task.created_at)))
    return next((task.node_id for task in reversed(tasks) if task.node_id), "")


class _Told:
    """Lines in their order, each once, whoever reads them: a log that is followed may end before its last line."""

    def __init__(self, tell: Callable[[LogLine], object]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._last: datetime | None = None
        self._over = False
        self.hang_up = HangUp()
        """Without it the engine follows for ever, also what is removed: so would the thread that reads."""

    def follow(self, engine: Engine, service: str) -> None:
        with suppress(EngineError):  # what it misses, `rest` tells
            for line in service_log(engine, service, follow=True, hang_up=self.hang_up):
                if not self._take(line):
                    return

    def rest(self, engine: Engine, service: str) -> None:
        with self._lock:
            self._over = True
        for line in service_log(engine, service):
            if self._last is None or line.at > self._last:
                self._last = line.at
                self._tell(line)

    def _take(self, line: LogLine) -> bool:
        with self._lock:
            if not self._over:
                self._last = line.at
                self._tell(line)
            return not self._over


def follow(
    place: Place,
    service: str,
    tell: Callable[[LogLine], object],
    until: datetime | None = None,
    placed_by: datetime | None = None,
) -> Task | None:
    """Tell its lines as they come, until it has ended; None when it runs at `until` still.

    `CaptainError` when somebody removes it, or no node has taken it at `placed_by`.
    """
    told = _Told(tell)
    try:
        return _followed(place, service, told, until, placed_by)
    finally:
        told.hang_up()


def _followed(
    place: Place, service: str, told: _Told, until: datetime | None, placed_by: datetime | None
) -> Task | None:
    waits = ""
    following: threading.Thread | None = None
    while True:
        task = _task(place.engine, service)
        is_over = task is not None and task.state in ENDED
        if is_over or (until is not None and place.now() >= until):
            told.rest(place.engine, service)
            if task is not None and task.error and not task.error.startswith(_BY_ITSELF):
                place.say(task.error)
            return task if is_over else None
        if task is not None and task.state == "running" and following is None:
            following = threading.Thread(target=told.follow, args=(place.engine, service), daemon=True)
            following.start()
        if task is not None and task.unplaceable and task.error != waits:
            waits = task.error
            place.say(f"it waits for a node: {waits}")
        if placed_by is not None and place.now() >= placed_by and is_unplaced([task] if task else []):
            raise CaptainError(f"No node took the command: {waits or 'the Swarm has not looked for one'}.")
        place.sleep(_LOOK_SECONDS)


def _task(engine: Engine, service: str) -> Task | None:
    try:
        found = engine.tasks(service)
    except NotFound:
        raise CaptainError("Somebody removed the command while it ran.") from None
    return found[0] if found else None


def exit_code(task: Task) -> int:
    """Of one that has ended; `CaptainError` if the engine ended it, or it never began."""
    if task.state == "complete":
        return 0
    if task.exit_code:
        return task.exit_code
    raise CaptainError(f"The command did not run to its end: {task.error or task.message}.")


def sweep(engine: Engine, now: datetime) -> list[str]:
    """Remove what a captain that was killed left of commands, once they have ended or no node takes them; the names.

    One that lives is faster.
    """
    removed = []
    for service in engine.services(RUN_LABEL):
        if is_left(service, engine.tasks(service.name), now, NODE_WITHIN):
            with suppress(NotFound):
                engine.remove_service(service.id)
                removed.append(service.name)
    return removed
