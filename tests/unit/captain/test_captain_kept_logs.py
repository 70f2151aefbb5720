"""What apps write, kept: no line lost and none twice, bounded, whatever is killed or full in between."""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.logs.bounds import Size, surplus
from captain.logs.kept_logs import KeptLogs, folder_name
from captain.logs.newest import Newest, united
from captain.logs.resuming import since
from captain.logs.seen import MOST_RECENT, MOST_TASKS, WINDOW, Seen
from captain.logs.segment import Writer, Written, entries, line_entry, writer_entry
from captain.logs.segments import Segments, read, sizes
from swarm.engine_logs import LogLine

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
SERVICE = "s1"


def line(text: str, seconds: float = 0.0, task: str = "t1", is_error: bool = False) -> LogLine:
    return LogLine(AT + timedelta(seconds=seconds), task, "n1", is_error, text)


def kept(folder: Path) -> list[LogLine]:
    return [found for found, _ in read(folder)]


# ---- what comes once more ------------------------------------------------------------------------------

TELLINGS = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2"]), st.floats(0, 1.5), st.sampled_from(["one", "two"]), st.booleans()
    ), max_size=30
)  # fmt: skip
"""A task, the seconds that pass before the line, its text, whether it overtakes the one before it."""


def told(telling: Sequence[tuple[str, float, str, bool]]) -> list[LogLine]:
    """An engine's log: times go up, but for lines that overtake each other by less than the window."""
    found, now = [], 0.0
    for task, pause, text, overtakes in telling:
        now += round(pause, 2)
        found.append(line(text, now - (0.5 if overtakes else 0.0), task, overtakes))
    return found


@given(TELLINGS, st.lists(st.integers(0, 30), max_size=5), st.booleans())
def test_every_line_is_kept_once_however_often_it_is_sent(
    telling: list[tuple[str, float, str, bool]], cuts: list[int], is_new_process: bool
) -> None:
    """A log breaks off anywhere, and is asked for from the moment that is said; whoever is killed reads its files."""
    log, seen, there = told(telling), Seen(), list[LogLine]()
    for cut in [*cuts, len(log)]:
        if is_new_process:
            seen = Seen()
            for found in there:
                seen.add(found)
        start = since({"t1": AT, "t2": AT}, seen.until(), None)
        seen.begin_again()
        for sent in log[:cut]:
            if (start is None or sent.at >= start) and seen.is_new(sent):
                there.append(sent)
                seen.add(sent)
    assert Counter(there) == Counter(log)
    for task in ("t1", "t2"):
        assert [own for own in there if own.task == task] == [own for own in log if own.task == task]


def test_of_what_is_known_by_its_time_alone_nothing_comes_twice() -> None:
    """A task whose lines are in files that are not read again: up to then all is there, and later lines are new."""
    seen = Seen()
    seen.restore("t1", AT)
    seen.begin_again()
    assert not seen.is_new(line("old", -1)) and not seen.is_new(line("last", 0))
    assert seen.is_new(line("new", 0.000001)) and seen.is_new(line("of another", -1, "t2"))
    seen.add(line("new", 0.000001))
    seen.begin_again()
    assert not seen.is_new(line("last", 0)) and not seen.is_new(line("new", 0.000001))


def test_no_more_tasks_are_remembered_than_the_bound() -> None:
    """Those that were silent longest go."""
    seen = Seen()
    for number in range(MOST_TASKS + 5):
        seen.add(line("", number, f"t{number}"))
    assert len(seen.until()) == MOST_TASKS and "t4" not in seen.until() and f"t{MOST_TASKS + 4}" in seen.until()


def test_a_flood_is_remembered_within_a_bound_and_nothing_of_it_comes_twice() -> None:
    """Of two tasks that write more within the window than is remembered; what is written then is new."""
    seen = Seen()
    flood = [line("x", number / 10**4, f"t{number % 2}") for number in range(3 * MOST_RECENT)]
    for own in flood:
        seen.add(own)
    assert sum(len(task.recent) for task in seen._tasks.values()) <= MOST_RECENT
    seen.begin_again()
    assert not any(seen.is_new(own) for own in flood)
    assert seen.is_new(line("x", 3 * MOST_RECENT / 10**4, "t0"))


def test_a_log_is_asked_for_from_the_first_line_that_may_be_missing() -> None:
    """That of the task that was silent longest; all of it for a task nobody knows the age of; never what has gone."""
    later = AT + timedelta(hours=1)
    assert since({"t1": AT, "t2": AT}, {"t1": later, "t2": AT}, None) == AT - WINDOW
    assert since({"t1": AT, "t2": AT}, {"t1": later}, None) == AT - timedelta(minutes=1)
    assert since({"t1": AT, "t2": None}, {"t1": later}, None) is None
    assert since({"t1": AT}, {"t1": AT, "gone": AT - timedelta(days=1)}, None) == AT - WINDOW
    assert since({"t1": AT}, {"t1": AT}, later) == later and since({}, {}, later) == later


# ---- files ---------------------------------------------------------------------------------------------

TEXTS = st.text(max_size=40)


@given(st.lists(TEXTS, max_size=5), st.integers(0, 400))
def test_a_file_holds_any_text_and_what_is_broken_off_tells_nothing(texts: list[str], cut: int) -> None:
    """Line ends, controls and all; of a file that was cut anywhere the whole lines before are there."""
    writer = Writer("t1", "n1", 3)
    content = writer_entry(writer) + b"".join(line_entry(0, AT, True, text) for text in texts)
    wanted = [writer, *(Written(writer, AT, True, text) for text in texts)]
    assert list(entries(content)) == wanted
    cut_off = list(entries(content[:cut]))
    assert cut_off == wanted[: len(cut_off)]


DAMAGED = (
    b"[]", b"{}", b"null", b"\xff", b"[[[[", b'[9,1,0,"x"]', b'[0,1e99,0,"x"]', b'[0,99999999999999999999999,0,"x"]',
)  # fmt: skip


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_damaged_line_hides_no_other(damaged: bytes) -> None:
    """It is left out."""
    content = writer_entry(Writer("t1", "n1", None)) + damaged + b"\n" + line_entry(0, AT, False, "after")
    assert [found.text for found in entries(content) if isinstance(found, Written)] == ["after"]


def test_lines_are_read_as_they_were_kept_over_several_files(tmp_path: Path) -> None:
    """By somebody else too, and after a restart, in files that only captain reads; older ones are compressed."""
    folder, wanted = tmp_path / "shop.s1", [line(f"{number} {'x' * 50}", number) for number in range(100)]
    for number in range(0, 100, 5):
        Segments(folder, segment_bytes=1000).append(wanted[number : number + 5], {"t1": 2})
    assert kept(folder) == wanted and {replica for _, replica in read(folder)} == {2}
    names = sorted(path.name for path in folder.iterdir())
    assert sum(name.endswith(".log") for name in names) == 1 and sum(name.endswith(".log.gz") for name in names) > 3
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Segments(folder).oldest() is None
    assert sum(size.size_bytes for size in sizes(folder)) == sum(path.stat().st_size for path in folder.iterdir())


def test_a_task_is_known_although_its_lines_are_in_an_earlier_file(tmp_path: Path) -> None:
    """The newest file alone is read at the start: it says how far each task is."""
    segments = Segments(tmp_path / "shop.s1", segment_bytes=200)
    segments.append([line("early", 0, "quiet")], {"quiet": 1})
    for number in range(20):
        segments.append([line("x" * 50, number, "loud")], {"loud": 2})
    again = Segments(tmp_path / "shop.s1", segment_bytes=200)
    assert again.seen.until() == {"quiet": AT, "loud": AT + timedelta(seconds=19)}
    again.seen.begin_again()
    assert not again.seen.is_new(line("early", 0, "quiet")) and not again.seen.is_new(line("x" * 50, 19, "loud"))
    again.append([line("late", 30, "quiet")], {})
    assert [(found.text, number) for found, number in read(tmp_path / "shop.s1")][-1] == ("late", 1)


@pytest.mark.parametrize("left", [b"", b"[0,17", b"\x00" * 7, b'[0,1769860800000000,0,"half'])
def test_what_a_kill_left_of_a_line_is_written_over(tmp_path: Path, left: bytes) -> None:
    """The lines before it and after it are there."""
    folder = tmp_path / "shop.s1"
    Segments(folder).append([line("before")], {})
    with (folder / "1.log").open("ab") as file:
        file.write(left)
    Segments(folder).append([line("after", 1)], {})
    assert [found.text for found in kept(folder)] == ["before", "after"]


@pytest.mark.parametrize("moment", ["new", "both", "compressed"])
def test_a_kill_while_a_file_is_compressed_loses_nothing(tmp_path: Path, moment: str) -> None:
    """With half of the compressed file, with both files, with the compressed one alone."""
    folder = tmp_path / "shop.s1"
    Segments(folder).append([line("before")], {"t1": 1})
    content = (folder / "1.log").read_bytes()
    if moment == "new":
        (folder / "1.new").write_bytes(b"\x1f\x8b")
    else:
        Segments(folder, segment_bytes=1).append([line("after", 1)], {})
        (folder / "2.log").unlink()
        if moment == "both":
            (folder / "1.log").write_bytes(content)
    again = Segments(folder, segment_bytes=1)
    again.seen.begin_again()
    assert not again.seen.is_new(line("before"))
    again.append([line("after", 1)], {})
    assert [(found.text, number) for found, number in read(folder)] == [("before", 1), ("after", 1)]


def test_a_full_disk_keeps_all_or_nothing_of_what_is_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that ends half way is an error, leaves what was there, and the same lines can be kept later."""
    folder = tmp_path / "shop.s1"
    segments = Segments(folder)
    segments.append([line("before")], {})
    write = os.write

    def full(file: int, data: memoryview) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[:10])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            segments.append([line("after", 1)], {})
    assert kept(folder) == [line("before")]
    segments.seen.begin_again()
    assert segments.seen.is_new(line("after", 1))
    segments.append([line("after", 1)], {})
    assert kept(folder) == [line("before"), line("after", 1)]


def test_files_that_somebody_took_away_are_noticed(tmp_path: Path) -> None:
    """It is an error, after which what is there is gone on with; no file with a hole is made."""
    folder = tmp_path / "shop.s1"
    segments = Segments(folder)
    segments.append([line("before")], {})
    (folder / "1.log").unlink()
    with pytest.raises(OSError, match="took away"):
        segments.append([line("after", 1)], {})
    Segments(folder).append([line("after", 1)], {})
    assert kept(folder) == [line("after", 1)]


SIZES = st.builds(Size, st.sampled_from(["a", "b"]), st.integers(1, 9), st.integers(0, 50), st.floats(0, 9))


@given(
    st.lists(SIZES, max_size=20, unique_by=lambda size: (size.app, size.number)), st.integers(1, 5), st.integers(0, 99)
)
def test_no_more_is_kept_than_the_bounds(files: list[Size], most_segments: int, most_bytes: int) -> None:
    """The oldest go first, and never the one of an app that is being written."""
    gone = surplus(files, most_segments, most_bytes)
    left = [file for file in files if file not in gone]
    newest = {file.app: max(own.number for own in files if own.app == file.app) for file in files}
    assert all(file.number != newest[file.app] for file in gone) and len(gone) == len(set(gone))
    assert all(file.number > newest[file.app] - most_segments for file in left)
    others = [file for file in left if file.number != newest[file.app]]
    assert sum(file.size_bytes for file in left) <= most_bytes or not others
    spared = [file for file in gone if file.number > newest[file.app] - most_segments]
    assert all(one.ended_at <= other.ended_at for one in spared for other in others)


def test_an_app_that_is_made_anew_has_no_lines_of_the_one_before(tmp_path: Path) -> None:
    """Another service of the same name is another folder; names that are none make no path."""
    logs = KeptLogs(tmp_path)
    logs.segments("shop", "s1").append([line("first")], {})
    assert [found.text for found, _ in logs.read("shop", "s1")] == ["first"] and not list(logs.read("shop", "s2"))
    assert logs.names() == ["shop.s1"] and [size.number for size in logs.sizes()] == [1]
    logs.forget(["shop.s1"])
    assert logs.names() == [] and not list(logs.read("shop", "s1"))
    for app, service in (("../shop", "s1"), ("shop", "../s1"), ("", "s1"), ("shop", ""), ("a/b", "s"), ("shop\n", "s")):
        with pytest.raises(ValueError, match="no app's name"):
            folder_name(app, service)


def test_one_captain_writes_at_a_time(tmp_path: Path) -> None:
    """The other one may as soon as the first does not."""
    one, other = KeptLogs(tmp_path), KeptLogs(tmp_path)
    with one.ours() as ours:
        assert ours
        with other.ours() as theirs:
            assert not theirs
    with other.ours() as theirs:
        assert theirs


# ---- kept and live lines -------------------------------------------------------------------------------

TIMES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["t1", "t2"])), max_size=12).map(sorted)


@given(TIMES, st.integers(0, 12), st.integers(0, 12), st.one_of(st.none(), st.integers(0, 6)))
def test_kept_and_live_lines_are_one_log(times: list[tuple[int, str]], first: int, last: int, most: int | None) -> None:
    """Of which the one lacks its end and the other its beginning: each line once, in the order of time, the newest."""
    whole = [line(str(number), seconds, task) for number, (seconds, task) in enumerate(times)]
    tellings = (whole[:first], whole[min(first, last) :])
    found = []
    for telling in tellings:
        newest = Newest[LogLine](most)
        for own in telling:
            newest.add("", own)
        assert newest.has_left_out == (most is not None and len(telling) > most)
        found.append(newest.groups().get("", []))
    joined = united(*found)
    if most is None:
        assert Counter(joined) == Counter(whole)
    else:
        joined, whole = joined[max(0, len(joined) - most) :], whole[max(0, len(whole) - most) :]
    assert [own.at for own in joined] == [own.at for own in whole]
    assert len(set(joined)) == len(joined)


def test_a_line_that_was_written_twice_is_there_twice() -> None:
    """Though each telling has both."""
    twice = [line("same"), line("same")]
    assert united(twice, twice) == twice and united(twice[:1], twice) == twice
    assert united([line("later", 2)], [line("first", 1)]) == [line("first", 1), line("later", 2)]
    assert len(united([line("x")], [replace(line("x"), is_error=True)])) == 2
