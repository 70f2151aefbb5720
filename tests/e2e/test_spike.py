"""A step of real requests: the stack follows it out and back, and nothing is lost on the way."""

from __future__ import annotations

import json

from tests.e2e.stack import APP, Stack

# The rate is sized by the script itself: what is a step on one machine is nothing on another.
OPTIONS = "--seconds 30 --before 5 --after 150 --settle 60 --no-floor"


def test_a_step_is_followed_out_and_back(stack: Stack) -> None:
    """Several times one replica's capacity: out, no request failed, no POST lost or doubled, and back."""
    # From one replica on: several times what it can do is little enough for a machine that does everything else too.
    with stack.autoscaled(min=1, initial=1, hold_seconds=0, stabilization_seconds=20, stable_seconds=20):
        stack.node.repository(
            f"./swarm/spike.sh {OPTIONS} --json /tmp/spike.json --raw /tmp/spike.raw --plot /tmp/spike.svg",
            timeout=600,
        )
    stack.wait_ready(APP, 2)  # one is too few again
    figures = json.loads(stack.node.exec("cat", "/tmp/spike.json"))
    wanted = [most for _, _, most in figures["replicas"] if most is not None]
    ready = [count for _, count, _ in figures["replicas"] if count is not None]
    assert figures["samples"]["acknowledged_posts"] > 0, figures
    assert figures["failed"] == 0, figures
    assert (figures["lost_posts"], figures["duplicated_posts"]) == (0, 0), figures
    assert max(wanted) > wanted[0] and max(ready) > ready[0], figures["replicas"]
    assert figures["scaled_back_after_seconds"] is not None, figures
    assert 0 < figures["db_connections_max"] <= figures["db_connections_cap"], figures
