"""The shell around `gate`: HTTP from the gate's network to the engine's socket. Standard library only."""

from __future__ import annotations

import http.client
import json
import logging
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from swarm.socket_gate.gate import JSON, Asked, Reads, Refused, decide, decide_update

MOST_BODY_BYTES = 1_000_000
"""A spec is a few kB; Swarm's own limit for one is 1.5 MB."""
TIMEOUT_SECONDS = 10.0

log = logging.getLogger("socket_gate")

Answer = tuple[int, bytes]


class EngineAway(Exception):
    """The socket does not answer, or not in HTTP."""


class Socket:
    """The engine's socket: one request, one answer, one connection."""

    def __init__(self, path: str) -> None:
        self._path = path

    def ask(self, method: str, target: str, body: bytes | None = None) -> Answer:
        """Status and body. Raises `EngineAway`."""
        connection = http.client.HTTPConnection("engine", timeout=TIMEOUT_SECONDS)
        try:
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(TIMEOUT_SECONDS)
            connection.sock.connect(self._path)
            connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise EngineAway(f"The Docker Engine at {self._path} does not answer: {error}") from error
        finally:
            connection.close()


def answer(ask: Callable[[str, str, bytes | None], Answer], asked: Asked, target: str) -> Answer:
    """What the one who asked gets; `target` is path and query as they came. Raises `EngineAway`."""
    decided = decide(asked)
    if isinstance(decided, Reads):
        return ask("GET", target, None)
    if isinstance(decided, Refused):
        return refusal(asked, decided)
    # In the newest version: it tells everything, and writes everything back.
    status, body = ask("GET", "/version", None)
    if status != 200:
        return status, body
    version = f"/v{json.loads(body)['ApiVersion']}"
    status, body = ask("GET", f"{version}/services/{decided.service}", None)
    if status != 200:
        return status, body
    live: JSON = json.loads(body)
    write = decide_update(decided, live)
    if isinstance(write, Refused):
        return refusal(asked, write)
    log.info("%s: %d replicas", write.spec["Name"], write.spec["Mode"]["Replicated"]["Replicas"])
    path = f"{version}/services/{write.service_id}/update?version={write.version_index}"
    return ask("POST", path, json.dumps(write.spec).encode())


def refusal(asked: Asked, refused: Refused) -> Answer:
    """In the engine's own form, and in the log."""
    log.warning("refused %s %s: %s", asked.method, asked.path[:200], refused.sentence)
    return refused.status, json.dumps({"message": refused.sentence}).encode()


class Gate(ThreadingHTTPServer):
    """Serves until `shutdown`."""

    daemon_threads = True

    def __init__(self, port: int, engine: Socket) -> None:
        super().__init__(("0.0.0.0", port), _Connection)
        self.engine = engine


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120  # an idle connection of a client that has gone
    # Head and body in one piece: in two, the client's delayed acknowledgement would cost 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Gate

    def _pass(self) -> None:
        parts = urlsplit(self.path)
        if self.command == "GET" and parts.path == "/healthz":
            return self._send(200, b"{}")
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > MOST_BODY_BYTES:
            self.close_connection = True
            return self._send(
                413, json.dumps({"message": f"A body has a length of at most {MOST_BODY_BYTES}."}).encode()
            )
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        asked = Asked(self.command, parts.path, query, self.rfile.read(int(length)))
        # Put together again, so that what passes is what was looked at.
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            status, body = answer(self.server.engine.ask, asked, target)
        except EngineAway as error:
            log.error("%s", error)
            status, body = 502, json.dumps({"message": str(error)}).encode()
        return self._send(status, body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_CONNECT = do_TRACE = _pass

    def _send(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: refusals and writes are logged, reads are not."""
