"""The routes of apps: asked from captain, and kept on disk for when it is away."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from nginx.agent.routes import Names, Routes, RoutesError, parse_entries

_LARGEST = 4 * 2**20


class AppRoutesError(OSError):
    """Captain did not answer, or not with routes; the text says what happened."""


NONE = Routes((), ())


def parse(text: str, names: Names) -> Routes:
    """Captain's answer, ``{"routes": […]}`` with entries as in the routes file; raises RoutesError."""
    try:
        entries = json.loads(text)["routes"]
    except (ValueError, KeyError, TypeError) as error:
        raise RoutesError("the answer is not what captain says of routes") from error
    if not isinstance(entries, list):
        raise RoutesError("the answer's routes are no list")
    return parse_entries(entries, names)


async def ask(url: str, timeout: timedelta) -> str:
    """GETs ``http://host:port/path``; raises AppRoutesError for anything but a whole 200."""
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            answer = await _get(url)
    except TimeoutError as error:
        raise AppRoutesError(f"captain did not answer within {timeout.total_seconds():g} s") from error
    except (OSError, ValueError) as error:
        raise AppRoutesError(f"captain cannot be reached at {url}: {error}") from error
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(maxsplit=2)[1:2] != [b"200"]:
        raise AppRoutesError(f"captain answers {head.splitlines()[:1]!r}: {body[:200].decode(errors='replace')}")
    return body.decode(errors="replace")


async def _get(url: str) -> bytes:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port or 80)
    try:
        # HTTP/1.0: the body comes as it is and ends with the connection.
        writer.write(f"GET {address.path or '/'} HTTP/1.0\r\nHost: {address.hostname}\r\n\r\n".encode())
        await writer.drain()
        received = bytearray()
        while piece := await reader.read(2**16):
            received += piece
            if len(received) > _LARGEST:
                raise ValueError("it says more than 4 MB")
        return bytes(received)
    finally:
        writer.close()


def read(file: Path) -> str | None:
    """What was kept; None when nothing was, or the disk does not give it."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def keep(file: Path, text: str) -> None:
    """Puts it in the place of what was kept, whole or not at all; raises OSError."""
    new = file.with_name(f"{file.name}.new")
    with new.open("w", encoding="utf-8") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    new.replace(file)
