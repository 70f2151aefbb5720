"""A replica's life as its probes tell it: starting, warm, draining. Pure; `server` and `start` change it."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """`STARTING` waits for database and schema, `WARM` takes requests, `DRAINING` finishes them."""

    STARTING = "starting"
    WARM = "warm"
    DRAINING = "draining"


class Lifecycle:
    """The phase of this process. Phases only go forward: what drains is never warm again."""

    def __init__(self) -> None:
        self.phase = Phase.STARTING
        self.waiting_for = "the database"
        self._was_warm = False

    def wait_for(self, what: str) -> None:
        """Says what the start waits for; `/healthz` repeats it."""
        self.waiting_for = what

    def warm(self) -> None:
        """The schema fits and the engine pool is open. After `drain` it changes nothing."""
        if self.phase is Phase.STARTING:
            self.phase = Phase.WARM
            self._was_warm = True

    def drain(self) -> None:
        """The end was asked for: not ready from now on."""
        self.phase = Phase.DRAINING

    @property
    def healthy(self) -> bool:
        """Liveness: false until the start succeeded once, true ever after, whatever the database does."""
        return self._was_warm

    @property
    def ready(self) -> bool:
        """Whether the edge should choose this replica: warm and not draining."""
        return self.phase is Phase.WARM

    @property
    def draining(self) -> bool:
        """Whether answers should ask their clients to close the connection."""
        return self.phase is Phase.DRAINING

    def explain(self) -> str:
        """One line for the probes' bodies."""
        return f"starting: waiting for {self.waiting_for}" if self.phase is Phase.STARTING else self.phase.value
