"""A service for one test: every request costs 50 ms of CPU. Standard library only."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Burner(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Burner).serve_forever()
