"""What captain is told to do with apps over HTTP: one after the other for each app, none lost, several apps at once.

What is remembered is this process's: the Swarm has the releases, this has how they came about.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum

from captain.errors import CaptainError
from swarm.engine import EngineError

AT_ONCE = 8
"""Apps that are worked on at a time; the others wait."""
MOST_WAITING = 100
"""Of one app; what comes beyond is refused, which loses nothing that was accepted."""
MOST_REMEMBERED = 20
"""Of one app."""
MOST_LINES = 500
MOST_EVENTS = 1000

MISTAKE = "captain made a mistake, which is in its log: docker service logs flotilla_captain"

log = logging.getLogger("captain.deployments")


class State(Enum):
    """How it stands with what was asked for."""

    WAITING = "waiting"
    RUNNING = "running"
    LIVE = "live"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether it stays so."""
        return self in (State.LIVE, State.FAILED)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `release` is 0 where none was made; `why` is empty when it is as asked for.

    `step` is the kind of what was done, in a plan's words, and empty where it did not come to that; `log` are the last
    lines of what failed. `replicas` is the number that was to be, `back_to` the release gone back to,
    `ended` of the replicas those that ran to their end and are not started again.
    """

    release: int = 0
    why: str = ""
    log: tuple[str, ...] = ()
    step: str = ""
    seconds: float = 0.0
    replicas: int | None = None
    back_to: int | None = None
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Deployment:
    """One thing that was asked for. `what` is it in a few words, `by` the user's name, `token` the id of theirs."""

    id: int
    app: str
    what: str
    by: str
    token: str
    state: State
    asked_at: datetime
    ended_at: datetime | None = None
    done: Done = field(default_factory=Done)

    @property
    def release(self) -> int:
        """The one that was made; 0 for none."""
        return self.done.release

    @property
    def why(self) -> str:
        """Why it failed."""
        return self.done.why


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a deployment: another state, or a line of its log.

    `is_outcome` is a line that says what the deployment's end says again.
    """

    number: int
    deployment: Deployment
    line: str = ""
    is_outcome: bool = False


Say = Callable[[str], object]
Work = Callable[[Say], Done]


class Deployments:
    """The queue of each app, and what was done last. Safe to use from several threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.started_at = now()
        """Since when anything is remembered."""
        self._lock = threading.RLock()
        self._all: dict[int, Deployment] = {}
        self._lines: dict[int, deque[str]] = {}
        self._counts: dict[int, int] = {}
        self._queues: dict[str, deque[tuple[int, Work]]] = {}
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        # Never the numbers of an earlier process: who asks for one of those is told that it is not there.
        self._last_id = self._last_event = round(self.started_at.timestamp()) * 1000
        self._pool = ThreadPoolExecutor(AT_ONCE, "deployments")

    def submit(self, app: str, what: str, by: str, token: str, work: Work) -> Deployment:
        """Do it after what waits for the app already. `CaptainError` when too much does.

        `work` is given something to say lines of progress to; what it raises as `CaptainError` or `EngineError` is why
        it failed.
        """
        with self._lock:
            queue = self._queues.setdefault(app, deque())
            if len(queue) >= MOST_WAITING:
                raise CaptainError(f"{MOST_WAITING} changes of {app} wait already: try again when some are done.")
            made = self.begin(app, what, by, token, State.WAITING)
            queue.append((made.id, work))
            if len(queue) == 1:
                self._pool.submit(self._next, app)
        return made

    def begin(self, app: str, what: str, by: str, token: str, state: State = State.RUNNING) -> Deployment:
        """One that somebody else does, who says how it gets on (`say`) and its `end`: builds have their own queue."""
        with self._lock:
            self._last_id += 1
            made = Deployment(self._last_id, app, what, by, token, state, self._now())
            self._lines[made.id], self._counts[made.id] = deque(maxlen=MOST_LINES), 0
            self._put(made)
            self._forget(app)
        return made

    def end(self, number: int, done: Done) -> None:
        """It is over; its log ends with why it failed."""
        with self._lock:
            for line in (*(f"    | {line}" for line in done.log), *([done.why] if done.why else [])):
                self.say(number, line, is_outcome=True)
            state = State.FAILED if done.why else State.LIVE
            self._put(replace(self._all[number], state=state, done=done, ended_at=self._now()))

    def get(self, number: int) -> Deployment | None:
        """One of those that are remembered."""
        with self._lock:
            return self._all.get(number)

    def of(self, app: str = "") -> list[Deployment]:
        """Those of an app or of all, newest first."""
        with self._lock:
            found = [deployment for deployment in self._all.values() if app in ("", deployment.app)]
        return sorted(found, key=lambda deployment: -deployment.id)

    def is_busy(self, app: str) -> bool:
        """Whether anything is being done with the app, or waits for that."""
        return any(not deployment.state.is_over for deployment in self.of(app))

    def lines(self, number: int) -> tuple[int, list[str]]:
        """How many lines a deployment has said in all, and the last of them."""
        with self._lock:
            return self._counts.get(number, 0), list(self._lines.get(number, ()))

    def events(self, after: int) -> list[Event]:
        """What happened since the event of that number; the oldest are forgotten."""
        with self._lock:
            return [event for event in self._events if event.number > after]

    def last_event(self) -> int:
        """The number of the newest event; later ones are greater."""
        with self._lock:
            return self._last_event

    def _next(self, app: str) -> None:
        with self._lock:
            number, work = self._queues[app][0]
            self._put(replace(self._all[number], state=State.RUNNING))
        done = self._do(work, number)
        with self._lock:
            self.end(number, done)
            queue = self._queues[app]
            queue.popleft()
            if queue:
                self._pool.submit(self._next, app)
            else:
                del self._queues[app]

    def _do(self, work: Work, number: int) -> Done:
        try:
            return work(lambda line: self.say(number, line))
        except (CaptainError, EngineError) as error:
            return Done(why=str(error))
        except Exception:  # the thread's outer edge: whoever waits is told, and the queue goes on
            log.exception("A deployment ended in an error of captain's own.")
            return Done(why=MISTAKE)

    def say(self, number: int, line: str, is_outcome: bool = False) -> None:
        """How it gets on, in a line or several."""
        with self._lock:
            for part in line.splitlines() or [""]:
                self._lines[number].append(part)
                self._counts[number] += 1
                self._event(self._all[number], part, is_outcome)

    def _put(self, deployment: Deployment) -> None:
        self._all[deployment.id] = deployment
        self._event(deployment)

    def _event(self, deployment: Deployment, line: str = "", is_outcome: bool = False) -> None:
        self._last_event += 1
        self._events.append(Event(self._last_event, deployment, line, is_outcome))

    def _forget(self, app: str) -> None:
        over = [found.id for found in self._all.values() if found.app == app and found.state.is_over]
        for number in _oldest(over, len(over) - MOST_REMEMBERED):
            del self._all[number], self._lines[number], self._counts[number]


def _oldest(numbers: Iterable[int], count: int) -> list[int]:
    return sorted(numbers)[: max(0, count)]
