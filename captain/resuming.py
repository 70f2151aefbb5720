"""After a start: what an earlier captain left is gone on with, once the engine answers and that captain is gone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from captain.apps.app_work import AppWork
from captain.apps.observe import observe
from captain.errors import CaptainError
from swarm.engine import EngineError

_PAUSE_SECONDS = 0.5
_PAUSES_AFTER_A_MISTAKE = 20

log = logging.getLogger("captain")


def resume_when_ready(
    work: AppWork,
    stop: threading.Event,
    pause_seconds: float = _PAUSE_SECONDS,
    failed: Callable[[], object] = lambda: None,
) -> None:
    """Try until it is so, or told to stop: what is done while the Swarm is away would fail for that. Said once.

    `failed` is told of each try that ended in an error.
    """
    is_away = False
    while not stop.is_set():
        try:
            with work.place() as place:
                observe(place.engine, place.stack, place.domains)
            if work.deployments.resume():
                return
        except (CaptainError, EngineError) as error:
            if not is_away:
                log.warning("What waits for captain cannot be gone on with yet: %s", error)
            is_away = True
            failed()
        except Exception:  # the thread's outer edge: without it nothing that waits would ever be begun
            log.exception("What waits for captain was not gone on with, for an error of captain's own: it tries again.")
            failed()
            stop.wait(pause_seconds * _PAUSES_AFTER_A_MISTAKE)
        stop.wait(pause_seconds)
