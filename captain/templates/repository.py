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
_WITHIN_SECONDS = 30.0
"""For all of an answer; each piece of it has its own time."""
_MOST_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}
_MOST_BYTES = 4 * MOST_CHARACTERS  # UTF-8 needs four bytes for a character at most


def fetch(name: str, repository: str, suffixes: tuple[str, ...], client: httpx.Client | None) -> tuple[str, str]:
    """The template's text, and its address. `CaptainError` where there is none, or it cannot be read."""
    address = repository
    if not urlsplit(repository).path.endswith(suffixes):
        base = repository.rstrip("/")
        address = f"{base if base.endswith('/v4') else f'{base}/v4'}/apps/{quote(name)}"
    own = client or httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=True)
    try:
        return download(own, address), address
    finally:
        if client is None:
            own.close()


def download(client: httpx.Client, address: str) -> str:
    """The text at an address that the operator named. `CaptainError` when it is sent on to another server."""
    until = time.monotonic() + _WITHIN_SECONDS
    for _ in range(_MOST_REDIRECTS + 1):
        parts = urlsplit(address)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise CaptainError(f"{address} is no http or https address: captain takes templates from nowhere else.")
        onward = _answer(client, address, until)
        if isinstance(onward, str):
            return onward
        following = urljoin(address, onward.location)
        if not _is_same_server(address, following):
            raise CaptainError(f"{address} sends captain on to {following}: name that address yourself if it is meant.")
        address = following
    raise CaptainError(f"{address} sends captain on more than {_MOST_REDIRECTS} times: name the last address.")


def _is_same_server(address: str, following: str) -> bool:
    """The same host at the same port, or its https from its http."""
    before, after = urlsplit(address), urlsplit(following)
    ports = [parts.port or _PORTS.get(parts.scheme) for parts in (before, after)]
    return before.hostname == after.hostname and (ports[0] == ports[1] or ports == [80, 443])


@dataclass(frozen=True, slots=True)
class _Onward:
    location: str


def _answer(client: httpx.Client, address: str, until: float) -> str | _Onward:
    try:
        with client.stream("GET", address, headers={"Accept": "application/json, text/yaml"}) as answer:
            if answer.is_redirect:
                return _Onward(answer.headers["location"])
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise CaptainError(f"There is no template at {address}: look at its name.")
            if answer.status_code != httpx.codes.OK:
                raise CaptainError(f"{address} answers {answer.status_code}: try again, or name another repository.")
            received = _bounded(answer.iter_bytes(), address, until)
    except httpx.HTTPError as error:
        raise CaptainError(f"{address} does not answer: {error or type(error).__name__}.") from error
    try:
        return received.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CaptainError(f"{address} is no text: {error}.") from error


def _bounded(pieces: Iterable[bytes], address: str, until: float) -> bytes:
    received = b""
    for piece in pieces:
        received += piece
        if len(received) > _MOST_BYTES:
            raise CaptainError(f"{address} is larger than a template may be ({MOST_CHARACTERS} characters).")
        if time.monotonic() > until:
            raise CaptainError(f"{address} takes more than {_WITHIN_SECONDS:g} s to answer: try again later.")
    return received
