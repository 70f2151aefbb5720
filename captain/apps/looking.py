"""A look that is taken again and again in a thread of `captain serve`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from captain.apps.app_rollout import Place
from captain.errors import CaptainError
from swarm.engine import EngineError, NotFound

log = logging.getLogger("captain")


def keep_looking(
    connect: Callable[[], Place],
    look: Callable[[Place], None],
    pause_seconds: float,
    failed: Callable[[], object],
    what: str,
    stop: threading.Event,
) -> None:
    """Look until told to stop. What keeps it from looking is said once, and it looks again.

    `failed` is told of each look that ended in an error; `what` is the object of the sentence about it.
    """
    place: Place | None = None
    is_away = False
    while not stop.wait(pause_seconds):
        try:
            place = place or connect()
            look(place)
            is_away = False
        except NotFound:
            continue  # somebody was faster; the next look sees what is there
        except (CaptainError, EngineError) as error:
            failed()
            if not is_away:
                log.warning("It cannot be looked for %s: %s", what, error)
            is_away = True
        except Exception:  # the thread's outer edge: logged and counted; the next look may succeed
            failed()
            log.exception("It could not be looked for %s.", what)
