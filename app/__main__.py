"""`python -m app`: the app; `python -m app sdk …`: the SDKs' generator.

The app's imports happen without the garbage collector, which would only walk again and again what stays: a tenth
of the CPU time of a start.
"""

from __future__ import annotations

import gc
import importlib.util
import logging
import sys

gc.disable()

import uvloop  # noqa: E402

from app.main import serve  # noqa: E402
from app.observability import log_as_json  # noqa: E402
from app.settings import SettingsError, load  # noqa: E402

log = logging.getLogger(__name__)


def main() -> int:
    """Exit codes: 0 drained after a signal, 2 a setting or a secret is wrong; the generator has its own."""
    log_as_json()
    if sys.argv[1:2] == ["sdk"]:
        # No start imports it, and no image holds it.
        if importlib.util.find_spec("app.sdk") is None:
            log.critical("The SDKs' generator works on a clone's files and is in no image; run it in a clone.")
            return 2
        gc.enable()
        code: int = importlib.import_module("app.sdk.__main__").main(sys.argv[2:])
        return code
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
