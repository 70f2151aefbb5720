"""Speaks to captain's API: what it answers, as values; what goes wrong, as sentences that say what to do next."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

import httpx

from captain.apps.app_spec import name_mistake
from captain.cli.login import Login, is_here, reached_at
from captain.cli.trust import context
from captain.errors import CaptainError

_PREFIX = "/api/v1"
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
"""Streams say something every 15 s; the answer to an upload comes when the edge has passed all of it on."""
_PIECE = 64 * 1024
_EVENTS = {"Accept": "text/event-stream"}


def app_path(app: str, *more: str) -> str:
    """Of an app, and of what is below it. `CaptainError` for what can be no app's name."""
    mistake = name_mistake(app)
    if mistake:
        raise CaptainError(f"The name {app} {mistake}.")
    return "/".join(["/apps", *(quote(part, safe="") for part in (app, *more))])


def secret_path(name: str) -> str:
    """Of a secret."""
    return f"/secrets/{quote(name, safe='')}"


class NoAnswer(CaptainError):
    """Captain did not answer, or stopped in the middle."""


class Refused(CaptainError):
    """Captain says no; `code` is the problem's word for programs."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Event:
    """One of a stream. `number` is 0 where it has none."""

    number: int
    kind: str
    data: Any


class Server:
    """One captain. Every method raises `NoAnswer` or `Refused`."""

    def __init__(self, login: Login, transport: httpx.BaseTransport | None = None) -> None:
        """`transport` is for tests; without it the network."""
        self._url = login.url
        url = httpx.URL(login.url)
        self._client = httpx.Client(
            base_url=url.copy_with(host=reached_at(url.host), path=_PREFIX),
            headers={"Authorization": f"Bearer {login.token}", "Host": url.netloc.decode()},
            timeout=_TIMEOUT,
            verify=context(login.fingerprint),
            transport=transport,
            trust_env=not is_here(url.host),  # a proxy has no say over this machine
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """What is there."""
        return self._asked("GET", path, params=query)

    def send(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """Ask for something, with a body of JSON."""
        return self._asked(method, path, json=body, params=query)

    def upload(
        self, method: str, path: str, content: BinaryIO, kind: str, sent: Callable[[int, int], object], **query: Any
    ) -> Any:
        """Ask for something, with a body that is no JSON; `sent` is told how many bytes of how many are on the way."""
        whole = content.seek(0, os.SEEK_END)
        content.seek(0)

        def pieces() -> Iterator[bytes]:
            done = 0
            while piece := content.read(_PIECE):
                yield piece
                done += len(piece)
                sent(done, whole)

        headers = {"Content-Type": kind, "Content-Length": str(whole)}
        return self._asked(method, path, content=pieces(), headers=headers, params=query)

    def events(self, method: str, path: str, body: object = None, **query: Any) -> Iterator[Event]:
        """A stream's, until it ends."""
        more: dict[str, Any] = {} if body is None else {"json": body}
        with (
            self._answering(),
            self._client.stream(method, path, headers=_EVENTS, params=_said(query), **more) as answer,
        ):
            if answer.status_code >= 400:
                answer.read()
            self._check(answer)
            yield from _events(answer.iter_lines())

    def _asked(self, method: str, path: str, params: Mapping[str, Any], **more: Any) -> Any:
        with self._answering():
            answer = self._client.request(method, path, params=_said(params), **more)
        self._check(answer)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise NoAnswer(f"{self._url} is not captain's address: it answers with something else.") from error

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            if isinstance(error, httpx.ConnectError) and _is_untrusted(error):
                raise NoAnswer(
                    f"The certificate that {self._url} shows is not trusted ({error}). If that is to be so: "
                    f"captain login {self._url}"
                ) from error
            raise NoAnswer(
                f"captain does not answer at {self._url} ({str(error) or type(error).__name__}): try again; if it "
                "stays so, ./swarm/captain.sh status on a manager says what is wrong."
            ) from error

    def _check(self, answer: httpx.Response) -> None:
        if answer.status_code < 400:
            return
        try:
            problem = answer.json()
            code, detail = str(problem["code"]), str(problem["detail"])
        except (ValueError, KeyError, TypeError):
            code, detail = "", self._of_the_edge(answer.status_code)
        if answer.status_code == 401:
            detail = f"The token is not, or not any more, one of captain's: captain login {self._url}"
        raise Refused(answer.status_code, code, detail)

    def _of_the_edge(self, status: int) -> str:
        """What answers before captain does, in captain's words."""
        if status == 413:
            return (
                "The edge takes nothing of that size: leave more out of the source (.dockerignore is heeded on the "
                "server only), or have an administrator raise FLOTILLA_EDGE_BODY_MB."
            )
        if status in (502, 503, 504):
            return f"captain is away at the moment ({status}): try again in a few seconds."
        return f"{self._url} answers with {status}, and is perhaps not captain's address: captain login again."


def _said(query: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in query.items() if value not in (None, "")}


def _events(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            number = fields.get("id", "")
            yield Event(int(number) if number.isdecimal() else 0, fields.get("event", ""), json.loads(fields["data"]))
        fields = {}


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
