"""What was asked for, how it stands with that and what came of it; and how each is written down. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import Enum

from captain.accounts.book import Caller, Scope
from captain.ledger import JSON, Entry

MOST_KEPT_LINES = 50
"""Of a deployment's log, the last ones, once it is over."""
MOST_KEPT_CHARACTERS = 500
"""Of each of these lines."""
KEY_CHANGED = "captain's own secret was changed before this was done, and what was asked for cannot be read: ask again"
NOT_UNDERSTOOD = "this captain does not understand what was asked for, which another one wrote down: ask again"
NOT_KNOWN = "why is not known any more"
_WRONG = (KeyError, ValueError, TypeError, AttributeError)
"""What comes of reading JSON that is not as `written` makes it."""


class Unreadable(Exception):
    """Not even whose deployment it is can be read."""


class State(Enum):
    """How it stands with what was asked for."""

    WAITING = "waiting"
    RUNNING = "running"
    LIVE = "live"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether it stays so."""
        return self in (State.LIVE, State.FAILED)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `release` is 0 where none was made; `why` is empty when it is as asked for.

    `step` is the kind of what was done, in a plan's words, and empty where it did not come to that; `log` are the last
    lines of what failed. `replicas` is the number that was to be, `back_to` the release gone back to,
    `ended` of the replicas those that ran to their end and are not started again.
    """

    release: int = 0
    why: str = ""
    log: tuple[str, ...] = ()
    step: str = ""
    seconds: float = 0.0
    replicas: int | None = None
    back_to: int | None = None
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Deployment:
    """One thing that was asked for. `what` is it in a few words, `by` the user's name, `token` the id of theirs."""

    id: int
    app: str
    what: str
    by: str
    token: str
    state: State
    asked_at: datetime
    ended_at: datetime | None = None
    done: Done = field(default_factory=Done)

    @property
    def release(self) -> int:
        """The one that was made; 0 for none."""
        return self.done.release

    @property
    def why(self) -> str:
        """Why it failed."""
        return self.done.why


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants, as data: it can be done by another process than the one that was asked.

    `kind` says who does it, `words` (JSON) what that needs to know. `what` is it in a few words.
    """

    kind: str
    app: str
    what: str
    caller: Caller
    words: JSON = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A deployment as it is on the disk. `wish` is None once it is over.

    `begun` is what its doer noted before it changed anything: empty for one that was not begun.
    """

    deployment: Deployment
    wish: Wish | None
    begun: JSON = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def written(kept: Kept) -> Entry:
    """For the ledger: all that may hold values of an environment is in what it seals."""
    made, wish = kept.deployment, kept.wish
    plain = {
        **{key: getattr(made, key) for key in ("app", "what", "by", "token")},
        "state": made.state.value,
        "asked_at": made.asked_at.isoformat(),
        "ended_at": made.ended_at and made.ended_at.isoformat(),
    }
    secret = {
        "wish": None if wish is None else _wish_as_json(wish),
        "begun": dict(kept.begun),
        "lines": [_cut(line) for line in kept.lines[-MOST_KEPT_LINES:]],
        "done": {**asdict(made.done), "log": [_cut(line) for line in made.done.log[-MOST_KEPT_LINES:]]},
    }
    return Entry(made.id, plain, secret)


def read(entry: Entry) -> Kept:
    """The same back; `Unreadable` for what no captain wrote.

    One whose secret part is lost or not understood has no wish, and says so if it is not over; of one that failed it
    is not known why.
    """
    try:
        made = _deployment(entry)
    except _WRONG as error:
        raise Unreadable(f"change {entry.number} is not as captain writes it: {error!r}") from error
    if entry.secret is None:
        return _lost(made, KEY_CHANGED)
    try:
        return _whole(made, entry.secret)
    except _WRONG:
        return _lost(made, NOT_UNDERSTOOD)


def to_forget(kept: Sequence[Deployment], most_of_an_app: int, most: int) -> tuple[int, ...]:
    """The numbers of those over that are remembered no more: the oldest of each app, and of all together."""
    over = sorted((found for found in kept if found.state.is_over), key=lambda found: -found.id)
    counts: dict[str, int] = {}
    gone = []
    for place, found in enumerate(over):
        counts[found.app] = counts.get(found.app, 0) + 1
        if counts[found.app] > most_of_an_app or place >= most:
            gone.append(found.id)
    return tuple(gone)


def _deployment(entry: Entry) -> Deployment:
    """What the plain part says of it."""
    plain, ended = entry.plain, entry.plain["ended_at"]
    return Deployment(
        id=entry.number,
        app=str(plain["app"]),
        what=str(plain["what"]),
        by=str(plain["by"]),
        token=str(plain["token"]),
        state=State(plain["state"]),
        asked_at=datetime.fromisoformat(plain["asked_at"]),
        ended_at=None if ended is None else datetime.fromisoformat(ended),
    )


def _whole(made: Deployment, secret: JSON) -> Kept:
    done = Done(**{**secret["done"], "log": tuple(secret["done"]["log"])})
    wish = secret["wish"] and _wish_of(secret["wish"], made)
    return Kept(replace(made, done=done), wish, secret["begun"], tuple(secret["lines"]))


def _lost(made: Deployment, why: str) -> Kept:
    told = {State.LIVE: "", State.FAILED: NOT_KNOWN}.get(made.state, why)
    return Kept(replace(made, done=Done(why=told)), None)


def _cut(line: str) -> str:
    return line if len(line) <= MOST_KEPT_CHARACTERS else f"{line[: MOST_KEPT_CHARACTERS - 1]}…"


def _wish_as_json(wish: Wish) -> JSON:
    caller = {"scope": wish.caller.scope.value, "apps": list(wish.caller.apps)}
    return {"kind": wish.kind, "words": dict(wish.words), "caller": caller}


def _wish_of(told: JSON, made: Deployment) -> Wish:
    caller = Caller(made.by, Scope(told["caller"]["scope"]), tuple(told["caller"]["apps"]), made.token)
    return Wish(told["kind"], made.app, made.what, caller, told["words"])
