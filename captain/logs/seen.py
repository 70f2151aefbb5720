"""Which lines are there already, while an engine sends them once more. Pure.

An engine sends the lines of one task in the order of its own file, whose times go up but for a moment in which
standard output and standard error overtake each other. So of each task the time of its newest line is enough, and
beside it what was said within `WINDOW` before that.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

WINDOW = timedelta(seconds=2)
MOST_TASKS = 1000
"""Of one app; the Swarm remembers a few of each replica."""
MOST_RECENT = 5000
"""Lines within the window, of one app; of a flood fewer than the window has."""
_STEP = timedelta(microseconds=1)

_Key: TypeAlias = tuple[datetime, bool, int]


class Line(Protocol):
    """As the engine has it; see `swarm.engine_logs.LogLine`."""

    @property
    def at(self) -> datetime: ...
    @property
    def task(self) -> str: ...
    @property
    def is_error(self) -> bool: ...
    @property
    def text(self) -> str: ...


@dataclass
class _Task:
    """`recent` are all lines from `known_from` on; `again` those of them that may come once more, older than `old`."""

    until: datetime
    known_from: datetime
    recent: deque[_Key] = field(default_factory=deque)
    again: Counter[_Key] = field(default_factory=Counter)
    old: datetime | None = None


class Seen:
    """Of one app. Not for several threads."""

    def __init__(self) -> None:
        self._tasks: dict[str, _Task] = {}
        self._recent = 0

    def add(self, line: Line) -> None:
        """It is kept."""
        task = self._tasks.get(line.task)
        if task is None:
            task = self._tasks[line.task] = _Task(line.at, line.at - WINDOW)
            self._forget()
        task.until = max(task.until, line.at)
        task.known_from = max(task.known_from, task.until - WINDOW)
        task.recent.append(_key(line))
        self._recent += 1
        while task.recent and task.recent[0][0] < task.known_from:
            self._drop(task)
        if self._recent > MOST_RECENT:
            self._make_room()

    def restore(self, task: str, until: datetime) -> None:
        """Lines of that task were kept until then, and it is not known which."""
        found = self._tasks.get(task)
        if found is None or found.until < until:
            self._recent -= 0 if found is None else len(found.recent)
            self._tasks[task] = _Task(until, until + _STEP)

    def begin_again(self) -> None:
        """The engine is asked anew: what is kept may come once more."""
        for task in self._tasks.values():
            task.again, task.old = Counter(task.recent), task.known_from

    def is_new(self, line: Line) -> bool:
        """Whether it is not kept. To be asked once for every line that comes, in its order."""
        task = self._tasks.get(line.task)
        if task is None or task.old is None:
            return True
        key = _key(line)
        if task.again[key] > 0:
            task.again[key] -= 1
            return False
        return line.at >= task.old

    def until(self) -> dict[str, datetime]:
        """The time of the newest line of each task."""
        return {name: task.until for name, task in self._tasks.items()}

    def _drop(self, task: _Task) -> None:
        """The first of its lines; up to then its times alone say what is kept."""
        task.known_from = max(task.known_from, task.recent.popleft()[0] + _STEP)
        self._recent -= 1

    def _make_room(self) -> None:
        """The older half of the lines of the task that was silent longest: room for many lines more."""
        silent = min((task for task in self._tasks.values() if task.recent), key=lambda task: task.until)
        for _ in range((len(silent.recent) + 1) // 2):
            self._drop(silent)

    def _forget(self) -> None:
        if len(self._tasks) > MOST_TASKS:
            gone = self._tasks.pop(min(self._tasks, key=lambda name: self._tasks[name].until))
            self._recent -= len(gone.recent)


def _key(line: Line) -> _Key:
    return line.at, line.is_error, hash(line.text)
