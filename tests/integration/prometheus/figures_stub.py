"""Stands in for everything that Prometheus scrapes: each port shows the file of its number in /figures.

`@now` in a file becomes the Unix time, `@growing` a counter that grows by a hundred a second. A missing file is a
failed scrape.
"""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORTS = (8000, 9101, 9102, 9103, 9127, 9187)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        file = Path("/figures", str(self.server.server_address[1]))
        if not file.exists():
            self.send_error(500)
            return
        now = time.time()
        text = file.read_text().replace("@now", f"{now:.3f}").replace("@growing", f"{now * 100 % 1e9:.0f}")
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    for port in PORTS:
        threading.Thread(target=ThreadingHTTPServer(("", port), Page).serve_forever).start()
