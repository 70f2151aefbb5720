"""A small HTTP client for the app's tests: status, headers and JSON of one request."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
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
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Sends a request on a connection that may be kept alive, and reads the whole answer. Bytes go as they are."""
    headers = {"Host": host, **(headers or {})}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if content is not None:
        headers.setdefault("Content-Type", "application/json")
    body = content if content is None or isinstance(content, bytes) else json.dumps(content)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


@dataclass(frozen=True)
class Client:
    """Asks one replica, with a new connection for each request."""

    address: str

    def open(self) -> http.client.HTTPConnection:
        """A connection of one's own, for `exchange`."""
        return http.client.HTTPConnection(self.address, 8000, timeout=15)

    def ask(self, method: str, path: str, content: object = None, **options: Any) -> Answer:
        connection = self.open()
        try:
            return exchange(connection, method, path, content, **options)
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def post(self, path: str, content: object, **options: Any) -> Answer:
        return self.ask("POST", path, content, **options)

    def metric(self, series: str) -> float:
        """The value of one series in /metrics, 0 if it is not there yet."""
        for line in self.get("/metrics").body.decode().splitlines():
            if line.rpartition(" ")[0] == series:
                return float(line.rpartition(" ")[2])
        return 0.0
