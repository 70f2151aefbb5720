"""What is tried again and what never is; replicas that go away under load."""

from __future__ import annotations

import time

from tests.docker_cli import docker, eventually


def total(stand, key: str) -> int:
    return sum(replica.count(key) for replica in stand.replicas)


def test_a_request_that_was_sent_is_repeated_only_if_idempotent(stand):
    """The replica reads it and breaks off: GET, PUT, DELETE are tried three times, all others once.

    Of those others nobody knows whether they were done: they are told so, and not to come again by themselves.
    """
    made = stand(4)
    for method in ("GET", "PUT", "DELETE", "POST", "PATCH", "REPORT"):
        answer = made.get(f"/cut?key={method}", method, b"x", Accept="application/json")
        idempotent = method in {"GET", "PUT", "DELETE"}
        assert answer.status == 502
        assert answer.json["code"] == ("bad_gateway" if idempotent else "outcome_unknown"), method
        assert ("retry-after" in answer.headers) == idempotent, method
        assert total(made, f"{method} /cut?key={method}") == (3 if idempotent else 1), method
        time.sleep(2.1)  # until none is suspect
    assert made.metric("in_flight") == 0


def test_a_post_that_was_never_sent_goes_to_another_replica(stand):
    """One listed replica refuses connections, one is silent: every POST is served, and once."""
    made = stand(2, readiness=None, max_in_flight=50)
    for option in ((), ("--sysctl=net.ipv4.conf.all.arp_ignore=8",)):
        made.resources.run(
            made.image, "--network-alias=tasks.flotilla_app", "--entrypoint=sleep", *option,
            name="absent", network=made.network, command=["600"],
        )  # fmt: skip
    made.await_replicas(4, 4)
    for number in range(30):
        assert made.get(f"/?key={number}", "POST", b"x").status == 200
        time.sleep(0.15)
    assert total(made, "requests") == 30
    eventually(lambda: made.metric("in_flight") == 0)


def test_a_post_that_no_replica_took_may_be_sent_again(stand):
    """All that is listed refuses connections: 502 with Retry-After, since nothing was sent."""
    made = stand(0, readiness=None)
    made.resources.run(
        made.image, "--network-alias=tasks.flotilla_app", "--entrypoint=sleep",
        name="absent", network=made.network, command=["600"],
    )  # fmt: skip
    made.await_replicas(1, 1)
    answer = made.get("/", "POST", b"x", Accept="application/json")
    assert (answer.status, answer.json["code"]) == (502, "bad_gateway")
    assert int(answer.headers["retry-after"]) > 0


def test_a_replica_killed_under_load_fails_no_get(stand, load, docker):
    """docker kill: whatever it had in hand is repeated elsewhere."""
    made = stand(3)
    running = load(made, 12, "/?seconds=0.05")
    eventually(lambda: len(running.answers) > 200)
    made.replicas[0].container.kill()
    made.await_replicas(2, 2)
    seen = len(running.answers)
    eventually(lambda: len(running.answers) > seen + 200)
    running.stop()
    assert running.failures == []
    eventually(lambda: (made.metric("in_flight"), made.metric("queued")) == (0, 0))


def test_a_replica_whose_network_vanishes_fails_no_get(stand, together):
    """No RST, no FIN: keep-alive probes notice dead connections, and the request is repeated elsewhere."""
    made = stand(2, max_in_flight=50)
    waiting = together(*[lambda: made.get("/?seconds=4")] * 10)
    eventually(lambda: made.replicas[0].control()["in_flight"] > 0)
    docker("network", "disconnect", "-f", made.network, made.replicas[0].container.name)
    assert [future.result().status for future in waiting] == [200] * 10
    assert {future.result().replica for future in waiting} == {"replica2"}


def test_a_get_on_an_idle_connection_to_a_vanished_replica_is_repeated(stand, together):
    """What was sent and never acknowledged has no keep-alive probes: the kernel gives it up, before nginx does."""
    made = stand(2, max_in_flight=50)
    for warm in together(*[lambda: made.get("/?seconds=0.5")] * 20):
        assert warm.result().status == 200
    assert made.replicas[0].count("requests") > 0
    docker("network", "disconnect", "-f", made.network, made.replicas[0].container.name)
    waiting = together(*[lambda: made.get("/")] * 20)
    assert [future.result().status for future in waiting] == [200] * 20


def test_replicas_that_drain_under_load_fail_nothing(stand, load):
    """Scaled out and in under load, POSTs too: no failed request, and every POST arrives once."""
    made = stand(2)
    running = load(made, 12, "/?seconds=0.03", methods=("GET", "POST"))
    eventually(lambda: len(running.answers) > 100)
    made.add_replica()
    made.await_replicas(3, 3)
    eventually(lambda: made.replicas[2].count("requests") > 20)
    for leaving in made.replicas[:2]:
        assert leaving.container.stop(20) == 0
        seen = len(running.answers)
        eventually(lambda seen=seen: len(running.answers) > seen + 50)
    running.stop()
    assert running.failures == []
    assert {answer.replica for answer in running.answers[-20:]} == {"replica3"}
