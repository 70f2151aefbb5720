"""The platform's one error class.

Who raises it decides status, code and sentence; one handler writes it down, as a problem of RFC 9457.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

# How long a client is asked to wait before it tries again.
RETRY_AFTER_SECONDS = 1


class Fault(TypedDict):
    """One thing that is wrong in a request: `pointer` is a JSON pointer into what `where` names."""

    where: str
    pointer: str
    detail: str


class PlatformError(Exception):
    """An answer that is no success.

    `status` is the HTTP status, `code` a word for programs, `message` one sentence for people, `headers` what
    the answer carries besides, `more` further members of its JSON. Every code is in docs/api.md.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def body(self, request_id: str) -> dict[str, object]:
        """The JSON that every error of the platform has: a problem of RFC 9457. The edge's are like it."""
        told: dict[str, object] = {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.message,
            "code": self.code,
        }
        if request_id:
            told["instance"] = f"/requests/{request_id}"
        return told | self.more


def unauthorized() -> PlatformError:
    """Nobody said who they are."""
    return _not_let_in("This needs an API key: send one in the header `Authorization: Bearer <key>`.")


def not_bearer() -> PlatformError:
    """The header has something else than a key."""
    return _not_let_in("The header `Authorization` has no API key: it has to be `Bearer`, a space, and the key.")


def wrong_key() -> PlatformError:
    """What was sent lets nobody in; the sentence is the same for a key that there never was and one that is over."""
    return _not_let_in(
        "The API key that was sent is not valid, or not any more: look whether it is whole, or make another."
    )


def _not_let_in(message: str) -> PlatformError:
    return PlatformError(401, "unauthorized", message, {"WWW-Authenticate": "Bearer"})


def site_not_found() -> PlatformError:
    """The site that the address names does not exist."""
    return PlatformError(404, "site_not_found", "There is no such site; list the sites to see which there are.")


def post_not_found() -> PlatformError:
    """The post that the address names does not exist on that site."""
    return PlatformError(404, "post_not_found", "There is no such post; list the site's posts to see which there are.")


def changed_meanwhile(current: Mapping[str, object]) -> PlatformError:
    """The row is not in a version that `If-Match` names; `current` is how it is, with its `etag`."""
    return PlatformError(
        412,
        "changed_meanwhile",
        "This was changed since you read it; look at `current`, and send your change again with its ETag.",
        {"ETag": str(current["etag"])},
        {"current": current},
    )


def slug_taken(slug: str) -> PlatformError:
    """Another site has the slug."""
    return PlatformError(409, "slug_taken", f"The slug {slug} is taken; choose another.")


def invalid(message: str, faults: Sequence[Fault] = ()) -> PlatformError:
    """What was sent is understood and not acceptable; `faults` say where."""
    return PlatformError(422, "invalid", message, more={"errors": list(faults)})


def invalid_member(pointer: str, message: str) -> PlatformError:
    """One member of the body is not acceptable, `/slug` say."""
    return invalid(message, [Fault(where="body", pointer=pointer, detail=message)])


def too_large(max_bytes: int) -> PlatformError:
    """The body is over the limit."""
    return PlatformError(413, "too_large", f"The body is too large; send at most {max_bytes} bytes at once.")


def database_unavailable() -> PlatformError:
    """The database cannot be had now, and nothing was saved."""
    return PlatformError(
        503,
        "database_unavailable",
        "The database cannot be reached right now and nothing was saved; try again in a moment.",
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def outcome_unknown() -> PlatformError:
    """The connection broke during a commit.

    No Retry-After: sending it again by itself could save it twice.
    """
    return PlatformError(
        503,
        "outcome_unknown",
        "The connection to the database broke while saving; check whether it was saved.",
    )


def internal() -> PlatformError:
    """A mistake in the platform; the log has the details under the request's id."""
    return PlatformError(
        500, "internal", "The platform made a mistake; report it with the X-Request-ID of this answer."
    )
