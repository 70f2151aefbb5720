"""`python -m app`: the app.

Its imports happen without the garbage collector, which would only walk again and again what stays: a tenth
of the CPU time of a start.
"""

from __future__ import annotations

import gc
import logging
import sys

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
