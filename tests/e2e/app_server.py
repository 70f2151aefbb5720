"""An operator's app for one test: it says its release, and fails in the ways that apps do. Standard library only."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DRAIN_SECONDS = 1.5


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(float(os.environ.get("TAKES_SECONDS", "0")))
        body = os.environ["RELEASE"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    mode = os.environ.get("MODE", "")
    if mode == "crash":
        print("cannot start: the shelf is empty", flush=True)
        sys.exit(3)
    if mode == "silent":
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        time.sleep(600)
    server = Server(("0.0.0.0", 8000), App)
    print(f"serves release {os.environ['RELEASE']}", flush=True)

    def drain() -> None:
        time.sleep(DRAIN_SECONDS)
        server.shutdown()

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=drain).start())
    server.serve_forever()


if __name__ == "__main__":
    main()
