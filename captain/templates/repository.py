"""Fetches a template from a repository on the web (CapRover's format, version 4).

A repository is somebody else's: what it answers is bounded in size and time, and it may not send captain on to another
server, which might be one inside that it cannot reach itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import httpx

from captain.errors import CaptainError
from captain.oneclick.yaml_text import MOST_CHARACTERS

_TIMEOUT_SECONDS = 15.0
WITHIN_SECONDS = 30.0
"""For all of an answer; each piece of it has its own time."""
_MOST_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}
_MOST_BYTES = 4 * MOST_CHARACTERS  # UTF-8 needs four bytes for a character at most


def fetch(name: str, repository: str, suffixes: tuple[str, ...], client: httpx.Client | None) -> tuple[str, str]:
    """The template's text, and its address. `CaptainError` where there is none, or it cannot be read."""
    address = repository
    if not _named(repository).path.endswith(suffixes):
        base = repository.rstrip("/")
        address = f"{base if base.endswith('/v4') else f'{base}/v4'}/apps/{quote(name)}"
    own = client or httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=True)
    try:
        return download(own, address), address
    finally:
        if client is None:
            own.close()


def download(client: httpx.Client, address: str, within_seconds: float = WITHIN_SECONDS) -> str:
    """The text at an address that the operator named. `CaptainError` when it is sent on to another server."""
    deadline = _Deadline(within_seconds, time.monotonic() + within_seconds)
    for _ in range(_MOST_REDIRECTS + 1):
        named = _named(address)
        if named.scheme not in _PORTS or not named.host:
            raise CaptainError(f"{address} is no http or https address: captain takes templates from nowhere else.")
        onward = _answer(client, address, deadline)
        if isinstance(onward, str):
            return onward
        address = _following(address, onward.location)
    raise CaptainError(f"{address} sends captain on more than {_MOST_REDIRECTS} times: name the last address.")


@dataclass(frozen=True, slots=True)
class _Deadline:
    """`until` is on the monotonic clock, `seconds` what it was from the beginning."""

    seconds: float
    until: float

    def left(self, address: str) -> float:
        """Seconds, more than none. `CaptainError` once it has passed."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise CaptainError(f"{address} takes more than {round(self.seconds, 1):g} s to answer: try again later.")
        return left


@dataclass(frozen=True, slots=True)
class _Named:
    """What an address names; the port also where it goes without saying."""

    scheme: str
    host: str
    port: int | None
    path: str


def _named(address: str) -> _Named:
    try:
        parts = urlsplit(address)
        return _Named(parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme), parts.path)
    except ValueError as error:
        raise CaptainError(f"{address} is no address: {error}.") from error


def _following(address: str, location: str) -> str:
    """Where it sends captain on. `CaptainError` where that is no address, or another server's."""
    try:
        following = urljoin(address, location)
    except ValueError as error:
        raise CaptainError(f"{address} sends captain on to {location}, which is no address: {error}.") from error
    if not _is_same_server(_named(address), _named(following)):
        raise CaptainError(f"{address} sends captain on to {following}: name that address yourself if it is meant.")
    return following


def _is_same_server(before: _Named, after: _Named) -> bool:
    """The same host at the same port, or its https from its http."""
    return before.host == after.host and (before.port == after.port or (before.port, after.port) == (80, 443))


@dataclass(frozen=True, slots=True)
class _Onward:
    location: str


def _answer(client: httpx.Client, address: str, deadline: _Deadline) -> str | _Onward:
    left = deadline.left(address)
    timeout = min(left, client.timeout.read or left)
    try:
        headers = {"Accept": "application/json, text/yaml"}
        with client.stream("GET", address, headers=headers, timeout=timeout) as answer:
            if answer.has_redirect_location:
                return _Onward(answer.headers["location"])
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise CaptainError(f"There is no template at {address}: look at its name.")
            if answer.status_code != httpx.codes.OK:
                raise CaptainError(f"{address} answers {answer.status_code}: try again, or name another repository.")
            received = _bounded(answer.iter_bytes(), address, deadline)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CaptainError(f"{address} does not answer: {error or type(error).__name__}.") from error
    try:
        return received.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CaptainError(f"{address} is no text: {error}.") from error


def _bounded(pieces: Iterable[bytes], address: str, deadline: _Deadline) -> bytes:
    received = b""
    for piece in pieces:
        received += piece
        if len(received) > _MOST_BYTES:
            raise CaptainError(f"{address} is larger than a template may be ({MOST_CHARACTERS} characters).")
        deadline.left(address)
    return received
