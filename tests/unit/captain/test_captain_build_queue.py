"""Which build goes when: the newest waiting source wins, and never too many at once."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from captain.builds.build_log import MOST_LINES, BuildLog
from captain.builds.queue import REMEMBERED, Queue, State, built, ended, startable, started, submitted, waits_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def states(queue: Queue) -> dict[int, str]:
    return {build.id: build.state.value for build in queue.builds}


def begun(queue: Queue) -> Queue:
    for build in startable(queue):
        queue = started(queue, build.id, NOW)
    return queue


def test_the_newest_waiting_source_wins() -> None:
    """What waits is replaced and says by what; what is under way is left alone."""
    queue = Queue(parallel=2)
    for _ in range(3):
        queue, _ = submitted(queue, "shop", "", NOW)
        queue = begun(queue)
    assert states(queue) == {1: "building", 2: "cancelled", 3: "queued"}
    second = queue.get(2)
    assert second is not None and second.why == "build 3 took its place"
    third = queue.get(3)
    assert third is not None and "an earlier build of shop is under way" in waits_for(queue, third)
    queue = built(queue, 1, "sha256:a")
    assert startable(queue) == (), "its app is still being rolled out"
    queue = begun(ended(queue, 1, State.DONE, NOW))
    assert states(queue) == {1: "done", 2: "cancelled", 3: "building"}


def test_other_apps_do_not_wait_but_for_a_place() -> None:
    """As many as are allowed are built at once, in the order of their coming; a rollout takes no place."""
    queue = Queue(parallel=2)
    for app in ("a", "b", "c"):
        queue, _ = submitted(queue, app, "", NOW)
    assert [build.app for build in startable(queue)] == ["a", "b"]
    queue = begun(queue)
    third = queue.get(3)
    assert third is not None and waits_for(queue, third) == "2 builds are under way: this one waits for a place"
    assert [build.app for build in startable(built(queue, 1, "i"))] == ["c"]


def test_what_is_over_never_changes() -> None:
    """A build that was cancelled is not done by whoever comes too late."""
    queue, build = submitted(Queue(1), "a", "", NOW)
    queue = ended(queue, build.id, State.CANCELLED, NOW, "it was cancelled")
    assert built(ended(queue, build.id, State.DONE, NOW), build.id, "i") == queue


@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["submit", "built", "end"])), max_size=120),
)
def test_limits_hold_whatever_happens(parallel: int, steps: list[tuple[str, str]]) -> None:
    """One under way and one waiting per app, so many building in all, and no number given twice."""
    queue, seen = Queue(parallel), set[int]()
    for app, what in steps:
        if what == "submit":
            queue, new = submitted(queue, app, "", NOW)
            assert new.id not in seen
            seen.add(new.id)
        for build in queue.of(app):
            if what == "built" and build.state is State.BUILDING:
                queue = built(queue, build.id, "i")
            if what == "end" and build.state is State.DEPLOYING:
                queue = ended(queue, build.id, State.FAILED, NOW, "x")
        queue = begun(queue)
        assert startable(queue) == ()
        assert sum(build.state is State.BUILDING for build in queue.builds) <= parallel
        for name in "abc":
            own = [build.state for build in queue.of(name)]
            assert sum(state in (State.BUILDING, State.DEPLOYING) for state in own) <= 1
            assert own.count(State.QUEUED) <= 1
            assert sum(state.is_over for state in own) <= REMEMBERED


def test_a_log_is_bounded_and_says_where_it_begins() -> None:
    """Old lines go; numbers stay; the reader is told what it missed and when no more will come."""
    log = BuildLog()
    for number in range(1, MOST_LINES + 11):
        log.write(f"line {number}")
    part = log.after(0)
    assert (part.first, len(part.lines), part.lines[0], part.is_over) == (11, MOST_LINES, "line 11", False)
    log.write("a\x1b[31mred\nb")
    part = log.after(MOST_LINES + 10)
    assert (part.first, part.lines) == (MOST_LINES + 11, ("a[31mred", "b")), "no control characters"
    log.end()
    assert log.after(MOST_LINES + 12, wait_seconds=60) == type(part)(MOST_LINES + 13, (), True)
