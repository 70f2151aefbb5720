"""A small HTTP client for the app's tests: status, headers and JSON of one request."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

TOKEN = "token-of-the-tests"


@dataclass(frozen=True)
class Answer:
    """`headers` with names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    content: object = None,
    *,
    host: str = "app.localhost",
    token: str | None = TOKEN,
) -> Answer:
    """Sends a request on a connection that may be kept alive, and reads the whole answer."""
    headers = {"Host": host}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if content is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, None if content is None else json.dumps(content), headers)
    response = connection.getresponse()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


@dataclass(frozen=True)
class Client:
    """Asks one replica, with a new connection for each request."""

    address: str

    def open(self) -> http.client.HTTPConnection:
        """A connection of one's own, for `exchange`."""
        return http.client.HTTPConnection(self.address, 8000, timeout=15)

    def get(self, path: str, **options: Any) -> Answer:
        connection = self.open()
        try:
            return exchange(connection, "GET", path, **options)
        finally:
            connection.close()

    def post(self, path: str, content: object, **options: Any) -> Answer:
        connection = self.open()
        try:
            return exchange(connection, "POST", path, content, **options)
        finally:
            connection.close()

    def metric(self, series: str) -> float:
        """The value of one series in /metrics, 0 if it is not there yet."""
        for line in self.get("/metrics").body.decode().splitlines():
            if line.rpartition(" ")[0] == series:
                return float(line.rpartition(" ")[2])
        return 0.0
