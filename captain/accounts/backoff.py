"""Who fails to log in has to wait. Pure.

An attempt counts as failed from its beginning until it is known to be none, so that many at once are no way around.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FREE = 5
WITHIN = timedelta(seconds=30)
MOST_CLIENTS = 10_000
"""Addresses that are remembered; beyond that the one that came least recently is forgotten."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """When each client address tried and did not get in, oldest first; the client that came last is last."""

    by_client: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)

    def pause(self, client: str, now: datetime) -> timedelta:
        """How long this client has to wait before it may try; nothing for one that may."""
        recent = _recent(self.by_client.get(client, ()), now)
        return WITHIN - (now - recent[-FREE]) if len(recent) >= FREE else timedelta()

    def tried(self, client: str, now: datetime) -> Attempts:
        """After it began an attempt."""
        others = {key: times for key, times in self.by_client.items() if key != client}
        while len(others) >= MOST_CLIENTS:
            del others[next(iter(others))]
        return Attempts({**others, client: (*_recent(self.by_client.get(client, ()), now), now)})

    def got_in(self, client: str) -> Attempts:
        """After one of its attempts was right: what it did before is forgiven."""
        return Attempts({key: times for key, times in self.by_client.items() if key != client})


def _recent(times: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    return tuple(time for time in times if now - time < WITHIN)
