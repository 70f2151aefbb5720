"""The queue at the edge: bounded, first come first served, woken at once, counted as demand."""

from __future__ import annotations

import socket
import time

from tests.docker_cli import eventually


def test_a_replica_never_has_more_than_its_limit_and_the_excess_waits_or_is_refused(stand, together):
    """max_in_flight 2, queue 3: of ten at once two are served, three wait for it, five get 503 at once."""
    made = stand(1, max_in_flight=2, queue_length=3, queue_seconds=30)
    sent = together(*[lambda: made.get("/?seconds=1.5", Accept="application/json")] * 10)
    eventually(lambda: (made.metric("in_flight"), made.metric("queued")) == (2, 3))
    answers = [future.result() for future in sent]
    refused = [answer for answer in answers if answer.status == 503]
    assert sorted(answer.status for answer in answers) == [200] * 5 + [503] * 5
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert {answer.json["code"] for answer in refused} == {"queue_full"}
    assert max(answer.seconds for answer in refused) < min(answer.seconds for answer in answers if answer.status == 200)
    assert made.metric("rejected_total", reason="queue_full") == 5
    assert made.replicas[0].control()["peak"] == 2
    eventually(lambda: (made.metric("in_flight"), made.metric("queued")) == (0, 0))


def test_who_has_waited_too_long_gets_503(stand, together):
    """queue_seconds bounds the wait; the answer is a page for people and JSON below /api."""
    made = stand(1, max_in_flight=1, queue_seconds=0.5)
    holder, *waiting = together(
        lambda: made.get("/?seconds=3"),
        lambda: time.sleep(0.3) or made.get("/", Accept="text/html,application/json"),
        lambda: time.sleep(0.3) or made.get("/api/v1/sites"),
    )
    page, data = (future.result() for future in waiting)
    assert (page.status, data.status) == (503, 503)
    assert b"<h1>" in page.body and "retry-after" in page.headers
    assert data.json["code"] == "queue_timeout" and data.json["detail"]
    assert made.metric("rejected_total", reason="queue_timeout") == 2
    assert holder.result().status == 200


def test_first_come_first_served_across_workers(stand, together):
    """Thirty requests, one slot: served in the order in which they came, whichever worker they wait in."""
    made = stand(0, max_in_flight=1, queue_seconds=60)
    sent = []
    for number in range(30):
        sent += together(lambda number=number: made.get(f"/{number}").status)
        eventually(lambda number=number: made.metric("queued") == number + 1)
    made.add_replica()
    assert {future.result() for future in sent} == {200}
    served = [int(str(request["line"]).rpartition("/")[2]) for request in made.replicas[0].control()["seen"]]
    assert sorted(served) == list(range(30))
    moved = max(abs(position - number) for position, number in enumerate(served))
    assert moved <= 2, served


def test_requests_wait_for_the_first_replica(stand, together):
    """No replica is known: the request waits in the queue and is served as soon as one is there."""
    made = stand(0, queue_seconds=30)
    (waiting,) = together(lambda: made.get("/"))
    eventually(lambda: made.metric("queued") == 1)
    made.add_replica()
    assert waiting.result().status == 200


def test_a_new_replica_wakes_those_who_wait(stand, together):
    """All slots are taken: what waits goes to a replica that appears, before any slot is freed."""
    made = stand(1, max_in_flight=1, queue_seconds=30)
    first, second = together(
        lambda: made.get("/?seconds=6"),
        lambda: eventually(lambda: made.metric("in_flight") == 1) and made.get("/"),
    )
    eventually(lambda: made.metric("queued") == 1)
    made.add_replica()
    answer = second.result()
    assert (answer.status, answer.replica) == (200, "replica2")
    assert not first.done()


def test_clients_that_go_away_leave_nothing_behind(stand):
    """Aborted in a replica or in the queue: in flight and queued return to 0, the slots are free."""
    made = stand(1, max_in_flight=2, queue_seconds=60)
    clients = []
    for _ in range(6):
        client = socket.create_connection((made.ip, 8080))
        client.sendall(b"GET /?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        clients.append(client)
    eventually(lambda: (made.metric("in_flight"), made.metric("queued")) == (2, 4))
    for client in reversed(clients):
        client.close()
    eventually(lambda: (made.metric("in_flight"), made.metric("queued")) == (0, 0))
    assert made.get("/").status == 200


def test_demand_is_the_exact_integral(stand, together):
    """The growth of demand_seconds equals the seconds that requests spent waiting and in flight."""
    made = stand(1, max_in_flight=2, queue_seconds=30)
    spent = sum(future.result().seconds for future in together(*[lambda: made.get("/?seconds=0.7")] * 6))
    demand = eventually(lambda: made.metric("in_flight") == 0 and made.metric("demand_seconds_total"))
    time.sleep(0.3)  # the last 100 ms are published
    demand = made.metric("demand_seconds_total")
    measured = made.metric("request_duration_seconds_sum")
    assert abs(demand - measured) < 0.05 * measured
    assert demand <= spent


def test_a_slow_upload_occupies_no_replica(stand):
    """A slot is taken, and the request is demand, when the body is complete."""
    made = stand(1, max_in_flight=1)
    with socket.create_connection((made.ip, 8080), timeout=30) as client:
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"
        client.sendall(head)
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        client.sendall(b"12345")
        assert (made.metric("requests_total"), made.metric("in_flight")) == (0, 0)
        assert made.get("/").status == 200
        client.sendall(b"67890")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
