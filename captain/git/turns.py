"""One push of an app at a time, from the moment that git asks until it has moved the branch; the newest goes next."""

from __future__ import annotations

import threading
from collections.abc import Callable

_PAUSE_SECONDS = 0.5


class Turns:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: set[str] = set()
        self._newest: dict[str, int] = {}
        self._number = 0

    def is_held(self, app: str) -> bool:
        """Whether somebody has the app's turn."""
        with self._changed:
            return app in self._held

    def take(self, app: str, is_wanted: Callable[[], bool]) -> bool:
        """Wait for the turn. False when a newer push came meanwhile, or nobody wants this one any more."""
        with self._changed:
            self._number += 1
            mine = self._newest[app] = self._number
            self._changed.notify_all()
            while app in self._held and self._newest[app] == mine and is_wanted():
                self._changed.wait(_PAUSE_SECONDS)
            if app in self._held or self._newest[app] != mine or not is_wanted():
                return False
            self._held.add(app)
            return True

    def give_back(self, app: str) -> None:
        """Whoever waits may go on."""
        with self._changed:
            self._held.discard(app)
            self._changed.notify_all()
