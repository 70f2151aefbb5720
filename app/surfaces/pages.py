"""HTML pages from template files: what every surface but the API is made of."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from string import Template

from app.asgi import HTML, App, Receive, Scope, Send, answer, answer_error
from app.errors import PlatformError
from app.settings import Settings

TEMPLATES = Path(__file__).parent.parent / "templates"

_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


def template(surface: str, name: str) -> Template:
    """A template file of a surface, `templates/<surface>/<name>.html`; `$name` stands for a value."""
    return Template((TEMPLATES / surface / f"{name}.html").read_text(encoding="utf-8"))


def fill(page: Template, values: Mapping[str, str], *, fragments: Mapping[str, str] | None = None) -> bytes:
    """The page with `values`, which are text and get escaped, and `fragments`, which are HTML already."""
    escaped = {name: html.escape(value) for name, value in values.items()}
    return page.substitute(escaped, **(fragments or {})).encode()


async def answer_page(
    scope: Scope, send: Send, status: int, body: bytes, *, seconds: int = 0, policy: bytes = _POLICY
) -> None:
    """Sends a page that caches may keep for some seconds. `policy` says what the page may load."""
    keeping = b"public, max-age=%d" % seconds if seconds else b"no-cache"
    headers = ((b"content-security-policy", policy), *_HEADERS, (b"cache-control", keeping))
    await answer(scope, send, status, HTML, body, headers)


def method_not_allowed() -> PlatformError:
    """Pages are for reading."""
    headers = {"Allow": "GET, HEAD"}
    return PlatformError(405, "method_not_allowed", "Pages can only be read; use GET.", headers)


def static_surface(surface: str, settings: Settings) -> App:
    """A surface with one page at `/` and its own "not found" page everywhere else, both rendered once."""
    values = {"domain": settings.domain, "blog_domain": settings.sites_domain()}
    index = fill(template(surface, "index"), values)
    missing = fill(template(surface, "missing"), values)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            raise method_not_allowed()
        if scope["path"] == "/":
            await answer_page(scope, send, 200, index, seconds=60)
        else:
            await answer_page(scope, send, 404, missing)

    return app


async def no_such_host(scope: Scope, receive: Receive, send: Send) -> None:
    """What is said for a host name that is none of ours."""
    error = PlatformError(404, "unknown_host", "Nothing is served under this host name; check the address.")
    await answer_error(scope, send, error)
