"""What the replicas of a service write, from whatever node. A part of the client (`swarm.engine`), by whose transport
it speaks.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from swarm.engine import Engine, EngineError, refusal
from swarm.engine_frames import frames

_LINE = re.compile(r"(?P<at>\S+) (?P<details>\S*) ?(?P<text>.*)", re.DOTALL)
_TASK = "com.docker.swarm.task.id"
_NODE = "com.docker.swarm.node.id"
_STANDARD_ERROR = 2


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` is when the engine got it; `task` and `node` are ids; without its line end."""

    at: datetime
    task: str
    node: str
    is_error: bool
    text: str


class HangUp:
    """Ends a log that is followed, from another thread: at once, or as soon as it begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer: requests.Response | None = None
        self.is_done = False

    def __call__(self) -> None:
        """End it."""
        with self._lock:
            self.is_done = True
            if self._answer is not None:
                self._answer.raw.shutdown()

    def hold(self, answer: requests.Response) -> bool:
        """What is to be ended; False where it already is."""
        with self._lock:
            self._answer = answer
            return not self.is_done

    def let_go(self) -> None:
        """It has ended by itself."""
        with self._lock:
            self._answer = None


def service_log(
    engine: Engine,
    service: str,
    *,
    since: datetime | None = None,
    last: int | None = None,
    follow: bool = False,
    hang_up: HangUp | None = None,
) -> Iterator[LogLine]:
    """Lines of all tasks that the Swarm still knows, ended ones too; `last` of each.

    With `follow` it ends only when it is hung up.

    Lines of one task are in order; those of several come as they arrive.
    """
    query = log_query(since, last, follow)
    doing = f"read the log of {service}"
    pieces = _pieces(engine, doing, f"/services/{quote(service)}/logs", query, hang_up or HangUp())
    for stream, content in frames(pieces):
        line = parse_line(stream, content)
        if line is not None:
            yield line


def log_query(since: datetime | None, last: int | None, follow: bool) -> dict[str, str]:
    """What the engine is asked for, as the query of an address. `since` is exact to the microsecond."""
    return {
        "stdout": "1",
        "stderr": "1",
        "timestamps": "1",
        "details": "1",
        "follow": str(int(follow)),
        **({"since": f"{since.timestamp():.6f}"} if since is not None else {}),
        **({"tail": str(last)} if last is not None else {}),
    }


def parse_line(stream: int, content: bytes) -> LogLine | None:
    """One frame; None for what has no time before it, which no engine sends."""
    match = _LINE.match(content.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r"))
    if match is None:
        return None
    details = dict(part.partition("=")[::2] for part in match["details"].split(","))
    try:
        at = datetime.fromisoformat(match["at"])
    except ValueError:
        return None
    return LogLine(at, details.get(_TASK, ""), details.get(_NODE, ""), stream == _STANDARD_ERROR, match["text"])


def _pieces(engine: Engine, doing: str, path: str, query: Mapping[str, str], hang_up: HangUp) -> Iterable[bytes]:
    try:
        with engine._session.get(
            engine._base + path, params=query, stream=True, timeout=(engine._timeout, None)
        ) as answer:
            if answer.status_code >= 400:
                raise refusal(doing, answer.status_code, answer.content)
            try:
                while hang_up.hold(answer) and (piece := answer.raw.read1()):
                    yield piece
            finally:
                hang_up.let_go()
    except (requests.RequestException, HTTPError, OSError) as error:
        if hang_up.is_done:
            return
        raise EngineError(f"Could not {doing}: the Docker Engine does not answer ({error}).") from error
