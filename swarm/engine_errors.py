"""What goes wrong with a Docker Engine, and where one is found: apart from its client, which is slow to import."""

from __future__ import annotations

SOCKET = "/var/run/docker.sock"


class EngineError(Exception):
    """The engine refused (`status` is HTTP's) or did not answer (0); the message says what failed."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NotFound(EngineError):
    """The object does not exist (404)."""


class OutOfSequence(EngineError):
    """Somebody else wrote the object since it was read: read it again, decide again."""
