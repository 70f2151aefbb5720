"""Which replica gets a request, and that lists change without reloads."""

from __future__ import annotations

import collections
import time

from tests.docker_cli import eventually


def test_load_is_spread(stand, load):
    """Equal replicas get equal shares, within a third."""
    made = stand(3)
    running = load(made, 6, "/?seconds=0.01")
    eventually(lambda: len(running.answers) > 600)
    running.stop()
    shares = collections.Counter(answer.replica for answer in running.answers)
    assert len(shares) == 3
    assert min(shares.values()) > 2 / 3 * max(shares.values()), shares


def test_a_busy_replica_gets_less(stand, together):
    """Of two the one with less in flight: with one replica busy, new requests go to the other."""
    made = stand(1)
    held = together(*[lambda: made.get("/?seconds=5")] * 4)
    eventually(lambda: made.metric("in_flight") == 4)
    made.add_replica()
    made.await_replicas(2, 2)
    assert {made.get("/").replica for _ in range(20)} == {"replica2"}
    assert made.metric("in_flight") >= 4, "the held requests ended too early for this test"
    assert {future.result().replica for future in held} == {"replica1"}


def test_a_new_replica_is_used_without_a_reload(stand):
    """The list changes in shared memory; nginx' workers stay the same processes."""
    made = stand(1)
    workers = made.workers()
    made.add_replica()
    made.await_replicas(2, 2)
    eventually(lambda: made.get("/").replica == "replica2")
    assert made.workers() == workers and len(workers) == 2


def test_only_ready_replicas_are_used_but_all_when_none_is(stand):
    """Readiness is honoured while any replica is ready, and ignored when none is."""
    made = stand(2)
    made.replicas[0].control(ready=0)
    made.await_replicas(2, 1)
    assert {made.get("/").replica for _ in range(20)} == {"replica2"}
    made.replicas[1].control(ready=0)
    made.await_replicas(2, 0)
    assert {made.get("/").replica for _ in range(30)} == {"replica1", "replica2"}
    made.replicas[0].control(ready=1)
    made.await_replicas(2, 1)
    assert {made.get("/").replica for _ in range(20)} == {"replica1"}


def test_nginx_goes_on_without_the_agent_and_the_agent_comes_back(stand):
    """The agent dies: the last list stays in use; it is started again and its lists are current."""
    made = stand(2)
    script = "kill -9 $(grep -l [n]ginx.agent /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | grep -vx $$)"
    made.edge.exec("sh", "-c", script + " 2>/dev/null; true")
    assert {made.get("/").status for _ in range(20)} == {200}
    made.add_replica()
    made.await_replicas(3, 3)
    eventually(lambda: made.metrics()["agent_age_seconds"] < 1.5)


def test_a_worker_that_crashes_leaves_no_count_behind(stand, together):
    """kill -9 of the workers with requests in flight: the gauges return to 0, demand goes on."""
    made = stand(1, max_in_flight=2, queue_seconds=30)

    def send() -> int:
        try:
            return made.get("/?seconds=5").status
        except OSError:
            return 0

    sent = together(*[send] * 6)
    eventually(lambda: (made.metric("in_flight"), made.metric("queued")) == (2, 4))
    before = made.workers()
    made.edge.exec("sh", "-c", f"kill -9 {' '.join(before)}")
    eventually(lambda: len(made.workers()) == 2 and not made.workers() & before)
    assert {future.result() for future in sent} <= {0, 200}
    eventually(lambda: (made.metric("in_flight"), made.metric("queued")) == (0, 0))
    demand = made.metric("demand_seconds_total")
    assert made.get("/?seconds=0.5").status == 200
    eventually(lambda: made.metric("demand_seconds_total") > demand + 0.4)


def test_a_stop_finishes_what_is_under_way(stand, together):
    """The container's stop signal is graceful: a request in flight is answered, and the exit code is 0."""
    made = stand(1)
    (waiting,) = together(lambda: made.get("/?seconds=2"))
    eventually(lambda: made.metric("in_flight") == 1)
    assert made.edge.stop(20) == 0
    assert waiting.result().status == 200


def test_a_gone_service_ends_in_the_queue_not_at_dead_addresses(stand):
    """All replicas gone: after a grace the list is empty and a request waits, then gets 503."""
    made = stand(1, queue_seconds=1)
    made.replicas[0].container.kill()
    made.await_replicas(0, 0)
    started = time.monotonic()
    assert made.get("/").status == 503
    assert time.monotonic() - started > 0.9
