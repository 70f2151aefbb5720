"""Progress of services on a screen or in a log. What to say is pure; `Progress` says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from captain.rollout import Phase, ServiceState

_UP = "\x1b[{}A"
_CLEAR_LINE = "\x1b[2K"


def line(state: ServiceState, key_width: int, prefix: str, seconds: float) -> str:
    """`postgres  1/1 ready (4 s)`; what does not come up also says why."""
    key = state.name.removeprefix(prefix)
    text = f"{key.ljust(key_width)}  {state.ready}/{state.wanted} {state.phase.value}"
    if state.phase is Phase.READY:
        return f"{text} ({seconds:.0f} s)"
    return f"{text}: {state.problem}" if state.problem else text


@dataclass
class Progress:
    """One line per service: redrawn in place on a terminal, otherwise written when it changes.

    `write` takes text as it is; `width` is the terminal's, 0 for no terminal.
    """

    write: Callable[[str], object]
    prefix: str
    width: int = 0
    _shown: dict[str, tuple[int, int, Phase, str]] = field(default_factory=dict)
    _ready_at: dict[str, float] = field(default_factory=dict)
    _drawn: int = 0

    def show(self, states: Sequence[ServiceState], seconds: float) -> None:
        """Say what is new; `seconds` since the start."""
        for state in states:
            if state.phase is Phase.READY:
                self._ready_at.setdefault(state.name, seconds)
            else:
                self._ready_at.pop(state.name, None)
        width = max((len(state.name.removeprefix(self.prefix)) for state in states), default=0)
        lines = {state.name: line(state, width, self.prefix, self._ready_at.get(state.name, 0.0)) for state in states}
        if self.width:
            self._redraw(list(lines.values()))
        else:
            self._append(states, lines)

    def _redraw(self, lines: list[str]) -> None:
        up = _UP.format(self._drawn) if self._drawn else ""
        self.write(up + "".join(f"\r{_CLEAR_LINE}{text[: self.width - 1]}\n" for text in lines))
        self._drawn = len(lines)

    def _append(self, states: Sequence[ServiceState], lines: Mapping[str, str]) -> None:
        for state in states:
            key = (state.ready, state.wanted, state.phase, state.problem)
            if self._shown.get(state.name) != key:
                self.write(lines[state.name] + "\n")
                self._shown[state.name] = key
