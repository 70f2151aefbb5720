"""Prometheus ends at the peak of the demand, the load drops, and Prometheus comes back."""

from __future__ import annotations

from tests.docker_cli import eventually
from tests.e2e.stack import APP, Stack

PROMETHEUS = "flotilla_prometheus"
WINDOW_SECONDS = 5


def test_nothing_is_released_while_prometheus_is_away(stack: Stack) -> None:
    """What nobody measures is not zero: for several windows the count of the peak stands; then it goes."""
    site = stack.new_site()
    with stack.autoscaled(
        concurrency=0.1, max=4, hold_seconds=0, stable_seconds=WINDOW_SECONDS, stabilization_seconds=WINDOW_SECONDS
    ):
        # Many times what four replicas are meant to take: they are wanted for as long as the load lasts.
        with stack.load(site, clients=24) as load:
            eventually(lambda: stack.replicas() == 4, seconds=60, pause=0.5)
            stack.wait_ready(APP, 4)
            stack.update(PROMETHEUS, "--replicas", "0")
            eventually(lambda: not stack.container_ids(PROMETHEUS), seconds=60)
            away = stack.now()
            outcome = load.stop()
        try:

            def seen_for_windows() -> bool:
                assert stack.replicas() == 4
                last = stack.decisions(APP, last=True)[-1]
                return bool(last["at"] > away + 4 * WINDOW_SECONDS and last["reason"] == "missing_data")

            eventually(seen_for_windows, seconds=60, pause=0.5)
        finally:
            back = stack.now()
            stack.update(PROMETHEUS, "--replicas", "1")
        stack.wait_ready(PROMETHEUS, 1)

        def released() -> bool:
            assert stack.replicas() == 2, stack.decisions(APP, last=True)[-1]
            return True

        eventually(released, seconds=90, pause=0.5)
        written = [decision for decision in stack.decisions(APP, away) if decision["written"]]
    assert written and written[0]["at"] > back, written
    assert outcome.failed == []
    stack.wait_ready(APP, 2)
