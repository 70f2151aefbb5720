"""How a build or a rollout gets on, on the last line of a terminal: what is said comes above it."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

OF = ("apply", "auth", "autoscale", "deploy", "env", "rollback", "scale", "secret")
"""Commands that build or roll out. Others write what somebody else's program says, which could look like it."""

_STEP = re.compile(r"Step (\d+)/(\d+) : (.*)")
_ROLLOUT = re.compile(r"(\S+)  (\d+)/(\d+) ready(?:, (\d+) ended with 0)?(?:: (.*))?")
_SENT = re.compile(r"sent (\d+) of (\d+) kB")
_BAR = 20
_CLEAR = "\r\x1b[2K"
_TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Stage:
    """`done` of `whole`; `title` says of what, and `note` what it is at or waits for.

    `is_said` is whether the line that told of it is to be read, too.
    """

    title: str
    done: int
    whole: int
    unit: str
    note: str
    is_said: bool


def stage(line: str) -> Stage | None:
    """What a line tells of how it gets on; None for any other line."""
    if found := _STEP.fullmatch(line):
        # The step that is named has only begun.
        return Stage("build", int(found[1]) - 1, int(found[2]), f"step {found[1]} of {found[2]}", found[3], True)
    if found := _ROLLOUT.fullmatch(line):
        ended = int(found[4] or 0)
        counts = f"{found[2]} of {found[3]} healthy" + (f", {ended} ended with 0" if ended else "")
        return Stage(found[1], int(found[2]) + ended, int(found[3]), counts, found[5] or "", False)
    if found := _SENT.fullmatch(line):
        return Stage("source", int(found[1]), int(found[2]), f"{found[1]} of {found[2]} kB sent", "", False)
    return None


def drawn(now: Stage, seconds: float, width: int) -> str:
    """`shop [##########----------] 1 of 2 healthy, 12 s: no open port`, no wider than that."""
    full = round(_BAR * min(now.done, now.whole) / now.whole) if now.whole else _BAR
    note = f": {now.note}" if now.note else ""
    text = f"{now.title} [{'#' * full}{'-' * (_BAR - full)}] {now.unit}, {seconds:.0f} s{note}"
    return text if len(text) <= width else text[: width - 1] + "…"


class ProgressLine:
    """Writes lines, and below them how the last thing gets on that they told of; `tick` counts its seconds on."""

    def __init__(self, write: Callable[[str], object], width: int, now: Callable[[], float] = time.monotonic) -> None:
        """`write` is the terminal's, `width` its columns."""
        self._write = write
        self._width = width - 1  # a full line would begin another one
        self._now = now
        self._lock = threading.Lock()
        self._stage: Stage | None = None
        self._since = 0.0
        self._is_drawn = False

    def write(self, text: str) -> None:
        """Whole lines."""
        with self._lock:
            said = []
            for line in text.splitlines(keepends=True):
                found = stage(line.rstrip("\n"))
                if found is None or found.is_said:
                    said.append(line)
                if found is not None:
                    self._take(found)
            self._clear()
            self._write("".join(said))
            self._draw()

    def tick(self) -> None:
        """Time has passed."""
        with self._lock:
            self._clear()
            self._draw()

    def end(self) -> None:
        """Nothing of it is left."""
        with self._lock:
            self._clear()
            self._stage = None

    def _take(self, found: Stage) -> None:
        if self._stage is None or self._stage.title != found.title:
            self._since = self._now()
        self._stage = found

    def _clear(self) -> None:
        if self._is_drawn:
            self._write(_CLEAR)
            self._is_drawn = False

    def _draw(self) -> None:
        if self._stage is not None:
            self._write(drawn(self._stage, self._now() - self._since, self._width))
            self._is_drawn = True


@contextmanager
def shown(is_wanted: bool) -> Iterator[Callable[[str], object]]:
    """What a command writes with, for a block: with the line where it is wanted and standard output a terminal."""
    if not is_wanted or not sys.stdout.isatty():
        yield _write
        return
    line = ProgressLine(_write, shutil.get_terminal_size().columns)
    over = threading.Event()

    def count() -> None:
        while not over.wait(_TICK_SECONDS):
            line.tick()

    threading.Thread(target=count, daemon=True, name="progress").start()
    try:
        yield line.write
    finally:
        over.set()
        line.end()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
