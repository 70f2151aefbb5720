"""The lines of one build, while they come and afterwards: bounded, numbered from 1, read by any number of threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MOST_LINES = 2000
_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class LogPart:
    """`first` is the number of the first of `lines`; `is_over` that no more will come after them."""

    first: int
    lines: tuple[str, ...]
    is_over: bool


class BuildLog:
    """The newest `MOST_LINES`."""

    def __init__(self, keep: Callable[[str, Sequence[str], int], object] = lambda line, lines, left_out: None) -> None:
        """`keep` is given each line, with the last lines that there are then, and the number of those before them."""
        self._keep = keep
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._written = 0
        self._over = False
        self._changed = threading.Condition()

    def write(self, text: str) -> None:
        """Add a line, or several."""
        with self._changed:
            for line in text.splitlines() or [""]:
                shown = "".join(letter for letter in line if letter.isprintable() or letter == "\t")
                self._lines.append(shown if len(shown) <= _LONGEST_LINE else shown[:_LONGEST_LINE] + "…")
                self._written += 1
                self._keep(self._lines[-1], self._lines, self._written - len(self._lines))
            self._changed.notify_all()

    def end(self) -> None:
        """No more will come."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def after(self, number: int, wait_seconds: float = 0.0) -> LogPart:
        """Lines after that number; waits until there is one, or none will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._written > number or self._over, wait_seconds)
            oldest = self._written - len(self._lines) + 1
            first = max(number + 1, oldest)
            lines = tuple(self._lines)[first - oldest :]
            return LogPart(first, lines, self._over)
