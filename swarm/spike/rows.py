"""The site of a run: made before it, and its posts read back after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from swarm.spike import wire
from swarm.spike.load import Target

PAGE = 1000
TRIES = 5


async def _patiently(ask: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Reading what is there is no part of the load, so it may be repeated."""
    for attempt in range(1, TRIES + 1):
        try:
            return await ask()
        except (wire.WireError, OSError, TimeoutError):
            if attempt == TRIES:
                raise
            await asyncio.sleep(attempt)
    raise AssertionError("unreachable")


async def make_site(address: str, port: int, host: str, token: str, slug: str) -> str:
    """Creates a fresh site and returns its id. Raises WireError, OSError or TimeoutError."""
    body = json.dumps({"slug": slug, "title": f"Load test {slug}"}).encode()
    request = wire.request_bytes("POST", "/api/v1/sites", host, token=token, body=body)
    answer = wire.decoded(await wire.fetch(address, port, request, timeout_seconds=10))
    return str(answer["id"])


async def titles(target: Target) -> list[str]:
    """The titles of all posts of the site, page by page. Raises WireError, OSError or TimeoutError."""
    found: list[str] = []
    after: object = None
    while True:
        query = urlencode({"limit": PAGE} | ({} if after is None else {"after": after}))
        path = f"/api/v1/sites/{target.site}/posts?{query}"
        request = wire.request_bytes("GET", path, target.host, token=target.token)

        async def page(request: bytes = request) -> dict[str, Any]:
            return wire.decoded(await wire.fetch(target.address, target.port, request, timeout_seconds=30))

        answer = await _patiently(page)
        found += [str(item["title"]) for item in answer["items"]]
        following = answer.get("next")
        if following is None:
            return found
        if following == after:
            raise wire.WireError(f"The list of posts does not go on after {after!r}.")
        after = following
