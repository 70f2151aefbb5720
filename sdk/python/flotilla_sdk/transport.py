"""How the clients send: token, timeouts, repeats. What is sent is in `client` and `async_client`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import httpx

from flotilla_sdk import codec
from flotilla_sdk.errors import error_of, pause_before_repeating

TIMEOUT = timedelta(seconds=30)
REPEATS = 2
LONGEST_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True)
class _Sending:
    """What one client does with every request."""

    base_url: str
    token: str | None
    timeout_seconds: float
    repeats: int
    longest_pause: timedelta

    def request(
        self,
        http: httpx.Client | httpx.AsyncClient,
        method: str,
        path: str,
        query: Mapping[str, object],
        headers: Mapping[str, object],
        body: object,
        raw: bool,
    ) -> httpx.Request:
        given = {name: codec.text(value) for name, value in headers.items() if value is not None}
        given["Accept"] = "*/*" if raw else "application/json"
        if self.token is not None:
            given["Authorization"] = f"Bearer {self.token}"
        content = None
        if isinstance(body, bytes):
            given["Content-Type"] = "application/octet-stream"
            content = body
        elif body is not None:
            given["Content-Type"] = "application/json"
            content = json.dumps(codec.to_json(body), allow_nan=False).encode()
        address = httpx.URL(self.base_url + path, params=codec.query_of(query))
        return http.build_request(method, address, headers=given, content=content, timeout=self.timeout_seconds)

    def pause(self, request: httpx.Request, response: httpx.Response, attempt: int) -> float | None:
        """Seconds until the next attempt, or None if this answer stands."""
        if attempt >= self.repeats:
            return None
        pause = pause_before_repeating(
            request.method, request.headers, response.status_code, response.headers, self.longest_pause
        )
        return None if pause is None else pause.total_seconds()


def _answer(response: httpx.Response, raw: bool) -> object:
    """The answer's JSON, None for one without a body; its bytes if it is `raw`. Raises ApiError, UnexpectedAnswer."""
    if not response.is_success:
        raise error_of(response.status_code, response.headers, response.content)
    if raw:
        return response.content
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise codec.UnexpectedAnswer(f"the answer with status {response.status_code} is not JSON") from error


class Transport:
    """What `Client` is made of; give it to a `with` statement, or close it.

    `base_url` is where the platform's dashboard is, such as `https://app.example.com`. `timeout` bounds each step of a
    request: connecting, sending, every wait for a part of the answer. A GET, PUT or DELETE that is answered 503 with
    `Retry-After` is sent again after that time, `repeats` times at most and never after more than `longest_pause`.
    `http` is an httpx client of one's own (proxies, certificates), which stays open. What httpx raises, such as
    `httpx.ConnectError` or `httpx.TimeoutException`, is passed on.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout: timedelta = TIMEOUT,
        repeats: int = REPEATS,
        longest_pause: timedelta = LONGEST_PAUSE,
        http: httpx.Client | None = None,
    ) -> None:
        self._sending = _Sending(base_url.rstrip("/"), token, timeout.total_seconds(), repeats, longest_pause)
        self._http = http or httpx.Client()
        self._own = http is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        if self._own:
            self._http.close()

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] = {},
        headers: Mapping[str, object] = {},
        body: object = None,
        raw: bool = False,
    ) -> object:
        attempt = 0
        while True:
            request = self._sending.request(self._http, method, path, query, headers, body, raw)
            response = self._http.send(request)
            pause = self._sending.pause(request, response, attempt)
            if pause is None:
                return _answer(response, raw)
            time.sleep(pause)
            attempt += 1


class AsyncTransport:
    """What `AsyncClient` is made of; give it to an `async with` statement, or close it.

    The arguments are those of `Transport`, `http` being an `httpx.AsyncClient`.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout: timedelta = TIMEOUT,
        repeats: int = REPEATS,
        longest_pause: timedelta = LONGEST_PAUSE,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._sending = _Sending(base_url.rstrip("/"), token, timeout.total_seconds(), repeats, longest_pause)
        self._http = http or httpx.AsyncClient()
        self._own = http is None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._own:
            await self._http.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] = {},
        headers: Mapping[str, object] = {},
        body: object = None,
        raw: bool = False,
    ) -> object:
        attempt = 0
        while True:
            request = self._sending.request(self._http, method, path, query, headers, body, raw)
            response = await self._http.send(request)
            pause = self._sending.pause(request, response, attempt)
            if pause is None:
                return _answer(response, raw)
            await asyncio.sleep(pause)
            attempt += 1
