"""`/metrics`, `/healthz`, `/decisions`, `/policy/<service>`, `/explain/<service>` over HTTP, for Prometheus, Swarm and
whoever asks why."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from autoscaler.explain.sentences import explained
from autoscaler.ledger import Ledger
from autoscaler.standing import Standings, policy_json


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, content type and body."""

    status: int
    content_type: str
    body: bytes


def route(
    target: str,
    ledger: Ledger,
    standings: Standings,
    metrics_text: Callable[[], bytes],
    healthy: Callable[[], bool],
) -> Answer:
    """The answer to a GET of `target` (path and query)."""
    parts = urlsplit(target)
    for prefix in ("/policy/", "/explain/"):
        if parts.path.startswith(prefix):
            return _standing(prefix, unquote(parts.path.removeprefix(prefix)), standings)
    match parts.path:
        case "/healthz":
            return _text(200, "ok\n") if healthy() else _text(503, "no tick has succeeded lately\n")
        case "/metrics":
            return Answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics_text())
        case "/decisions":
            return _decisions(parse_qs(parts.query), ledger)
        case _:
            return _text(
                404, "There are /decisions, /policy/<service>, /explain/<service>, /metrics and /healthz here.\n"
            )


def _decisions(query: dict[str, list[str]], ledger: Ledger) -> Answer:
    """`service`: one; `since`: from a Unix time on; `last=1`: the last tick's instead of the changes."""
    service = query.get("service", [None])[-1]
    if query.get("last", ["0"])[-1] not in ("0", ""):
        found = ledger.latest(service)
    else:
        try:
            since = float(query.get("since", ["0"])[-1])
        except ValueError:
            since = math.nan
        if math.isnan(since):
            return _text(400, "since is a Unix time in seconds, such as 1700000000.\n")
        found = ledger.entries(service, since)
    body = json.dumps({"decisions": [entry.as_json() for entry in found]}, ensure_ascii=False)
    return Answer(200, "application/json", body.encode())


def _standing(prefix: str, service: str, standings: Standings) -> Answer:
    found = standings.get(service)
    if found is None:
        known = ", ".join(standings.names()) or "none"
        return _text(404, f"The autoscaler follows no service {service}; it follows: {known}.\n")
    if prefix == "/explain/":
        return _text(200, "\n".join(explained(found)) + "\n")
    return Answer(200, "application/json", json.dumps(policy_json(found), ensure_ascii=False).encode())


def _text(status: int, text: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", text.encode())


def make_server(port: int, answer: Callable[[str], Answer]) -> ThreadingHTTPServer:
    """A server on every interface that answers GET with `answer(target)`; `serve_forever` runs it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30  # an idle connection does not hold its thread for ever

        def do_GET(self) -> None:
            found = answer(self.path)
            self.send_response(found.status)
            self.send_header("Content-Type", found.content_type)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # who asked has gone away
                self.wfile.write(found.body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are not logged: Prometheus sends one a second."""

    server = ThreadingHTTPServer(("", port), Handler)
    server.daemon_threads = True
    return server
