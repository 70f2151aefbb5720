"""What captain is told to do with apps over HTTP: one after the other for each app, none lost, several apps at once.

What waits or is under way is in the ledger on captain's disk before anybody is answered, so a captain that was killed
goes on where it was. The Swarm has the releases, this has how they came about.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

from captain.accounts.book import Caller
from captain.asked_before import refusal
from captain.deployment import Deployment, Done, Kept, State, Unreadable, Wish, read, to_forget, written
from captain.errors import CaptainError
from captain.ledger import JSON, Entry, Ledger, NotKept
from swarm.engine import EngineError

AT_ONCE = 8
"""Apps that are worked on at a time; the others wait."""
MOST_WAITING = 100
"""Of one app; what comes beyond is refused, which loses nothing that was accepted."""
MOST_REMEMBERED = 20
"""Of one app."""
MOST_REMEMBERED_IN_ALL = 2000
MOST_LINES = 500
MOST_EVENTS = 1000

MISTAKE = "captain made a mistake, which is in its log: docker service logs flotilla_captain"
GOES_ON = "captain was started anew, and goes on with this"

log = logging.getLogger("captain.deployments")


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is handed to whoever does it. `begun` is what they noted (`Deployments.begun`) before captain was killed.

    `tar` is a source, open at its beginning, which is theirs to close.
    """

    id: int
    wish: Wish
    begun: JSON
    tar: BinaryIO | None
    is_resumed: bool


Rights = Callable[[], Callable[[Caller], bool]]
"""Looks up what callers may now; `EngineError` while that cannot be known."""
Start = Callable[[Asked], None]
"""Takes it over: it is queued (`Deployments.queue`), or done by somebody who tells its `end`."""


class Deployments:
    """The queue of each app, and what was done last. Safe to use from several threads."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Nothing is begun before `resume`."""
        self._now = now
        self._ledger = ledger
        self.started_at = now()
        """Since when this process is there."""
        self._lock = threading.RLock()
        self._all: dict[int, Deployment] = {}
        self._lines: dict[int, deque[str]] = {}
        self._counts: dict[int, int] = {}
        self._kept: dict[int, Kept] = {}
        """What is not over, as it was written last."""
        self._asking: dict[int, str] = {}
        """The apps of those that are being written down, which nobody is told of yet."""
        self._held: deque[Kept | Asked] = deque()
        """What `resume` has to start: what an earlier captain left, and what was asked before."""
        self._goes_on = self._ends = False
        self._starts: dict[str, Start] = {}
        self._rights: Rights = lambda: self._may_still
        self._may_still: Callable[[Caller], bool] = lambda asked: True
        self._queues: dict[str, deque[tuple[int, Work]]] = {}
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        # Never the numbers of an earlier process: each is of one deployment, for ever.
        self._last_event = round(self.started_at.timestamp()) * 1000
        self._last_id = max(self._last_event, ledger.newest())
        self._pool = ThreadPoolExecutor(AT_ONCE, "deployments")

    # ---- who does what -------------------------------------------------------------------------------

    def on(self, kind: str, start: Start) -> None:
        """Wishes of this kind are started so."""
        self._starts[kind] = start

    def look_up(self, rights: Rights) -> None:
        """What an earlier captain was asked for is begun only for who may ask for it now."""
        self._rights = rights

    def resume(self) -> bool:
        """Begin: what an earlier captain left in its order, then what was asked meanwhile.

        False while another captain is at it. One that cannot be read or started keeps no other from it.
        """
        if not self._ledger.take():
            return False
        self._may_still = self._rights()
        entries = self._ledger.all()
        with self._lock:
            known = {*self._all, *self._asking}
            found = [kept for entry in entries if entry.number not in known and (kept := self._read(entry)) is not None]
            left = [kept for kept in found if not kept.deployment.state.is_over]
            self._ledger.count(kept.deployment.id for kept in left)
            for kept in found:
                self._remember(kept)
            self._held.extendleft(reversed(left))
            self._goes_on = True
            while self._held:  # each stays until it is started: what fails before that is tried again
                self._begin(self._held[0])
                self._held.popleft()
            self._forget()
        return True

    def close(self) -> None:
        """Begin nothing more: what waits is for the captain that comes next."""
        with self._lock:
            self._ends = True

    # ---- what is asked for ---------------------------------------------------------------------------

    def ask(self, wish: Wish, tar: BinaryIO | None = None, keeps_tar: bool = True) -> Deployment:
        """Have it done after what waits for the app already: it is on the disk when this returns.

        `CaptainError` when too much waits, `NotKept` when the disk takes nothing. `tar` is closed by whoever does it.
        """
        kept = self._reserved(wish)
        made = kept.deployment
        try:
            self._ledger.add(written(kept), tar if keeps_tar else None)
        except BaseException:  # whatever it was: nothing of it is going to be done
            with self._lock:
                del self._asking[made.id]
            raise
        with self._lock:
            del self._asking[made.id]
            self._remember(kept)
            self._event(made)
            asked = Asked(made.id, wish, kept.begun, tar, is_resumed=False)
            if self._goes_on:
                self._begin(asked)
            else:
                self._held.append(asked)
            return self._all[made.id]

    def _reserved(self, wish: Wish) -> Kept:
        """Its number and its place among those that wait, before it is written down, which takes seconds."""
        with self._lock:
            apps = [*self._asking.values(), *(kept.deployment.app for kept in self._kept.values())]
            if apps.count(wish.app) >= MOST_WAITING:
                raise CaptainError(f"{MOST_WAITING} changes of {wish.app} wait already: try again when some are done.")
            self._last_id += 1
            self._asking[self._last_id] = wish.app
            self._forget()
            user, token = wish.caller.user, wish.caller.token
            made = Deployment(self._last_id, wish.app, wish.what, user, token, State.WAITING, self._now())
            return Kept(made, wish)

    def queue(self, number: int, app: str, work: Work) -> None:
        """Do it when what is before it in the app's queue is done.

        `work` is given something to say lines of progress to; what it raises as `CaptainError` or `EngineError` is why
        it failed.
        """
        with self._lock:
            queue = self._queues.setdefault(app, deque())
            queue.append((number, work))
            if len(queue) == 1:
                self._pool.submit(self._next, app)

    def running(self, number: int) -> None:
        """It is being done."""
        with self._lock:
            self._put(replace(self._all[number], state=State.RUNNING))
            self._write(number, replace(self._kept[number], deployment=self._all[number]))

    def begun(self, number: int, note: Mapping[str, object]) -> None:
        """Before anything is changed: what tells a captain that comes after a kill whether it was.

        `CaptainError` for one that is over, which was told to somebody: nothing may be changed for it.
        """
        with self._lock:
            if number not in self._kept:
                raise CaptainError("This was ended before anything was changed for it.")
            self._write(number, replace(self._kept[number], begun=note))

    def end(self, number: int, done: Done) -> None:
        """It is over; its log ends with why it failed."""
        with self._lock:
            for line in (*(f"    | {line}" for line in done.log), *([done.why] if done.why else [])):
                self.say(number, line, is_outcome=True)
            state = State.FAILED if done.why else State.LIVE
            over = replace(self._all[number], state=state, done=done, ended_at=self._now())
            self._kept.pop(number, None)
            self._ledger.end(written(Kept(over, None, lines=tuple(self._lines[number]))))
            self._put(over)

    # ---- how it stands -------------------------------------------------------------------------------

    def get(self, number: int) -> Deployment | None:
        """One of those that are remembered, another captain's too."""
        with self._lock:
            found = self._all.get(number)
        if found is None:
            entry = self._ledger.get(number)
            kept = None if entry is None else self._read(entry)
            found = None if kept is None else kept.deployment
        return found

    def of(self, app: str = "") -> list[Deployment]:
        """Those of an app or of all, newest first."""
        with self._lock:
            found = [deployment for deployment in self._all.values() if app in ("", deployment.app)]
        return sorted(found, key=lambda deployment: -deployment.id)

    def is_busy(self, app: str) -> bool:
        """Whether anything is being done with the app, or waits for that."""
        return any(not deployment.state.is_over for deployment in self.of(app))

    def is_left(self, app: str) -> bool:
        """Whether an earlier captain left something of the app to be done, or does it yet: before `resume` alone."""
        with self._lock:
            if self._goes_on:
                return False
        left = (kept.deployment for entry in self._ledger.look() if (kept := self._read(entry)) is not None)
        return any(found.app == app and not found.state.is_over for found in left)

    def unfinished(self, kind: str, word: str, value: object) -> list[str]:
        """The apps for which a wish of this kind, with this value of a word, waits or is under way."""
        with self._lock:
            wishes = [kept.wish for kept in self._kept.values() if kept.wish is not None]
        return [wish.app for wish in wishes if wish.kind == kind and wish.words.get(word) == value]

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

    def say(self, number: int, line: str, is_outcome: bool = False) -> None:
        """How it gets on, in a line or several."""
        with self._lock:
            for part in line.splitlines() or [""]:
                self._lines[number].append(part)
                self._counts[number] += 1
                self._event(self._all[number], part, is_outcome)

    # ---- doing it ------------------------------------------------------------------------------------

    def _remember(self, kept: Kept) -> None:
        made = kept.deployment
        self._all[made.id] = made
        self._lines[made.id], self._counts[made.id] = deque(kept.lines, maxlen=MOST_LINES), len(kept.lines)
        if not made.state.is_over:
            self._kept[made.id] = kept

    def _read(self, entry: Entry) -> Kept | None:
        try:
            return read(entry)
        except Unreadable as error:
            log.error("A change on captain's disk is passed over: %s", error)
            return None

    def _begin(self, one: Kept | Asked) -> None:
        """Start it; where that fails it is over, with the reason, and the others go on."""
        number = one.id if isinstance(one, Asked) else one.deployment.id
        try:
            asked = one if isinstance(one, Asked) else self._taken_up(one)
            self._start(asked)
        except (CaptainError, EngineError) as error:
            self._end_unbegun(number, str(error))
        except Exception:  # one of many: the others are started all the same
            log.exception("Deployment %d could not be started: an error of captain's own.", number)
            self._end_unbegun(number, MISTAKE)

    def _end_unbegun(self, number: int, why: str) -> None:
        if number in self._kept:
            self.end(number, Done(why=why))

    def _taken_up(self, kept: Kept) -> Asked:
        """What an earlier captain left, to be gone on with; `CaptainError` for what cannot be."""
        number = kept.deployment.id
        if kept.wish is None:
            raise CaptainError(kept.deployment.why or MISTAKE)
        why_not = refusal(kept, self._now(), self._may_still)
        if why_not:
            raise CaptainError(why_not)
        self.say(number, GOES_ON)
        return Asked(number, kept.wish, kept.begun, self._ledger.source(number), is_resumed=True)

    def _start(self, asked: Asked) -> None:
        try:
            start = self._starts.get(asked.wish.kind)
            if start is None:
                raise CaptainError(f"This captain does not know how to do '{asked.wish.kind}': ask for it again.")
            start(asked)
        except BaseException:  # nobody has taken the source over
            if asked.tar is not None:
                asked.tar.close()
            raise

    def _next(self, app: str) -> None:
        with self._lock:
            if self._ends:
                return
            number, work = self._queues[app][0]
            is_there = number in self._kept  # else it was queued by a start that failed after that, and is over
            if is_there:
                self.running(number)
        done = self._do(work, number) if is_there else None
        with self._lock:
            if done is not None:
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

    def _write(self, number: int, kept: Kept) -> None:
        """A disk that fills up meanwhile ends nothing: what is written from before says enough to do it once more."""
        self._kept[number] = kept
        try:
            self._ledger.put(written(kept))
        except NotKept as error:
            log.warning("How far deployment %d is was not kept: %s", number, error)

    def _put(self, deployment: Deployment) -> None:
        self._all[deployment.id] = deployment
        self._event(deployment)

    def _event(self, deployment: Deployment, line: str = "", is_outcome: bool = False) -> None:
        self._last_event += 1
        self._events.append(Event(self._last_event, deployment, line, is_outcome))

    def _forget(self) -> None:
        for number in to_forget(list(self._all.values()), MOST_REMEMBERED, MOST_REMEMBERED_IN_ALL):
            del self._all[number], self._lines[number], self._counts[number]
            self._ledger.remove(number)
