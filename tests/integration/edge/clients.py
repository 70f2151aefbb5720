"""Clients with an address of their own: containers beside the edge, in which scripts run; and bare sockets."""

from __future__ import annotations

import json
import re
import socket

from tests.docker_cli import Container

# Sends so many requests over one connection where it can; prints their statuses.
ASK = """
import http.client, json, sys
address, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
connection, statuses = http.client.HTTPConnection(address, 8080, timeout=60), []
for number in range(count):
    connection.request("GET", path, headers={"Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    statuses.append(answer.status)
print(json.dumps(statuses))
"""


class Client:
    """A container on the edge's network."""

    def __init__(self, stand, *options: str, network: str = "") -> None:  # type: ignore[no-untyped-def]
        self.container: Container = stand.resources.run(
            stand.image,
            "--entrypoint=sleep",
            *options,
            name="client",
            network=network or stand.network,
            command=["900"],
        )
        self._edge = stand.ip

    def ask(self, count: int = 1, path: str = "/", edge: str = "") -> list[int]:
        """The statuses of so many requests, one after the other."""
        out = self.container.exec("python3", "-c", ASK, edge or self._edge, str(count), path)
        statuses: list[int] = json.loads(out)
        return statuses


def raw(ip: str, message: str, *, seconds: float = 10) -> tuple[list[int], bytes]:
    """Sends bytes (Latin-1) as they are and reads until the edge closes, which the last request has to ask for; the
    statuses of all answers, and all that came."""
    received = b""
    with socket.create_connection((ip, 8080), timeout=seconds) as connection:
        connection.sendall(message.encode("latin-1"))
        while data := connection.recv(65536):
            received += data
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", received)], received


def is_open(connection: socket.socket) -> bool:
    """Whether the other side has left it open; what it sent is thrown away."""
    connection.setblocking(False)
    try:
        while data := connection.recv(65536):
            pass
        return data != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
