"""What one client address may ask for; that others notice nothing of it, and that it buys no replicas."""

from __future__ import annotations

import socket
import time

import pytest

from tests.docker_cli import DockerError, docker, eventually
from tests.integration.edge.clients import Client, is_open

DEMAND = ("requests_total", "rejected_total", "demand_seconds_total", "in_flight", "queued")
"""All that the autoscaler reads of the edge (autoscaler/observe.py)."""


def demand(stand) -> dict[str, float]:
    metrics = stand.metrics()
    return {name: value for name, value in metrics.items() if name.split("{")[0] in DEMAND}


def limited(stand, reason: str) -> float:
    return stand.metrics()[f'limited_total{{reason="{reason}"}}']


def test_beyond_its_rate_an_address_gets_429_and_others_notice_nothing(stand, together):
    """A burst passes, the rest is refused with Retry-After and counted, and none of it is demand; who goes on at ten
    times the rate gets nothing more; who waits as told is served again."""
    made = stand(1, settings={"FLOTILLA_EDGE_RATE": "1", "FLOTILLA_EDGE_BURST": "20"})
    other = Client(made)
    first = [made.get("/").status]
    while first[-1] == 200 and len(first) < 300:
        first.append(made.get("/").status)
    assert first[-1] == 429 and len(first) > 20
    eventually(lambda: made.metric("in_flight") == 0)
    before, served = demand(made), made.metric("requests_total")
    assert served == first.count(200)

    def flood() -> list[int]:
        until, statuses = time.monotonic() + 5, []
        while time.monotonic() < until:
            statuses.append(made.get("/").status)
        return statuses

    flooding = together(*[flood] * 4)
    assert other.ask(15) == [200] * 15
    flooded = [status for future in flooding for status in future.result()]
    assert set(flooded) <= {200, 429} and flooded.count(200) <= 2, "a flood is served"
    after = demand(made)
    arrivals = 'requests_total{service="flotilla_app"}'
    assert after[arrivals] == before[arrivals] + 15 + flooded.count(200)
    assert limited(made, "rate") == first.count(429) + flooded.count(429)

    page = made.get("/", Accept="text/html")
    data = made.get("/api/v1/sites")
    assert (page.status, data.status) == (429, 429)
    assert b"<footer>429" in page.body and data.json["code"] == "rate" and data.json["detail"]
    wait = int(data.headers["retry-after"])
    assert 1 <= wait <= 10
    eventually(lambda: made.get("/").status == 200, seconds=wait + 30, pause=1)


def test_an_address_has_a_share_of_a_service_and_the_rest_of_its_requests_waits_uncounted(stand, together):
    """Of 14 at once four are in flight, six wait without being demand and are served, four are refused."""
    made = stand(
        1,
        settings={"FLOTILLA_EDGE_REQUESTS": "10", "FLOTILLA_EDGE_WORKERS": "1"},
        max_in_flight=8,
        queue_seconds=30,
    )
    other = Client(made)
    sent = together(*[lambda: made.get("/?seconds=2", Accept="application/json")] * 14)
    eventually(lambda: made.metric("in_flight") == 4 and limited(made, "requests") == 4)
    assert (made.metric("requests_total"), made.metric("queued")) == (4, 0)
    assert other.ask(3) == [200] * 3
    answers = [future.result() for future in sent]
    refused = [answer for answer in answers if answer.status == 429]
    assert sorted(answer.status for answer in answers) == [200] * 10 + [429] * 4
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert {answer.json["code"] for answer in refused} == {"requests"}
    assert made.replicas[0].control()["peak"] <= 5, "more than a share and the other client's one"
    assert made.metric("requests_total") == 13
    eventually(lambda: made.metric("in_flight") == 0)
    eventually(lambda: 19 < made.metric("demand_seconds_total") < 24)


def test_who_waits_for_a_share_and_goes_away_leaves_nothing_behind(stand):
    """Aborted while it waits or in flight, a crash of the workers: the share is free again."""
    made = stand(1, settings={"FLOTILLA_EDGE_WORKERS": "1"}, max_in_flight=8, queue_seconds=60)
    for how in ("abort", "crash"):
        clients = []
        for _ in range(8):
            client = socket.create_connection((made.ip, 8080))
            client.sendall(b"GET /?seconds=30 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            clients.append(client)
        eventually(lambda: made.metric("in_flight") == 4)
        if how == "crash":
            before = made.workers()
            made.edge.exec("sh", "-c", f"kill -9 {' '.join(before)}")
            eventually(lambda before=before: made.workers() and not made.workers() & before)
        for client in clients:
            client.close()
        eventually(lambda: made.metric("in_flight") == 0)
        assert made.get("/").status == 200


def test_bodies_being_received_are_bounded_and_no_demand(stand, together):
    """One address sends two of the largest bodies slowly: its third is not even read until one has ended, others'
    are; beyond the size it is 413 with the size that was set."""
    made = stand(1, settings={"FLOTILLA_EDGE_BODY_MB": "1"})
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n"
    slow = []
    for _ in range(2):
        client = socket.create_connection((made.ip, 8080), timeout=30)
        client.sendall(head.format(2**20).encode())
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        client.sendall(b"x" * 100)
        slow.append(client)
    third = socket.create_connection((made.ip, 8080), timeout=30)
    third.sendall(head.format(2**20).encode())
    script = (
        "import sys, urllib.request as r; "
        "print(r.urlopen(r.Request(sys.argv[1], headers={'Host': 'localhost'}, data=b'x' * 900000)).status)"
    )
    other = Client(made).container.exec("python3", "-c", script, f"http://{made.ip}:8080/")
    assert other == "200"
    assert made.get("/", "POST", b"x" * 1000).status == 200, "small bodies need no room"
    assert is_open(third), "the third was refused instead of waiting"
    assert demand(made)['requests_total{service="flotilla_app"}'] == 2
    slow[0].close()
    third.setblocking(True)
    third.settimeout(30)
    assert third.recv(100).startswith(b"HTTP/1.1 100")
    large = made.get("/api/", "POST", b"", Content_Length=str(2**20 + 1), Connection="close")
    assert large.status == 413 and "1 MB" in large.json["detail"]
    for client in (slow[1], third):
        client.close()
    eventually(lambda: limited(made, "body_size") == 1)


def test_connections_of_one_address_are_bounded_and_busy_ones_spared(stand, together):
    """Idle ones and those with half a header alike, at the registry's port too; a request under way on one of them is
    answered."""
    made = stand(1, settings={"FLOTILLA_EDGE_CONNECTIONS": "20"})
    (busy,) = together(lambda: made.get("/?seconds=6"))
    eventually(lambda: made.metric("in_flight") == 1)
    held = [socket.create_connection((made.ip, 8080 if number % 4 < 2 else 5000)) for number in range(200)]
    for client in held[::2]:
        client.sendall(b"GET / HTTP/1.1\r\nHost: local")
    eventually(lambda: limited(made, "connections") >= 180)
    eventually(lambda: sum(map(is_open, held)) <= 20)
    assert sum(map(is_open, held)) >= 5, "more were closed than were too many"
    assert busy.result().status == 200
    assert made.get("/").status == 200
    for client in held:
        client.close()


def test_an_ipv6_household_is_one_client(stand):
    """Addresses of one /64 share their limits, those of another have their own."""
    made = stand(
        1,
        settings={"FLOTILLA_EDGE_RATE": "1", "FLOTILLA_EDGE_BURST": "10"},
        network_options=("--ipv6", "--subnet", "fd5a:f107:111a::/64"),
    )
    elsewhere = made.resources.network("--ipv6", "--subnet", "fd5a:f107:111b::/64")
    docker("network", "connect", elsewhere, made.edge.name)
    one, same = Client(made, "--ip6=fd5a:f107:111a::11"), Client(made, "--ip6=fd5a:f107:111a::12")
    another = Client(made, "--ip6=fd5a:f107:111b::13", network=elsewhere)
    here, there = (
        docker("inspect", "-f", f'{{{{(index .NetworkSettings.Networks "{name}").GlobalIPv6Address}}}}', made.edge.name)
        for name in (made.network, elsewhere)
    )
    assert one.ask(200, edge=here)[-1] == 429
    assert 429 in same.ask(3, edge=here)
    assert another.ask(3, edge=there) == [200] * 3


def test_addresses_without_limits(stand):
    """The subnets that are named, to the bit, and no other; the stack's own among them."""
    network = "10.201.0.0/16", "10.201.80.0/20", "10.201.96.0/20"
    made = stand(
        1,
        settings={"FLOTILLA_EDGE_RATE": "1", "FLOTILLA_EDGE_BURST": "2",
                  "FLOTILLA_FRONT_SUBNET": network[1], "FLOTILLA_EDGE_UNLIMITED": "192.0.2.7, 2001:db8::/32"},
        network_options=("--subnet", network[0]),
    )  # fmt: skip
    inside, outside = Client(made, "--ip=10.201.95.9"), Client(made, "--ip=10.201.96.9")
    assert inside.ask(10) == [200] * 10
    assert 429 in outside.ask(10)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("FLOTILLA_EDGE_RATE", "0", r"give requests per second and address, a whole number from 1"),
        ("FLOTILLA_EDGE_SHARE", "25%", r"give the part of a service"),
        ("FLOTILLA_EDGE_UNLIMITED", "10.0.0.1/8", r"has host bits set; give FLOTILLA_EDGE_UNLIMITED as subnets"),
    ],
)
def test_a_wrong_limit_ends_the_start_with_a_sentence(image, name, value, told):
    """Not a default instead, and not a riddle."""
    with pytest.raises(DockerError, match=told):
        run = ("run", "--rm", "--tmpfs", "/run/flotilla", "-e", f"{name}={value}")
        docker(*run, image("edge"), "/srv/nginx/entrypoint.sh", "test")
