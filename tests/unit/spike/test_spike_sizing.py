"""The size of a step: more than the least replicas serve, and no more than the machine can."""

from __future__ import annotations

import pytest

from swarm.spike.sizing import FULL, STEP, SizingError, Step, busy_seconds, step

STAT = "cpu  100 20 30 1000 40 5 6 7 9 9\ncpu0 50 10 15 500 20 2 3 3 0 0\nintr 1\n"


def test_a_machine_with_room_gets_a_large_step() -> None:
    """Where the cores allow it, a step is a fixed multiple of what the least replicas serve."""
    assert step(120, busy_cores=0.5, cores=8) == Step(STEP * 120)


def test_a_step_fits_into_the_cores() -> None:
    """All that the machine would spend at the rate of the step is within the share of the cores kept for it."""
    found = step(300, busy_cores=0.7, cores=2)
    assert 300 < found.rate < STEP * 300
    assert found.rate / 300 * 0.7 <= FULL * 2 + 0.01


def test_a_machine_without_room_is_told_so() -> None:
    """Where the least replicas already take the machine, the step is below what they serve, and the remark says why."""
    found = step(300, busy_cores=1.8, cores=2)
    assert 0.8 * 300 < found.rate < 300
    assert "FLOTILLA_APP_CPUS" in found.remark


def test_without_an_answer_there_is_no_step() -> None:
    """No rate is made up for a service that answers nothing."""
    with pytest.raises(SizingError, match="answered nothing"):
        step(0, busy_cores=0.1, cores=2)


def test_waiting_is_not_work() -> None:
    """Time idle, waiting for disks, and guests' time, which is in the users' already, do not count as busy."""
    assert busy_seconds(STAT, 100) == pytest.approx((100 + 20 + 30 + 5 + 6 + 7) / 100)
