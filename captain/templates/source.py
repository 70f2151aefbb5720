"""Where a template comes from: a file, a folder of them, or a repository on the web (CapRover's format, version 4).

A repository is somebody else's: what it answers is bounded in size and time, and it may not send captain on to another
server, which might be one inside that it cannot reach itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx

from captain.errors import CaptainError
from captain.oneclick.yaml_text import MOST_CHARACTERS

SUFFIXES = (".yml", ".yaml", ".json")
OFFICIAL = "https://oneclickapps.caprover.com"
_NAME = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?", re.ASCII)
_TIMEOUT_SECONDS = 15.0
_MOST_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}
_MOST_BYTES = 4 * MOST_CHARACTERS  # UTF-8 needs four bytes for a character at most


@dataclass(frozen=True, slots=True)
class Found:
    """A template's text, the name that it goes by, and where it was."""

    name: str
    text: str
    where: str


def find(wanted: str, repository: str, client: httpx.Client | None = None) -> Found:
    """The template that a person named: a file, else a name in `repository`, the official one when that is empty.

    `repository` is a folder, a file, or an http(s) address. `CaptainError` where there is none, or it cannot be read.
    """
    at = repository or ("" if Path(wanted).is_file() else OFFICIAL)
    if not at:
        return _read(Path(wanted))
    if not _NAME.fullmatch(wanted):
        raise CaptainError(f"'{wanted}' is no file, and no name that a template of {at} could have.")
    if re.match(r"[a-z][a-z0-9+.-]*://", at, re.IGNORECASE):
        return _fetch(wanted, at, client)
    folder = Path(at)
    if folder.is_file():
        return _read(folder)
    files = [folder / f"{wanted}{suffix}" for suffix in SUFFIXES]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise CaptainError(f"{folder} has no template {wanted}: there is none of {', '.join(map(str, files))}.")
    return _read(file)


def _read(file: Path) -> Found:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaptainError(f"{file} cannot be read: {error}.") from error
    return Found(file.stem, text, str(file))


def _fetch(name: str, repository: str, client: httpx.Client | None) -> Found:
    address = repository
    if not urlsplit(repository).path.endswith(SUFFIXES):
        base = repository.rstrip("/")
        address = f"{base if base.endswith('/v4') else f'{base}/v4'}/apps/{quote(name)}"
    own = client or httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=True)
    try:
        return Found(name, download(own, address), address)
    finally:
        if client is None:
            own.close()


def download(client: httpx.Client, address: str) -> str:
    """The text at an address that the operator named. `CaptainError` when it is sent on to another server."""
    for _ in range(_MOST_REDIRECTS + 1):
        parts = urlsplit(address)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise CaptainError(f"{address} is no http or https address: captain takes templates from nowhere else.")
        onward = _answer(client, address)
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


def _answer(client: httpx.Client, address: str) -> str | _Onward:
    try:
        with client.stream("GET", address, headers={"Accept": "application/json, text/yaml"}) as answer:
            if answer.is_redirect:
                return _Onward(answer.headers["location"])
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise CaptainError(f"There is no template at {address}: look at its name.")
            if answer.status_code != httpx.codes.OK:
                raise CaptainError(f"{address} answers {answer.status_code}: try again, or name another repository.")
            received = _bounded(answer.iter_bytes(), address)
    except httpx.HTTPError as error:
        raise CaptainError(f"{address} does not answer: {error or type(error).__name__}.") from error
    try:
        return received.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CaptainError(f"{address} is no text: {error}.") from error


def _bounded(pieces: Iterable[bytes], address: str) -> bytes:
    received = b""
    for piece in pieces:
        received += piece
        if len(received) > _MOST_BYTES:
            raise CaptainError(f"{address} is larger than a template may be ({MOST_CHARACTERS} characters).")
    return received
