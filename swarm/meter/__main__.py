"""Serves the meter: `/metrics` and `/healthz` on port 9102.

FLOTILLA_NODE: name of this node for the `node` label (default: the node's id).
FLOTILLA_CGROUP_ROOT: where the node's /sys/fs/cgroup is mounted (default /var/host/cgroup).
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

from swarm.engine import Engine, EngineError
from swarm.meter.exposition import CONTENT_TYPE
from swarm.meter.jsonlines import JsonLines
from swarm.meter.node import Node

PORT = 9102


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, node: Node) -> None:
        super().__init__(("", PORT), _Requests)
        self.node = node


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # of an idle connection
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, CONTENT_TYPE, self.server.node.scrape())
        elif self.path == "/healthz":
            self._answer(200, "text/plain", "ok\n")
        else:
            self._answer(404, "text/plain", "Only /metrics and /healthz are here.\n")

    def _answer(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a line per scrape helps nobody."""


def main() -> None:
    """Serve until SIGTERM."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[output])
    logging.captureWarnings(True)
    root = Path(os.environ.get("FLOTILLA_CGROUP_ROOT", "/var/host/cgroup"))
    if not root.is_dir():
        sys.exit(f"meter: {root} does not exist; mount the node's /sys/fs/cgroup there, read-only.")
    try:
        engine = Engine.from_socket(timeout_seconds=5)
    except EngineError as error:
        sys.exit(f"meter: {error}")
    node = Node(engine, root, os.environ.get("FLOTILLA_NODE") or None, time.monotonic)

    def stop(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    _Server(node).serve_forever()


if __name__ == "__main__":
    main()
