"""A service for one test: every request takes 8 MB and gives it back 6 s after its answer. Standard library only."""

from __future__ import annotations

import mmap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIZE_BYTES = 8 * 1024 * 1024
KEPT_SECONDS = 6.0


class Gatherer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        taken = mmap.mmap(-1, SIZE_BYTES)
        taken.write(bytes(SIZE_BYTES))  # touched, or the kernel would not count it
        # Closing a mapping gives the memory back to the system at once, whatever the allocator would do.
        threading.Timer(KEPT_SECONDS, taken.close).start()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Gatherer).serve_forever()
