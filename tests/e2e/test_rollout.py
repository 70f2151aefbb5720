"""Rollouts of the app under load: a good image, two broken ones, a scale decision in the middle of one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docker_cli import eventually
from tests.e2e.stack import APP, Stack
from tests.e2e.traffic import Outcome

PREFIX = "127.0.0.1:5000/flotilla/test"  # as in swarm/images.sh: no resolver is asked for it
GOOD, BETTER = f"{PREFIX}:good", f"{PREFIX}:better"
CRASHING, SILENT = f"{PREFIX}:crashing", f"{PREFIX}:silent"
VARIANTS = {
    GOOD: "LABEL flotilla.test=good",
    BETTER: "LABEL flotilla.test=better",
    CRASHING: 'CMD ["sh", "-c", "echo broken >&2; exit 1"]',
    SILENT: 'CMD ["sh", "-c", "trap \'exit 0\' TERM; while :; do sleep 1; done"]',
}


@pytest.fixture(scope="module", autouse=True)
def _images(the_stack: Stack) -> Iterator[None]:
    """Images made from the app's, inside the node; afterwards the app is back on its own, and up.sh agrees."""
    base = the_stack.image()
    for tag, line in VARIANTS.items():
        the_stack.node.docker("build", "-q", "-t", tag, "-", stdin=f"FROM {base}\n{line}\n")
    with the_stack.quick_rollouts(APP):
        yield
        the_stack.update(APP, "--image", base, "--replicas", "2")
        eventually(lambda: the_stack.update_state() == "completed", seconds=180, pause=0.5)
    run = the_stack.node.up(log="up-after-rollouts.log")
    assert run.exit_code == 0, run.output
    assert the_stack.image() == base


def assert_nothing_failed(stack: Stack, site: str, outcome: Outcome) -> None:
    """No request failed, and the rows are exactly the acknowledged POSTs."""
    assert outcome.failed == []
    assert sorted(stack.titles(site)) == sorted(outcome.acknowledged)


def test_a_new_image_is_rolled_out_without_a_failed_request(stack: Stack) -> None:
    """Every replica is replaced under load; nothing fails, nothing is lost or doubled."""
    site = stack.new_site()
    before = {task["ID"] for task in stack.ready()}
    with stack.autoscaled(enabled="false"), stack.load(site, clients=4) as load:
        eventually(lambda: load.good > 50, seconds=60)
        stack.update(APP, "--image", GOOD)
        eventually(lambda: stack.update_state() == "completed", seconds=180, pause=0.5)
        good = load.good
        eventually(lambda: load.good > good + 50, seconds=60)
        outcome = load.stop()
    assert stack.image() == GOOD
    assert not before & {task["ID"] for task in stack.ready()}
    assert_nothing_failed(stack, site, outcome)


@pytest.mark.parametrize(
    ("image", "options"),
    [
        pytest.param(CRASHING, (), id="crashes"),
        # The check's own times would take minutes to give a silent image up.
        pytest.param(
            SILENT,
            ("--health-start-period", "2s", "--health-interval", "1s", "--health-retries", "3"),
            id="never-healthy",
        ),
    ],
)
def test_a_broken_image_is_rolled_back(stack: Stack, image: str, options: tuple[str, ...]) -> None:
    """The old image serves throughout, and is what the service is back on; no old task was touched."""
    site = stack.new_site()
    with stack.autoscaled(enabled="false"), stack.load(site, clients=4) as load:
        # Only now does nobody else write the count.
        stack.wait_ready()
        before = {task["ID"] for task in stack.ready()}
        image_before, replicas = stack.image(), stack.replicas()
        eventually(lambda: load.good > 50, seconds=60)
        stack.update(APP, "--image", image, *options)
        eventually(lambda: stack.update_state() == "rollback_completed", seconds=240, pause=0.5)
        good = load.good
        eventually(lambda: load.good > good + 50, seconds=60)
        outcome = load.stop()
        # Still in here: outside, the autoscaler answers the load that has just ended, within a tick.
        assert (stack.image(), stack.replicas()) == (image_before, replicas)
        assert {task["ID"] for task in stack.ready()} == before
    assert_nothing_failed(stack, site, outcome)


def test_nothing_is_scaled_while_a_rollout_runs(stack: Stack) -> None:
    """Load that asks for more replicas during a rollout changes nothing before its end, and then does."""
    site = stack.new_site()
    # Not at the minimum, so that the count the rollout ends with is the live one, not the file's.
    stack.update(APP, "--replicas", "3")
    stack.wait_ready()
    began = stack.now()
    target = BETTER if stack.image() == GOOD else GOOD
    with stack.autoscaled(concurrency=1, max=8, hold_seconds=0), stack.load(site, clients=2) as trickle:
        eventually(lambda: trickle.good > 20, seconds=60)
        stack.update(APP, "--image", target)
        with stack.load(site, clients=12, run="heavy") as heavy:
            frozen: list[int] = []

            def ended() -> bool:
                raw = stack.inspect(APP)[0]
                # Just after the write the engine says nothing yet about the update.
                updating = (raw.get("UpdateStatus") or {}).get("State") == "updating"
                if updating:
                    frozen.append(raw["Spec"]["Mode"]["Replicated"]["Replicas"])
                return bool(frozen) and not updating

            eventually(ended, seconds=240, pause=0.2)
            live = frozen[0]
            eventually(lambda: stack.replicas() > live, seconds=60)
            outcomes = [heavy.stop(), trickle.stop()]
    assert frozen and set(frozen) == {live}, frozen
    decisions = stack.decisions(APP, began)
    held = [decision for decision in decisions if decision["reason"] == "rollout"]
    assert held and not [decision for decision in held if decision["written"]], decisions
    assert stack.image() == target
    assert [outcome.failed for outcome in outcomes] == [[], []]
