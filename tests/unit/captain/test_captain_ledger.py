"""What waits on captain's disk: sealed, within bounds, whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain import ledger as ledger_module
from captain.apps.app_work import AppWork
from captain.builds.tarball import nameless
from captain.deployment import KEY_CHANGED, NOT_KNOWN, NOT_UNDERSTOOD, Done, State, Wish
from captain.deployments import MISTAKE, Asked, Deployments
from captain.errors import CaptainError
from captain.ledger import Entry, Ledger, NotKept
from captain.resuming import resume_when_ready
from captain.seal import NONCE_BYTES, NotOurs, opened, sealed
from tests.docker_cli import eventually
from tests.unit.captain.memory_captain import place
from tests.unit.captain.test_captain_app_rollout import Apps
from tests.unit.captain.test_captain_deployments import CALLER, KEY, Queues


def test_nothing_of_a_wish_is_on_the_disk_in_plain(tmp_path: Path) -> None:
    """Nor of a log; files are captain's alone. Another key opens nothing, and that is told of what was not over."""
    queues = Queues(tmp_path / "changes")
    queues.deployments.on("held", lambda asked: queues.deployments.say(asked.id, "PASSWORD=hunter2"))
    wish = Wish("held", "shop", "put", CALLER, {"wanted": {"environment": {"PASSWORD": "hunter2"}}})
    number = queues.deployments.ask(wish).id
    queues.deployments.begun(number, {"wanted": {"environment": {"PASSWORD": "hunter2"}}})
    over = queues.deployments.ask(wish).id
    queues.deployments.end(over, Done(why="it failed", log=("PASSWORD=hunter2",)))
    for path in (tmp_path / "changes").iterdir():
        assert (b"hunter2" not in path.read_bytes() and path.stat().st_mode & 0o077 == 0) or path.name == "lock"
    queues.ledger.close()
    other = Deployments(Ledger(tmp_path / "changes", b"another"))
    assert other.resume()
    assert other.get(number).why == KEY_CHANGED  # type: ignore[union-attr]
    assert (other.get(over).why, other.get(over).state) == (NOT_KNOWN, State.FAILED)  # type: ignore[union-attr]


@given(st.binary(), st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES), st.integers(0, 10**6))
def test_what_is_sealed_is_opened_by_its_key_and_only_whole(plain: bytes, nonce: bytes, at: int) -> None:
    """One bit of it changed, another key or another owner, and it is refused."""
    data = sealed(KEY, "7", plain, nonce)
    assert opened(KEY, "7", data) == plain
    damaged = bytearray(data)
    damaged[at % len(data)] ^= 1
    for key, about, wrong in ((KEY, "7", bytes(damaged)), (b"other", "7", data), (KEY, "8", data), (KEY, "7", b"")):
        with pytest.raises(NotOurs):
            opened(key, about, wrong)


@pytest.fixture(params=["named", "copied"])
def tar(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A source as it was received: where the disk knows files without a name, and where it does not."""
    file = nameless(tmp_path) if request.param == "named" else (tmp_path / "gone").open("w+b")
    if request.param == "copied":
        (tmp_path / "gone").unlink()
    file.write(b"a source")
    yield file
    file.close()


def test_a_source_waits_on_the_disk_and_goes_with_its_end(tar: Any, tmp_path: Path) -> None:
    """A captain that comes after a kill is handed it; what no entry names, and what was written in part, is removed."""
    folder = tmp_path / "changes"
    queues = Queues(folder)
    queues.deployments.on("held", lambda asked: None)
    number = queues.deployments.ask(Wish("held", "shop", "build", CALLER), tar).id
    assert tar.read() == b"a source"
    queues.ledger.close()
    (folder / "1.source").write_bytes(b"nobody's")
    (folder / "2.new").write_bytes(b"{")
    again, handed = Deployments(Ledger(folder, KEY)), list[bytes]()

    def start(asked: Asked) -> None:
        assert asked.is_resumed and asked.tar is not None
        with asked.tar:
            handed.append(asked.tar.read())

    again.on("held", start)
    assert again.resume() and handed == [b"a source"]
    assert sorted(path.name for path in folder.iterdir()) == [f"{number}.json", f"{number}.source", "lock"]
    again.end(number, Done(1))
    assert sorted(path.name for path in folder.iterdir()) == [f"{number}.json", "lock"]


def test_what_is_accepted_outlives_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source, the entry and both their names are on the disk when `ask` returns."""
    synced = list[str]()
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(Path(f"/proc/self/fd/{fd}").readlink().suffix))
    queues = Queues(tmp_path / "changes")
    queues.deployments.on("held", lambda asked: None)
    with nameless(tmp_path) as tar:
        queues.deployments.ask(Wish("held", "shop", "x", CALLER), tar)
    assert synced[-3:] == ["", ".new", ""] and len(synced) == 4


def test_a_disk_that_is_full_refuses_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change is not accepted, so it is not lost; one that is under way ends as it does."""
    queues = Queues(tmp_path)
    numbers = list[int]()
    queues.deployments.on("held", lambda asked: numbers.append(asked.id))
    queues.deployments.ask(Wish("held", "shop", "x", CALLER))

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(NotKept, match="is full") as error:
            queues.deployments.ask(Wish("held", "shop", "x", CALLER))
        assert error.value.is_full
        queues.deployments.running(numbers[0])
        queues.deployments.end(numbers[0], Done(3))
        assert queues.state(numbers[0]) is State.LIVE
    assert [path.name for path in tmp_path.iterdir()] == ["lock"], "what ended cannot be done again"
    assert len(numbers) == 1


def test_what_waits_has_a_bound_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of entries and of sources: beyond it nothing is accepted, and room is there again with an end."""
    monkeypatch.setattr(ledger_module, "MOST_BYTES", 100)
    monkeypatch.setattr(ledger_module, "MOST_SOURCE_BYTES", 4)
    queues = Queues(tmp_path)
    queues.deployments.on("held", lambda asked: None)
    large = nameless(tmp_path)
    large.write(b"too large")
    with pytest.raises(NotKept, match="Sources of"):
        queues.deployments.ask(Wish("held", "shop", "x", CALLER), large)
    queues.deployments.ask(Wish("held", "shop", "x", CALLER))
    with pytest.raises(NotKept, match="wait already"):
        queues.deployments.ask(Wish("held", "shop", "x", CALLER))
    large.close()


def test_what_is_over_takes_no_room_from_what_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor after a restart, where what an earlier captain left does. Of what is over there are short lines alone."""
    monkeypatch.setattr(ledger_module, "MOST_BYTES", 3000)
    queues = Queues(tmp_path)
    queues.deployments.on("held", lambda asked: None)
    number = queues.deployments.ask(Wish("held", "shop", "x", CALLER)).id
    for _ in range(100):
        queues.deployments.say(number, "x" * 10_000)
    queues.deployments.end(number, Done(why="it failed", log=("y" * 10_000,) * 100))
    assert 3000 < (tmp_path / f"{number}.json").stat().st_size < 100_000
    waits = queues.deployments.ask(Wish("held", "shop", "x", CALLER, {"large": "x" * 3000})).id
    queues.ledger.close()
    again = Deployments(Ledger(tmp_path, KEY))
    again.on("held", lambda asked: None)
    assert again.resume() and {len(line) for line in again.lines(number)[1]} == {500, len("it failed")}
    with pytest.raises(NotKept, match="wait already"):
        again.ask(Wish("held", "shop", "y", CALLER))
    again.end(waits, Done(1))
    again.ask(Wish("held", "shop", "y", CALLER))


def test_what_cannot_be_read_is_passed_over_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged file keeps no other change from being gone on with."""
    (tmp_path / "5.json").write_text("{")
    queues = Queues(tmp_path)
    assert "5.json holds no change that can be read" in caplog.text
    assert queues.ask(lambda _: Done(1)) > 5


def test_one_that_cannot_be_taken_up_keeps_no_other_from_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is wrong with it, it is over, with a reason, or said in the log; what comes after it is done."""
    queues = Queues(tmp_path)
    for kind in ("bad", "other"):
        queues.deployments.on(kind, lambda asked: None)
    bad, odd, plain, last = (queues.deployments.ask(Wish("bad", "shop", what, CALLER)).id for what in "abcd")
    other = queues.deployments.ask(Wish("other", "shop", "x", CALLER)).id
    found = {number: queues.ledger.get(number) for number in (odd, plain)}
    queues.ledger.put(Entry(odd, found[odd].plain, {"wish": {"kind": "bad"}}))  # type: ignore[union-attr]
    queues.ledger.put(Entry(plain, {"app": "shop"}, {}))
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "mine.source").write_text("")
    queues.ledger.close()
    again, started = Deployments(Ledger(tmp_path, KEY)), list[int]()

    def fail(asked: Asked) -> None:
        raise ZeroDivisionError if asked.id == bad else CaptainError("no such app")

    again.on("bad", fail)
    again.on("other", lambda asked: started.append(asked.id))
    assert again.resume() and started == [other]
    told = {number: again.get(number) for number in (bad, odd, last)}
    assert all(one is not None and one.state is State.FAILED for one in told.values())
    assert [one.why for one in told.values() if one is not None] == [MISTAKE, NOT_UNDERSTOOD, "no such app"]
    assert again.get(plain) is None and f"change {plain} is not as captain writes it" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_what_cannot_be_started_when_it_is_asked_for_is_over(tmp_path: Path) -> None:
    """It is on the disk by then: it does not wait for ever, its source is let go, and the next one is done."""
    queues = Queues(tmp_path)

    def fail(asked: Asked) -> None:
        raise ZeroDivisionError

    queues.deployments.on("bad", fail)
    with nameless(tmp_path) as tar:
        told = queues.deployments.ask(Wish("bad", "shop", "x", CALLER), tar)
        assert (told.state, told.why, tar.closed) == (State.FAILED, MISTAKE, True)
    good = queues.ask(lambda _: Done(1))
    eventually(lambda: queues.state(good) is State.LIVE, 30)


def test_captains_own_error_does_not_end_its_going_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is said and counted, and tried again."""
    tried, counted = list[int](), list[int]()

    def resume() -> bool:
        tried.append(1)
        if len(tried) == 1:
            raise ZeroDivisionError
        return True

    swarm = Apps()
    work = AppWork(lambda say: place(swarm, say), Deployments(Ledger(tmp_path, KEY)))
    work.deployments.resume = resume  # type: ignore[method-assign]
    resume_when_ready(work, threading.Event(), pause_seconds=0.001, failed=lambda: counted.append(1))
    assert (len(tried), len(counted)) == (2, 1) and "ZeroDivisionError" in caplog.text


def test_without_a_secret_nothing_is_accepted(tmp_path: Path) -> None:
    """Rather than kept in plain."""
    with pytest.raises(NotKept, match=r"swarm/up\.sh makes it"):
        Ledger(tmp_path, b"").add(Entry(1, {}, {}), io.BytesIO())
    assert list(tmp_path.iterdir()) == []
