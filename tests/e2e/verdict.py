"""What clients saw while a part died and came back, judged. Pure: the same requests give the same verdict.

Every request that was not answered well needs an excuse, and which excuses there are depends on the part. Whatever
the part, no acknowledged POST may be lost, none may be written twice, and what was refused must not be written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

SLACK_SECONDS = 0.3
"""Between a process's death and the moment in which its clients have noticed, and the command line has returned."""

DISTURBED_SECONDS = 1.0
"""An answer that took longer counts as disturbed."""


@dataclass(frozen=True)
class Request:
    """One request of an open loop. ``due``: when it should have begun, ``ended``: when its answer was there or it had
    failed (both Unix seconds). ``status`` None: no whole answer, and ``error`` says why. A POST has a ``title`` that
    no other has."""

    method: str
    title: str | None
    due: float
    ended: float
    status: int | None
    code: str = ""
    retry_after: str = ""
    error: str = ""

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def seconds(self) -> float:
        """What the client waited, from when the request was due: time in any queue is latency."""
        return self.ended - self.due

    @property
    def told_to_come_again(self) -> bool:
        """A clear no: 503, and when to try again."""
        return self.status == 503 and self.retry_after.isdigit() and int(self.retry_after) > 0

    @property
    def may_be_written(self) -> bool:
        """Whether nobody promised that nothing was written. 4xx and a 503 with Retry-After promise it."""
        refused = self.status is not None and (400 <= self.status < 500 or self.told_to_come_again)
        return not self.good and not refused

    @property
    def word(self) -> str:
        """What it ended with, for counting: ``201``, ``503 database_unavailable``, ``none ConnectionResetError``."""
        reason = self.code if self.status is not None else self.error.partition(":")[0]
        return f"{self.status or 'none'} {reason}".strip()


class Excuse(Enum):
    """Why a request may fail when a part dies."""

    REFUSED = "503 with Retry-After, until the part is back"
    COMMITTING = "503 outcome_unknown for a POST that was under way when the part died"
    SENT = "502 outcome_unknown for a POST that was under way when the part died"
    CUT = "no answer to what was under way when the part died"
    UNREACHABLE = "no answer, until the part is back"
    ANYTHING = "any failure, until the part is back"


@dataclass(frozen=True)
class Death:
    """A part's end: the kill happened between ``killed_from`` and ``killed_to``, and all was as before at ``back``
    (Unix seconds)."""

    part: str
    excuses: frozenset[Excuse]
    killed_from: float
    killed_to: float
    back: float

    def excuse(self, request: Request) -> Excuse | None:
        """Which excuse a failed request has, if any."""
        for excuse in Excuse:
            if excuse in self.excuses and self._holds(excuse, request):
                return excuse
        return None

    def _holds(self, excuse: Excuse, request: Request) -> bool:
        under_way = request.due <= self.killed_to + SLACK_SECONDS and request.ended >= self.killed_from
        while_away = request.due <= self.back and request.ended >= self.killed_from
        unknown = request.method == "POST" and request.code == "outcome_unknown" and not request.retry_after
        if excuse is Excuse.REFUSED:
            return while_away and request.told_to_come_again
        if excuse is Excuse.COMMITTING:
            return under_way and unknown and request.status == 503
        if excuse is Excuse.SENT:
            return under_way and unknown and request.status == 502
        if excuse is Excuse.CUT:
            return under_way and request.status is None
        return while_away and (excuse is Excuse.ANYTHING or request.status is None)


@dataclass(frozen=True)
class Seen:
    """What clients saw of one death. ``statuses`` counts what requests ended with, good ones too. ``failed`` of them
    were not answered well, ``unknown`` may have been written or not; ``disturbed_seconds``: from the kill until the
    last request had ended that failed or took more than DISTURBED_SECONDS, 0 without any. ``wrong``: a sentence for
    each request without an excuse."""

    part: str
    back_seconds: float
    disturbed_seconds: float
    slowest_seconds: float
    requests: int
    failed: int
    unknown: int
    statuses: dict[str, int]
    wrong: tuple[str, ...]


def seen(death: Death, requests: Iterable[Request]) -> Seen:
    """Judges the requests that ended in the time of one death."""
    ended = list(requests)
    bad = [request for request in ended if not request.good]
    disturbed = [request.ended for request in ended if not request.good or request.seconds > DISTURBED_SECONDS]
    return Seen(
        part=death.part,
        back_seconds=round(death.back - death.killed_from, 2),
        disturbed_seconds=round(max(0.0, max(disturbed, default=0.0) - death.killed_from), 2),
        slowest_seconds=round(max((request.seconds for request in ended), default=0.0), 2),
        requests=len(ended),
        failed=len(bad),
        unknown=sum(request.method == "POST" and request.may_be_written for request in bad),
        statuses=dict(Counter(request.word for request in ended)),
        wrong=tuple(
            f"{death.part}: {request.method} was answered {request.word}, due {request.due - death.killed_from:+.2f} s "
            f"and ended {request.ended - death.killed_from:+.2f} s after the kill"
            for request in bad
            if death.excuse(request) is None
        ),
    )


def by_death(deaths: Sequence[Death], requests: Sequence[Request]) -> list[tuple[Death, list[Request]]]:
    """Each death with the requests that ended from its kill on and before the next one's; the first also with what
    came before it, which has no excuse."""
    ordered = sorted(deaths, key=lambda death: death.killed_from)
    edges = [float("-inf"), *(death.killed_from for death in ordered[1:]), float("inf")]
    return [
        (death, [request for request in requests if edges[number] <= request.ended < edges[number + 1]])
        for number, death in enumerate(ordered)
    ]


def written_wrongly(requests: Collection[Request], titles: Sequence[str]) -> list[str]:
    """A sentence for every kind of POST that the database does not hold as its client was told. ``titles``: all rows,
    read when no request was under way any more."""
    posts = [request for request in requests if request.title is not None]
    rows = Counter(titles)
    kinds = {
        "acknowledged and not there": [r.title for r in posts if r.good and not rows[r.title or ""]],
        "refused and there all the same": [
            r.title for r in posts if not r.good and not r.may_be_written and rows[r.title or ""]
        ],
        "there more than once": [title for title, count in rows.items() if count > 1],
        "there and never sent": sorted(set(rows) - {r.title or "" for r in posts}),
    }
    return [f"{len(found)} POSTs {kind}: {found[:5]}" for kind, found in kinds.items() if found]
