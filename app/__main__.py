"""`python -m app`: the app. With a word behind it, its schema, SDKs, accounts, keys or mail.

The app's imports happen without the garbage collector, which would only walk again and again what stays: a tenth
of the CPU time of a start.
"""

from __future__ import annotations

import gc
import importlib.util
import logging
import runpy
import sys

PROGRAMS = {
    "accounts": "app.accounts",
    "key": "app.keys",
    "mail": "app.mail",
    "schema": "app.migrations.schema",
    "sdk": "app.sdk",
}

if __name__ == "__main__" and len(sys.argv) > 1:
    # Programs of their own, with imports of their own: Alembic would cost every replica's start half a CPU-second.
    name = sys.argv.pop(1)
    refused = ""
    if name not in PROGRAMS:
        refused = f"it serves the app and takes no arguments, {name} for one; see python -m app schema --help"
    elif importlib.util.find_spec(PROGRAMS[name]) is None:
        refused = f"what makes {name} works on a clone's files and is in no image; run it in a clone"
    if refused:
        sys.stderr.write(f"python -m app: {refused}.\n")
        sys.exit(2)
    runpy.run_module(PROGRAMS[name], run_name="__main__", alter_sys=True)
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
