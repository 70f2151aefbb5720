"""A replica's phases, and what its probes say in each."""

from __future__ import annotations

from app.lifecycle import Lifecycle, Phase


def test_a_start_is_neither_healthy_nor_ready_and_says_why() -> None:
    """Before the schema fits and the pool is open, both probes say no and what is missing."""
    life = Lifecycle()
    life.wait_for("schema 0002, found schema 0001")
    assert (life.healthy, life.ready, life.draining) == (False, False, False)
    assert life.explain() == "starting: waiting for schema 0002, found schema 0001"


def test_warm_is_healthy_and_ready() -> None:
    """From the first success on."""
    life = Lifecycle()
    life.warm()
    assert (life.healthy, life.ready, life.draining) == (True, True, False)


def test_draining_is_healthy_and_not_ready() -> None:
    """The edge lets go of it, and Swarm does not kill it for that."""
    life = Lifecycle()
    life.warm()
    life.drain()
    assert (life.healthy, life.ready, life.draining) == (True, False, True)


def test_what_drains_is_never_ready_again() -> None:
    """A start that succeeds after SIGTERM is too late; warming twice changes nothing."""
    life = Lifecycle()
    life.drain()
    life.warm()
    assert (life.phase, life.healthy, life.ready) == (Phase.DRAINING, False, False)
