"""What the API says when it does not do what was asked, and whether asking again may help."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass(frozen=True)
class Fault:
    """`pointer` is a JSON pointer into what `where` names: body, query, path or header."""

    where: str
    pointer: str
    detail: str


class ApiError(Exception):
    """An answer that is no success.

    `status` is the HTTP status; `code` a word for programs (`http_<status>` where the answer has none); `message` one
    sentence for people; `retry_after` how long the server asks to wait, None where it does not; `request_id` what the
    server's log has the request under; `body` the whole answer's JSON, None where it is not JSON; `faults` what is
    wrong where, for a 422.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        retry_after: timedelta | None = None,
        request_id: str | None = None,
        body: Any = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.request_id = request_id
        self.body = body

    @property
    def faults(self) -> list[Fault]:
        """Each thing that is wrong in the request, where the answer says it."""
        said = self.body.get("errors") if isinstance(self.body, dict) else None
        found = [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []
        return [Fault(*(str(item.get(name, "")) for name in ("where", "pointer", "detail"))) for item in found]


def error_of(status: int, headers: Mapping[str, str], content: bytes) -> ApiError:
    """The error of an answer: a problem of RFC 9457, or whatever else came."""
    body = _json(content)
    said: Mapping[str, object] = body if isinstance(body, dict) else {}
    code = _first_text(said, "code") or _last_segment(_first_text(said, "type")) or f"http_{status}"
    message = _first_text(said, "detail", "title") or f"The server answered with status {status}."
    return ApiError(status, code, message, retry_after(headers), headers.get("x-request-id"), body)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """`Retry-After` in seconds; a date, which the platform never sends, counts as none."""
    said = headers.get("retry-after", "").strip()
    return timedelta(seconds=int(said)) if said.isascii() and said.isdigit() and len(said) < 8 else None


def pause_before_repeating(
    method: str, sent: Mapping[str, str], status: int, headers: Mapping[str, str], longest: timedelta
) -> timedelta | None:
    """How long to wait before the same request is sent again, or None if it must not be.

    Only what is harmless to repeat (by its method, or for its `Idempotency-Key`), and was answered 503 with a
    Retry-After of at most `longest`.
    """
    harmless = method in _REPEATABLE or any(name.lower() == "idempotency-key" for name in sent)
    pause = retry_after(headers)
    return pause if harmless and status == 503 and pause is not None and pause <= longest else None


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _first_text(said: Mapping[str, object], *names: str) -> str:
    return next((value for name in names if isinstance(value := said.get(name), str) and value), "")


def _last_segment(address: str) -> str:
    """A problem's type is an address whose end says which; `about:blank` says nothing."""
    return "" if address in {"", "about:blank"} else address.rstrip("/#").replace("#", "/").rpartition("/")[2]
