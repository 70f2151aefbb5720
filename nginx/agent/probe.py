"""Asks a replica whether it is ready."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from nginx.agent.replicas import Outcome
from nginx.agent.routes import PORT


async def ask(address: str, port: int, path: str, timeout: timedelta) -> Outcome:
    """GETs the path on a connection of its own; only the status line is read. For `PORT` the connection is enough."""
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            return await _status(address, port, path)
    except TimeoutError:
        return Outcome.LATE


async def _status(address: str, port: int, path: str) -> Outcome:
    try:
        reader, writer = await asyncio.open_connection(address, port)
    except TimeoutError:  # the kernel's, an OSError as well: nobody is there
        return Outcome.UNREACHABLE
    except OSError:
        return Outcome.UNREACHABLE
    try:
        if path == PORT:
            return Outcome.READY
        lines = (f"GET {path} HTTP/1.1", f"Host: {address}", "User-Agent: flotilla-edge", "Connection: close")
        writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        await writer.drain()
        words = (await reader.readline()).split()
    except (OSError, ValueError):  # broke off; a line without end
        return Outcome.UNREACHABLE
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if len(words) < 2:
        return Outcome.UNREACHABLE
    return Outcome.READY if words[1] == b"200" else Outcome.NOT_READY
