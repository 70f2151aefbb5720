"""What every answer of CapRover's API is in, always with HTTP 200, and its codes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Status(IntEnum):
    """CapRover's codes, of which 100 and 101 alone are no errors to its clients."""

    OK = 100
    STARTED = 101
    GENERIC = 1000
    NOT_AUTHORISED = 1102
    ALREADY_EXISTS = 1103
    BAD_NAME = 1104
    WRONG_PASSWORD = 1105
    TOKEN_INVALID = 1106
    ILLEGAL_OPERATION = 1108
    BUILD_ERROR = 1109
    ILLEGAL_PARAMETER = 1110
    NOT_FOUND = 1111
    BACK_OFF = 1113


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `description` is a sentence that clients show."""

    status: Status
    description: str
    data: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """As clients read it."""
        return {"status": int(self.status), "description": self.description, "data": self.data}


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: Status, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status

    def answer(self) -> Answer:
        """What the client gets."""
        return Answer(self.status, str(self))
