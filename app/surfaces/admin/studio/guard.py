"""What stands before every request to Studio: where it comes from, and what its page may do in the browser."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from app.accounts.refusals import foreign_request
from app.asgi import App, Message, Receive, Scope, Send, header

_SAFE = frozenset({"GET", "HEAD"})
NONCE = "flotilla.nonce"
"""The key of a request's scope under which templates find the nonce of their scripts."""

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)


def guarded(studio: App) -> App:
    """Studio behind the guard. Requests that change something come from its own pages alone; PlatformError 403."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope = as_outside(scope)
        if scope["method"] not in _SAFE and not _from_itself(scope):
            raise foreign_request()
        nonce = scope[NONCE] = secrets.token_urlsafe(16)
        keeping = b"private, max-age=3600" if scope["path"].startswith("/studio/static/") else b"no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", _POLICY.format(nonce=nonce).encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"same-origin"),
                    (b"cache-control", keeping),
                ]
            await send(message)

        await studio(scope, receive, send_with_headers)

    return app


def as_outside(scope: Scope) -> Scope:
    """The request with the scheme that the browser has; the edge says it, and overwrites what others say."""
    given = header(scope, b"x-forwarded-proto")
    return {**scope, "scheme": given} if given in {"http", "https"} else dict(scope)


def _from_itself(scope: Scope) -> bool:
    """Browsers name the origin of every request that changes something; none is not ours."""
    origin = urlsplit(header(scope, b"origin"))
    return (origin.scheme, origin.netloc.lower()) == (scope["scheme"], header(scope, b"host").lower())
