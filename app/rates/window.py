"""Counting requests in whole minutes: what this process counted, and what all replicas told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

WINDOW_SECONDS = 60


@dataclass
class Window:
    """The requests of one caller in one minute. `minute` is the number of minutes since 1970."""

    minute: int
    told: int = 0
    """Of all replicas, as far as the database knows them; ours up to `sent` are among them."""
    counted: int = 0
    """By this process."""
    sent: int = 0

    @property
    def total(self) -> int:
        """As many as are known of."""
        return self.told + self.counted - self.sent


@dataclass
class Windows:
    """The windows of this minute and, until they were sent, of the one before."""

    most: int
    """How many callers are counted at most: those who come later are not limited by this process."""
    windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def count(self, organisation_id: str, caller_id: str, minute: int) -> int:
        """Counts a request; how many there were in this minute, with it."""
        window = self.windows.get((organisation_id, caller_id))
        if window is None or window.minute != minute:
            if window is None and len(self.windows) >= self.most:
                return 0
            window = self.windows[(organisation_id, caller_id)] = Window(minute)
        window.counted += 1
        return window.total

    def due(self) -> list[tuple[str, str, int, int]]:
        """What has not been sent yet: organisation, caller, minute, requests."""
        return [
            (organisation, caller, window.minute, window.counted - window.sent)
            for (organisation, caller), window in self.windows.items()
            if window.counted > window.sent
        ]

    def told(self, organisation_id: str, caller_id: str, minute: int, *, sent: int, total: int) -> None:
        """The database has added `sent` and says `total`."""
        window = self.windows.get((organisation_id, caller_id))
        if window is not None and window.minute == minute:
            window.sent += sent
            window.told = total

    def forget(self, minute: int) -> None:
        """Lets go of the windows before a minute."""
        self.windows = {key: window for key, window in self.windows.items() if window.minute >= minute}


def seconds_left(now: float) -> int:
    """Until the next minute begins, at least 1; `now` in seconds since 1970."""
    return max(1, WINDOW_SECONDS - int(now % WINDOW_SECONDS))
