"""`python -m swarm.socket_gate`: the gate, until SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from swarm.socket_gate.server import Gate, Socket

PORT = 9104


def main() -> int:
    """The exit code: 0 after a signal."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
    gate = Gate(PORT, Socket(os.environ.get("FLOTILLA_DOCKER_SOCKET", "/var/run/docker.sock")))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=gate.serve_forever, name="gate", daemon=True).start()
    stopping.wait()
    gate.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
