"""The schedule of a spike is fixed before it begins."""

from __future__ import annotations

import uuid
from itertools import pairwise

import pytest

from swarm.spike.schedule import Phase, ScheduleError, plan

RUN = uuid.UUID(int=7)
PHASES = (Phase("before", 10, 5), Phase("during", 150, 60), Phase("after", 10, 30))


def test_every_phase_has_exactly_its_requests_at_exactly_its_times() -> None:
    """Rate times seconds requests, evenly apart, the step at second 0."""
    planned = list(plan(PHASES, post_share=0.3, sources=50, run=RUN))
    assert [len([p for p in planned if p.phase == name]) for name in ("before", "during", "after")] == [
        50,
        9000,
        300,
    ]
    for name, begin, rate in (("before", -5.0, 10), ("during", 0.0, 150), ("after", 60.0, 10)):
        times = [p.at for p in planned if p.phase == name]
        assert times == [round(begin + number / rate, 6) for number in range(len(times))]
    assert all(one.at <= two.at for one, two in pairwise(planned))


@pytest.mark.parametrize("rate", [3, 7.5, 150, 333, 1000])
def test_rounding_neither_drops_nor_adds_requests(rate: float) -> None:
    """Rates that do not divide a second keep their number of requests."""
    planned = list(plan((Phase("during", rate, 10),), post_share=0.3, sources=1, run=RUN))
    assert len(planned) == rate * 10
    assert planned[-1].at < 10


def test_the_share_of_posts_holds_all_along_and_each_has_a_key_of_its_own() -> None:
    """30 % POSTs in every stretch; keys are unique within a run and between runs; GETs have none."""
    planned = list(plan(PHASES, post_share=0.3, sources=50, run=RUN))
    for begin in range(0, 9000, 100):
        assert sum(p.kind == "POST" for p in planned[begin : begin + 100]) == 30
    keys = [p.key for p in planned if p.kind == "POST"]
    assert len(set(keys)) == len(keys) and None not in keys
    assert all(p.key is None for p in planned if p.kind == "GET")
    others = {p.key for p in plan(PHASES, post_share=0.3, sources=50, run=uuid.UUID(int=8)) if p.key}
    assert not others & set(keys)


@pytest.mark.parametrize(("share", "kinds"), [(0.0, {"GET"}), (1.0, {"POST"})])
def test_shares_at_the_bounds(share: float, kinds: set[str]) -> None:
    """A share of none or of all is taken at its word."""
    assert {p.kind for p in plan(PHASES, post_share=share, sources=3, run=RUN)} == kinds


def test_all_sources_are_used_alike_and_by_both_kinds() -> None:
    """Every source address sends as much as any other, GETs and POSTs."""
    planned = [p for p in plan(PHASES, post_share=0.3, sources=50, run=RUN) if p.phase == "during"]
    per_source = [sum(p.source == number for p in planned) for number in range(50)]
    assert max(per_source) - min(per_source) <= 1


def test_the_same_arguments_give_the_same_schedule() -> None:
    """Nothing in it depends on when or where it is made."""
    one, two = (list(plan(PHASES, post_share=0.3, sources=5, run=RUN)) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("phase", "share", "sources"),
    [
        (Phase("during", 0, 10), 0.3, 1),
        (Phase("during", 1_000_000, 10), 0.3, 1),
        (Phase("during", 10, 100_000), 0.3, 1),
        (Phase("during", 10, 0), 0.3, 1),
        (Phase("during", 10, 10), 1.5, 1),
        (Phase("during", 10, 10), 0.3, 0),
    ],
)
def test_what_is_not_bounded_is_refused(phase: Phase, share: float, sources: int) -> None:
    """A slip of the finger sends nothing."""
    with pytest.raises(ScheduleError):
        list(plan((phase,), post_share=share, sources=sources, run=RUN))
