"""`python -m app`: the app. `python -m app schema …`: the schema of its database, `app/migrations/schema`.

Its imports happen without the garbage collector, which would only walk again and again what stays: a tenth
of the CPU time of a start.
"""

from __future__ import annotations

import gc
import logging
import runpy
import sys

if __name__ == "__main__" and len(sys.argv) > 1:
    # A program of its own, with imports of its own: Alembic would cost every replica's start half a CPU-second.
    if sys.argv[1] != "schema":
        sys.exit(f"python -m app serves the app and takes no arguments; python -m app schema --help. ({sys.argv[1]}?)")
    del sys.argv[1]
    runpy.run_module("app.migrations.schema", run_name="__main__", alter_sys=True)
    sys.exit()

gc.disable()

import uvloop  # noqa: E402

from app.main import serve  # noqa: E402
from app.observability import log_as_json  # noqa: E402
from app.settings import SettingsError, load  # noqa: E402

log = logging.getLogger(__name__)


def main() -> int:
    """Exit codes: 0 drained after a signal, 2 a setting or a secret is wrong."""
    log_as_json()
    gc.freeze()
    gc.enable()
    try:
        uvloop.run(serve(load()))
    except SettingsError as error:
        log.critical("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
