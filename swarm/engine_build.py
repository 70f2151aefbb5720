"""Builds of images over the Engine API, with the classic builder: what limits it is given hold for every RUN.

BuildKit ignores them, and needs a client of its own besides.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from swarm.engine import Engine, EngineError

_PERIOD_MICROSECONDS = 100_000


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """`dockerfile` is a path in the context. Limits are those of each step: memory without swap, CPUs in cores."""

    dockerfile: str
    memory_bytes: int
    cpus: float
    seconds: float
    """How long a step may be silent."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


class BuildFailed(EngineError):
    """The engine gave the build up; the message is its reason."""


class BuildStopped(EngineError):
    """Somebody stopped it."""


class ImageBuild:
    """One build. `stop` may be called from another thread, before and while it runs."""

    def __init__(self, engine: Engine, request: BuildRequest) -> None:
        """Nothing is sent yet."""
        self._engine = engine
        self._request = request
        self._lock = threading.Lock()
        self._answer: requests.Response | None = None
        self._stopped = False
        self._makes = False
        self.image = ""
        """Its content id (`sha256:…`)."""
        self.made: list[str] = []
        """Ids of the layers that this build added, oldest first."""

    def stop(self) -> None:
        """End it: the engine kills the step that runs when its client goes away."""
        with self._lock:
            self._stopped = True
            if self._answer is not None:
                self._answer.raw.shutdown()

    def run(self, context: Iterable[bytes]) -> Iterator[str]:
        """Send the context; then lines of the build's output, as they come. At their end `image` is there.

        Raises `BuildFailed`, `BuildStopped`, or `EngineError` where the engine does not answer.
        """
        doing = "build the image"
        try:
            for event in self._events(self._open(doing, context)):
                if "error" in event:
                    raise BuildFailed(str(event["error"]).strip())
                self.image = str((event.get("aux") or {}).get("ID", self.image))
                yield from self._lines(event)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            self._raise_if_stopped()
            raise EngineError(f"Could not {doing}: the Docker Engine does not answer ({error}).") from error
        finally:
            if self._answer is not None:
                self._answer.close()
        self._raise_if_stopped()
        if not self.image:
            raise EngineError(f"Could not {doing}: the Docker Engine ended it without an image.")

    def _open(self, doing: str, context: Iterable[bytes]) -> requests.Response:
        wanted = self._request
        query = {
            "dockerfile": wanted.dockerfile,
            "rm": "1",
            "forcerm": "1",
            "memory": str(wanted.memory_bytes),
            "memswap": str(wanted.memory_bytes),
            "cpuperiod": str(_PERIOD_MICROSECONDS),
            "cpuquota": str(round(wanted.cpus * _PERIOD_MICROSECONDS)),
            "buildargs": json.dumps(dict(wanted.arguments)),
            "labels": json.dumps(dict(wanted.labels)),
        }
        answer = self._engine.post_stream("/build", query, self._unless_stopped(context), wanted.seconds)
        with self._lock:
            self._answer = answer
        self._raise_if_stopped()
        if answer.status_code >= 400:
            raise BuildFailed(_message(answer.content))
        return answer

    def _unless_stopped(self, context: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in context:
            self._raise_if_stopped()
            if chunk:  # an empty one would end the body
                yield chunk

    def _raise_if_stopped(self) -> None:
        if self._stopped:
            raise BuildStopped("The build was stopped.")

    @staticmethod
    def _events(answer: requests.Response) -> Iterator[dict[str, Any]]:
        for line in answer.iter_lines(chunk_size=None):
            if line.strip():
                yield json.loads(line)

    def _lines(self, event: Mapping[str, Any]) -> Iterator[str]:
        text = str(event.get("stream", ""))
        if "status" in event and not event.get("progressDetail"):  # a pull; its progress is not for a log
            text = f"{event.get('id', '')} {event['status']}".strip()
        for line in text.splitlines():
            self._remember(line)
            if line.strip():
                yield line.rstrip()

    def _remember(self, line: str) -> None:
        """The builder says ` ---> ID` at the end of each step, and ` ---> Using cache` before where it made nothing."""
        if line.startswith("Step "):
            self._makes = ": FROM " not in line
        elif line == " ---> Using cache":
            self._makes = False
        elif self._makes and line.startswith(" ---> ") and " " not in line[6:]:
            self.made.append(line[6:])


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"]).strip()
    except (ValueError, KeyError, TypeError):
        return content.decode("utf-8", "replace").strip()
