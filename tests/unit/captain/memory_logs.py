"""The Swarm in memory with logs and commands that run once, as the engine sends them."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from swarm.engine import Service, Task
from tests.unit.captain.test_captain_app_rollout import Apps


def frame(task: str, text: str, second: int = 0, stream: int = 1) -> bytes:
    """A line as the engine frames it."""
    details = f"com.docker.swarm.node.id=n,com.docker.swarm.task.id={task}"
    content = f"2026-01-31T12:00:{second:02}.000000000Z {details} {text}\n".encode()
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


class Answer:
    """A log that is sent: with `waits` it goes on until it is hung up."""

    status_code = 200

    def __init__(self, frames: list[bytes], waits: bool) -> None:
        self._pieces: queue.Queue[bytes] = queue.Queue()
        for piece in frames:
            self._pieces.put(piece)
        self._waits = waits
        self.is_hung_up = False
        self.raw = self

    def write(self, piece: bytes) -> None:
        self._pieces.put(piece)

    def read1(self) -> bytes:
        return self._pieces.get() if self._waits or not self._pieces.empty() else b""

    def shutdown(self) -> None:
        self.is_hung_up = True
        self._pieces.put(b"")


class Session:
    """Answers for logs, and remembers what was asked for."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.asked: list[dict[str, str]] = []
        self.answers: list[Answer] = []

    @contextmanager
    def get(self, url: str, params: dict[str, str], stream: bool, timeout: object) -> Iterator[Answer]:
        answer = Answer(self.frames, params["follow"] == "1")
        self.asked.append(params)
        self.answers.append(answer)
        yield answer


class LoggingApps(Apps):
    """`ends` is how a command that runs once ends; None for one that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._session = Session()
        self._base, self._timeout = "http://engine", 1.0
        self.ends: tuple[str, int] | None = ("complete", 0)

    @property
    def log(self) -> Session:
        return self._session

    def remove_service(self, name: str) -> None:
        found = next((own.name for own in self.kept.values() if own.id == name), name)
        super().remove_service(found)

    def remove_secret(self, name: str) -> None:
        self.made["secret"] = {key: own for key, own in self.made["secret"].items() if name not in (key, own.id)}

    def tasks(self, service: str = "", filters: object = None) -> list[Task]:
        found: Service | None = next((own for own in self.kept.values() if service in (own.id, own.name)), None)
        if found is None:
            return super().tasks(service, filters)
        made = super().tasks(found.name)
        if not found.name.startswith("run-") or self.ends is None:
            return made
        state, code = self.ends
        error = f"task: non-zero exit ({code})" if code else ""
        return [replace(made[0], state=state, exit_code=code, error=error)]

    def commands(self) -> list[dict[str, Any]]:
        """Of those that run once and are there."""
        return [own.spec for own in self.kept.values() if own.name.startswith("run-")]
