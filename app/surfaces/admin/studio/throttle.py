"""How often somebody may try to sign in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
PER_ADDRESS = 5
ALTOGETHER = 60


@dataclass
class Throttle:
    """Counts failed tries of the last minute, by address and of all together; in this replica alone."""

    failed: list[tuple[datetime, str]] = field(default_factory=list)

    def allows(self, address: str, now: datetime) -> bool:
        """Whether somebody may try now."""
        self.failed = [each for each in self.failed if each[0] > now - WINDOW]
        own = sum(1 for _, whose in self.failed if whose == address)
        return own < PER_ADDRESS and len(self.failed) < ALTOGETHER

    def note(self, address: str, now: datetime) -> None:
        """Remembers that a try failed."""
        self.failed.append((now, address))
