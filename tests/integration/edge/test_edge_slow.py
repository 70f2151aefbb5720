"""Clients that take their time, and very many that do nothing: normal clients see nothing of them."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from tests.docker_cli import docker, eventually
from tests.integration.edge.clients import is_open

CONNECTIONS = Path(__file__).parents[3] / "nginx" / "lua" / "connections.lua"
IDLE = 10_000
# Opens so many connections and holds them: nine of ten kept alive after a 404 of the edge's own, the tenth with half a
# header, again and again as the edge ends it.
HOLD = """
import asyncio, sys
async def hold(number):
    while True:
        try:
            reader, writer = await asyncio.open_connection(sys.argv[1], 8080)
            request = b"GET / HTTP/1.1\\r\\nHost: stranger\\r\\n\\r\\n"
            writer.write(request[:20] if number % 10 == 0 else request)
            while await reader.read(4096):
                pass
            writer.close()
        except OSError:
            await asyncio.sleep(1)
async def main():
    tasks = []
    for number in range(int(sys.argv[2])):
        tasks.append(asyncio.create_task(hold(number)))
        if number % 50 == 0:
            await asyncio.sleep(0.02)
    await asyncio.gather(*tasks)
asyncio.run(main())
"""


@pytest.fixture
def impatient(tmp_path):
    """Docker's options for an edge whose patience with slow bodies and readers is two seconds instead of 30."""
    text = CONNECTIONS.read_text()
    assert text.count("PATIENCE_SECONDS = 30") == 1
    file = tmp_path / "connections.lua"
    file.write_text(text.replace("PATIENCE_SECONDS = 30", "PATIENCE_SECONDS = 2"))
    file.chmod(0o644)
    return ("-v", f"{file}:/srv/nginx/lua/connections.lua:ro")


def limited(stand, reason: str) -> float:
    return stand.metrics()[f'limited_total{{reason="{reason}"}}']


def test_a_body_that_trickles_ends_with_its_connection_and_was_no_demand(stand, impatient):
    """A byte now and then keeps nothing open; one that arrives at a fair pace is served."""
    made = stand(1, settings={}, options=impatient)
    with (
        socket.create_connection((made.ip, 8080), timeout=30) as slow,
        socket.create_connection((made.ip, 8080), timeout=30) as fair,
    ):
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
        slow.sendall(head)
        fair.sendall(head)
        sent = 0

        def trickle() -> bool:
            nonlocal sent
            if sent < 200_000:
                fair.sendall(b"x" * 5000)
                sent += 5000
            with contextlib.suppress(OSError):
                slow.sendall(b"x")
            return sent == 200_000 and not is_open(slow)

        eventually(trickle, seconds=60, pause=0.2)
        assert fair.recv(100).startswith(b"HTTP/1.1 200")
    assert limited(made, "slow") == 1
    assert made.metric("requests_total") == 1


def test_a_slow_reader_holds_no_replica_and_is_ended(stand, impatient):
    """What fits into the edge's buffers frees its replica at once, however slow the client; of what does not, the
    client has to take its part or is cut off."""
    made = stand(1, settings={}, options=impatient, max_in_flight=1)
    readers = []
    for length in (200_000, 20_000_000):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((made.ip, 8080))
        client.sendall(f"GET /bytes?length={length} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        readers.append(client)
        if length == 200_000:
            eventually(lambda: made.metric("requests_total") == 1 and made.metric("in_flight") == 0)
    assert made.metric("streams") == 0
    eventually(lambda: made.metric("requests_total") == 2)
    eventually(lambda: limited(made, "slow") >= 1 and made.metric("in_flight") == 0, seconds=60)
    assert made.get("/").status == 200
    for client in readers:
        client.close()


def test_ten_thousand_connections_that_do_nothing_or_send_half_a_header(stand):
    """Within the stack's memory limit nginx' workers live on, and other clients are answered as before."""
    made = stand(1, settings={"FLOTILLA_EDGE_UNLIMITED": "0.0.0.0/0"}, options=("--memory=256m",))
    workers = made.workers()
    made.resources.run(
        made.image, "--entrypoint=python3", "--ulimit=nofile=20000:20000", name="holder", network=made.network,
        command=["-c", HOLD, made.ip, str(IDLE)],
    )  # fmt: skip

    def held() -> int:
        return int(made.edge.exec("sh", "-c", "grep -c ':1F90 [0-9A-F:]* 01 ' /proc/net/tcp || true"))

    eventually(lambda: held() >= IDLE * 0.95, seconds=120, pause=1)
    assert [made.get("/").status for _ in range(100)] == [200] * 100
    assert made.workers() == workers
    assert docker("inspect", "-f", "{{.State.OOMKilled}}", made.edge.name) == "false"
