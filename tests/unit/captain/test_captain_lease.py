"""Deploying while an autoscaler scales: no count is lost, and it waits until the rollout shows."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captain.lease import LEASE, PAUSED_UNTIL_LABEL, with_pause
from tests.unit.captain.memory_swarm import STACK, Swarm, deploy

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(2, 9)), max_size=12))
def test_whatever_an_autoscaler_writes_in_between_its_last_count_stays(counts: list[int | None]) -> None:
    """Before each single read and write of a deploy somebody may scale: the last count that was written is live."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stack.yml").write_text(STACK)
        (folder / "routes.yml").write_text("one")
        swarm = Swarm()
        swarm.create_secret("token", b"x", {})
        deploy(swarm, folder)
        done: list[int] = [2]

        def somebody(count: int | None) -> None:
            if count is not None:
                swarm.scale("s_app", count)
                done.append(count)

        swarm.meanwhile = iter([lambda count=count: somebody(count) for count in counts])  # type: ignore[misc]
        deploy(swarm, folder, IMAGE="app:2")
        stored = swarm.kept["s_app"]
        assert (stored.image, stored.replicas) == ("app:2", done[-1])


def test_a_write_that_may_start_a_rollout_carries_a_lease(swarm: Swarm, folder: Path) -> None:
    """In the same write: one of its own would make Swarm forget what to roll back to."""
    deploy(swarm, folder)
    before = datetime.now(UTC)
    swarm.writes.clear()
    deploy(swarm, folder, IMAGE="app:2")
    assert swarm.writes == ["update s_app"]
    stored = swarm.kept["s_app"]
    until = int(stored.labels[PAUSED_UNTIL_LABEL])
    assert before - timedelta(seconds=1) <= datetime.fromtimestamp(until, UTC) - LEASE <= datetime.now(UTC)
    assert stored.previous_spec is not None
    assert PAUSED_UNTIL_LABEL not in stored.previous_spec["Labels"]


def test_a_lease_is_no_difference(swarm: Swarm, folder: Path) -> None:
    """A second run writes nothing, whether the lease runs or has run out."""
    deploy(swarm, folder)
    deploy(swarm, folder, IMAGE="app:2")
    assert PAUSED_UNTIL_LABEL in swarm.kept["s_app"].labels
    swarm.writes.clear()
    written, said = deploy(swarm, folder, IMAGE="app:2")
    assert (swarm.writes, written) == ([], {})
    assert said == ["nothing to do: all 2 services are as the stack file says"]


SCALED = {"flotilla.autoscale.enabled": "true"}
UNIX = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("labels", "live", "rolls_out", "until"),
    [
        pytest.param(SCALED, {}, True, UNIX + 30, id="a rollout"),
        pytest.param(SCALED, {}, False, None, id="labels or a count alone"),
        pytest.param(
            SCALED, {PAUSED_UNTIL_LABEL: str(UNIX + 600)}, True, UNIX + 600, id="an operator's pause is longer"
        ),
        pytest.param(SCALED, {PAUSED_UNTIL_LABEL: str(UNIX + 9)}, False, UNIX + 9, id="one that still runs is kept"),
        pytest.param(SCALED, {PAUSED_UNTIL_LABEL: str(UNIX - 1)}, False, None, id="one that is over is taken off"),
        pytest.param(SCALED, {PAUSED_UNTIL_LABEL: "soon"}, True, UNIX + 30, id="nonsense is replaced"),
        pytest.param({}, {}, True, None, id="not autoscaled"),
        pytest.param({"flotilla.autoscale.enabled": "false"}, {}, True, None, id="no longer autoscaled"),
    ],
)
def test_until_when_an_autoscaler_has_to_wait(
    labels: dict[str, str], live: dict[str, str], rolls_out: bool, until: int | None
) -> None:
    """Unix time in whole seconds; nothing else of the spec changes, and what was given stays as it was."""
    spec = {"Name": "x", "Labels": labels}
    wanted = labels if until is None else {**labels, PAUSED_UNTIL_LABEL: str(until)}
    assert with_pause(spec, {"Labels": live}, rolls_out, NOW) == {"Name": "x", "Labels": wanted}
    assert PAUSED_UNTIL_LABEL not in labels
