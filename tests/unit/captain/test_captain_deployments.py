"""The queue behind captain's interfaces: done in turn, told as it is, and kept on the disk until it is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captain.accounts.book import Caller, Scope
from captain.deployment import Done, State, Wish
from captain.deployments import MOST_REMEMBERED, MOST_WAITING, Asked, Deployments, Say, Work
from captain.errors import CaptainError
from captain.ledger import Entry, Ledger, NotKept
from swarm.engine import EngineError
from tests.docker_cli import eventually

CALLER = Caller("ann", Scope.DEPLOY, ("shop",), "t1")
KEY = b"k" * 32


class Queues:
    """A captain that does what a test says: `ask` with the work itself."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(folder, KEY)
        self.deployments = Deployments(self.ledger)
        self.work: dict[str, Work] = {}
        self.deployments.on("test", self._start)
        assert self.deployments.resume()

    def ask(self, work: Work, app: str = "shop") -> int:
        name = f"work {len(self.work)}"
        self.work[name] = work
        return self.deployments.ask(Wish("test", app, name, CALLER)).id

    def state(self, number: int) -> State:
        found = self.deployments.get(number)
        assert found is not None
        return found.state

    def _start(self, asked: Asked) -> None:
        self.deployments.queue(asked.id, asked.wish.app, self.work[asked.wish.what])


@pytest.fixture
def queues(tmp_path: Path) -> Queues:
    return Queues(tmp_path)


def test_several_apps_at_once_and_one_after_the_other(queues: Queues) -> None:
    """Of one app nothing is done beside another thing; another app does not wait for it."""
    open_, order = threading.Event(), list[int]()

    def work(number: int, _: Say) -> Done:
        if number == 0:
            open_.wait(30)
        order.append(number)
        return Done(number)

    made = [queues.ask(partial(work, number)) for number in range(5)]
    other = queues.ask(lambda _: Done(9), "other")
    eventually(lambda: queues.state(other) is State.LIVE, 30)
    deployments = queues.deployments
    assert order == [] and deployments.is_busy("shop") and not deployments.is_busy("other")
    open_.set()
    eventually(lambda: not deployments.is_busy("shop"), 30)
    assert order == list(range(5))
    assert [deployments.get(number).release for number in made] == list(range(5))  # type: ignore[union-attr]


@pytest.mark.parametrize("error", [CaptainError("no such thing"), EngineError("no such thing"), ZeroDivisionError()])
def test_what_goes_wrong_is_told_and_the_queue_goes_on(queues: Queues, error: Exception) -> None:
    """Whatever it was."""

    def fail(say: Say) -> Done:
        say("one\ntwo")
        raise error

    bad, good = queues.ask(fail), queues.ask(lambda _: Done(1))
    eventually(lambda: queues.state(good) is State.LIVE, 30)
    told = queues.deployments.get(bad)
    assert told is not None and told.state is State.FAILED and told.ended_at is not None
    assert told.why == "no such thing" or "captain made a mistake" in told.why
    assert queues.deployments.lines(bad)[1][:2] == ["one", "two"]


def test_what_is_remembered_and_what_waits_have_bounds(queues: Queues, tmp_path: Path) -> None:
    """Also on the disk. A number is of one deployment for ever, so nobody is told of somebody else's."""
    open_ = threading.Event()
    queues.ask(lambda _: Done(int(open_.wait(30))))
    for _ in range(MOST_WAITING - 1):
        queues.ask(lambda _: Done())
    with pytest.raises(CaptainError, match="wait already"):
        queues.ask(lambda _: Done())
    open_.set()
    eventually(lambda: not queues.deployments.is_busy("shop"), 60)
    last = queues.ask(lambda _: Done())
    eventually(lambda: not queues.deployments.is_busy("shop"), 30)
    assert len(queues.deployments.of("shop")) == MOST_REMEMBERED + 1
    assert len(list(tmp_path.glob("*.json"))) == MOST_REMEMBERED + 1
    started = queues.deployments.started_at
    queues.ledger.close()
    later = Deployments(Ledger(tmp_path, KEY), lambda: started - timedelta(hours=1))
    later.on("test", lambda asked: None)
    assert later.resume() and later.ask(Wish("test", "shop", "x", CALLER)).id > last, "also if the clock goes back"


class SlowDisk(Ledger):
    """Takes a source only when the test lets it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, KEY)
        self.is_full = False
        self.begun, self.open = threading.Event(), threading.Event()

    def add(self, entry: Entry, source: BinaryIO | None = None) -> None:
        if source is not None:
            self.begun.set()
            assert self.open.wait(30)
            if self.is_full:
                raise NotKept("The disk is full.", True)
        super().add(entry)


@pytest.mark.parametrize("is_full", [False, True])
def test_nobody_waits_while_a_source_is_written_down(is_full: bool, tmp_path: Path) -> None:
    """Not who looks, nor another change; it counts meanwhile, is told when it is kept, and is started once."""
    ledger, started = SlowDisk(tmp_path), list[int]()
    ledger.is_full = is_full
    deployments = Deployments(ledger)
    deployments.on("test", lambda asked: started.append(asked.id))

    def ask() -> None:
        with suppress(NotKept):
            deployments.ask(Wish("test", "shop", "source", CALLER), BytesIO())

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    assert ledger.begun.wait(30)
    assert deployments.of("shop") == [] and deployments.events(0) == []
    others = [deployments.ask(Wish("test", "shop", "x", CALLER)).id for _ in range(MOST_WAITING - 1)]
    with pytest.raises(CaptainError, match="wait already"):
        deployments.ask(Wish("test", "shop", "x", CALLER))
    ledger.open.set()
    thread.join(30)
    assert deployments.resume()
    assert [number for number in started if number in others] == others
    assert len(started) == len(set(started))
    assert len(started) == MOST_WAITING - is_full
    with suppress(CaptainError):
        deployments.ask(Wish("test", "shop", "x", CALLER))
    assert len(started) == MOST_WAITING, "what was refused takes no place"


def test_what_is_being_written_down_is_not_taken_for_an_earlier_captains(tmp_path: Path) -> None:
    """Between its entry on the disk and its start: it is started once, as what it is."""
    ledger, started = Ledger(tmp_path, KEY), list[bool]()
    deployments, add = Deployments(ledger), ledger.add
    deployments.on("test", lambda asked: started.append(asked.is_resumed))

    def added(entry: Entry, source: BinaryIO | None = None) -> None:
        add(entry, source)
        assert deployments.resume()

    ledger.add = added  # type: ignore[method-assign]
    deployments.ask(Wish("test", "shop", "x", CALLER))
    assert started == [False]


# ---- killed and started anew -----------------------------------------------------------------------------


class Killed(BaseException):
    """No code may catch it, as none catches a SIGKILL."""


class Deadly(Ledger):
    """Dies at its `left`-th write, before or after it; a dead one does nothing any more."""

    def __init__(self, folder: Path, left: int, after: bool) -> None:
        super().__init__(folder, KEY)
        self.left, self.after, self.is_dead = left, after, False

    def die(self) -> None:
        self.is_dead = True
        raise Killed

    def _write(self, entry: Entry) -> None:
        self._may_die(before=True)
        super()._write(entry)
        self._may_die(before=False)

    def _may_die(self, before: bool) -> None:
        if self.is_dead:
            raise Killed
        self.left -= before
        if self.left == 0 and before is not self.after:
            self.die()

    def _drop(self, number: int) -> None:
        if self.is_dead:
            raise Killed
        super()._drop(number)


class ByHand:
    """Does what a pool of threads would do, when told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []

    def submit(self, do: Callable[..., object], *given: object) -> None:
        self.waiting.append(partial(do, *given))


class World:
    """What captains did to apps: it outlives them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.effects: list[tuple[str, int]] = []
        self.accepted: list[tuple[str, int]] = []
        self.start(0, after=False)

    def start(self, left: int, after: bool) -> None:
        """Another captain, which dies at that write; never for 0."""
        self.ledger, self.hand = Deadly(self.folder, left or 10**9, after), ByHand()
        self.deployments = Deployments(self.ledger)
        self.deployments._pool = self.hand  # type: ignore[assignment]
        self.deployments.on("test", self._carry)
        with self.mortal():
            assert self.deployments.resume()

    def mortal(self) -> Any:
        return suppress(Killed)

    def kill(self, left: int = 0, after: bool = False) -> None:
        self.ledger.is_dead = True
        self.ledger.close()
        self.start(left, after)

    def ask(self, app: str) -> None:
        with self.mortal():
            self.accepted.append((app, self.deployments.ask(Wish("test", app, "x", CALLER, {"a": 1})).id))

    def step(self, dies: str) -> None:
        """One of those that wait is done, or its doer dies before or after the effect."""
        self.dies = dies
        if self.hand.waiting and not self.ledger.is_dead:
            with self.mortal():
                self.hand.waiting.pop(0)()

    def finish(self) -> None:
        while self.hand.waiting:
            self.step("")

    def _carry(self, asked: Asked) -> None:
        one = (asked.wish.app, asked.id)

        def work(_: Say) -> Done:
            if asked.begun and one in self.effects:
                return Done(1)
            self.deployments.begun(asked.id, {"noted": True})
            if self.dies == "before":
                self.ledger.die()
            self.effects.append(one)
            if self.dies == "after":
                self.ledger.die()
            return Done(1)

        self.deployments.queue(asked.id, asked.wish.app, work)


STEPS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(["shop", "till"])),
    st.tuples(st.just("step"), st.sampled_from(["", "", "before", "after"])),
    st.tuples(st.just("kill"), st.integers(0, 6), st.booleans()),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_whatever_is_asked_and_killed_nothing_is_lost_and_nothing_done_twice(steps: list[tuple[Any, ...]]) -> None:
    """Each that was accepted has one effect, those of an app in their order, and is told as live by its number."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        for kind, *given_ in steps:
            getattr(world, kind)(*given_)
        world.kill()
        world.finish()
        assert len(world.effects) == len(set(world.effects)), "once each"
        assert set(world.accepted) <= set(world.effects), "none lost"
        for app in ("shop", "till"):
            numbers = [number for name, number in world.effects if name == app]
            assert numbers == sorted(numbers), "in their order"
        for _, number in world.accepted:
            told = world.deployments.get(number)
            assert told is None or told.state is State.LIVE
        world.ledger.close()


def test_of_two_captains_the_first_does_all_until_its_end(tmp_path: Path) -> None:
    """The one that comes takes what is asked, tells what the other does, and begins when the other is gone."""
    first = Queues(tmp_path)
    open_ = threading.Event()
    slow = first.ask(lambda _: Done(int(open_.wait(30))))
    second = Deployments(Ledger(tmp_path, KEY), lambda: first.deployments.started_at + timedelta(seconds=5))
    done = list[int]()

    def start(asked: Asked) -> None:
        def work(_: Say) -> Done:
            done.append(asked.id)
            return Done(1)

        second.queue(asked.id, "shop", work)

    second.on("test", start)
    assert not second.resume()
    eventually(lambda: second.get(slow).state is State.RUNNING, 30)  # type: ignore[union-attr]
    waits = second.ask(Wish("test", "shop", "x", CALLER)).id
    open_.set()
    eventually(lambda: second.get(slow).state is State.LIVE, 30)  # type: ignore[union-attr]
    assert done == [] and second.get(waits).state is State.WAITING  # type: ignore[union-attr]
    first.ledger.close()
    assert second.resume()
    eventually(lambda: second.get(waits).state is State.LIVE, 30)  # type: ignore[union-attr]
    assert done == [waits], "what was over is not done again"
