"""Which request is due when. Pure: the same arguments give the same schedule, whatever the answers are.

Open loop: a slow answer delays no later request, so a queue that builds up shows in the latencies instead of
thinning out the load.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PhaseName = Literal["before", "during", "after"]
Kind = Literal["GET", "POST"]

# Nobody needs more to see a server scale, and a slip of the finger stays harmless.
MAX_RATE = 5000.0
MAX_PHASE_SECONDS = 900.0


class ScheduleError(ValueError):
    """The phases asked for are out of bounds; the text says which bound."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of constant rate: ``rate`` in requests per second, ``seconds`` long."""

    name: PhaseName
    rate: float
    seconds: float

    @property
    def requests(self) -> int:
        """How many requests are due in it."""
        return int(self.rate * self.seconds + 1e-9)


@dataclass(frozen=True, slots=True)
class Planned:
    """One request: due ``at`` seconds from the step (before it: negative), from source number ``source``.

    A POST carries a ``key`` that no other request of any run has; a GET has none.
    """

    index: int
    phase: PhaseName
    at: float
    kind: Kind
    key: str | None
    source: int


def check(phases: tuple[Phase, ...], post_share: float, sources: int) -> None:
    """Raises ScheduleError for a schedule that is not bounded or makes no sense."""
    for phase in phases:
        if not 0 < phase.rate <= MAX_RATE:
            raise ScheduleError(f"The rate {phase.name} must be above 0 and at most {MAX_RATE:.0f} requests/s.")
        if not 0 < phase.seconds <= MAX_PHASE_SECONDS:
            raise ScheduleError(f"The phase {phase.name} must last above 0 and at most {MAX_PHASE_SECONDS:.0f} s.")
    if not 0 <= post_share <= 1:
        raise ScheduleError("The share of POSTs must be between 0 and 1.")
    if sources < 1:
        raise ScheduleError("At least one source address is needed.")


def plan(phases: tuple[Phase, ...], *, post_share: float, sources: int, run: uuid.UUID) -> Iterator[Planned]:
    """Every request in the order of its time. The step, second 0, is where the phase ``during`` begins."""
    check(phases, post_share, sources)
    begin = -sum(phase.seconds for phase in phases if phase.name == "before")
    index = 0
    for phase in phases:
        for number in range(phase.requests):
            # Spread evenly: after n requests, the posts are n times the share, rounded down.
            post = int((index + 1) * post_share + 1e-9) > int(index * post_share + 1e-9)
            yield Planned(
                index=index,
                phase=phase.name,
                at=round(begin + number / phase.rate, 6),
                kind="POST" if post else "GET",
                key=str(uuid.uuid5(run, str(index))) if post else None,
                source=index % sources,
            )
            index += 1
        begin += phase.seconds
