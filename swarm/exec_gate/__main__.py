"""`python -m swarm.exec_gate CONTAINER`: one command in that container, for whoever has the key, and then the end."""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from pathlib import Path

from swarm.engine_errors import SOCKET
from swarm.engine_wire import PORT
from swarm.exec_gate.gate import Bounds, listen, serve

KEY_FILE = Path("/run/secrets/exec_key")


def main() -> int:
    """The exit code: 0 when somebody came, 1 when nobody did."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
    bounds = Bounds(waits=timedelta(minutes=1), lasts=timedelta(days=1))
    return 0 if serve(listen("0.0.0.0", PORT), KEY_FILE.read_bytes(), SOCKET, sys.argv[1], bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
