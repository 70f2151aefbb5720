"""Runs in a container on the stack's networks and fetches from them for the tests: ``GET /?url=http://…``.

What is internal stays unpublished (Prometheus, the autoscaler), and a test still reads it without starting a
container for every look. Standard library only.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Probe(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = parse_qs(urlsplit(self.path).query).get("url", [""])[0]
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                self._answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read())
        except (OSError, ValueError) as error:
            self._answer(502, f"{url}: {error}".encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the tests say what they asked."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Probe).serve_forever()
