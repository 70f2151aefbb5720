"""A replica for the edge's tests: HTTP/1.1 with keep-alive on port 8000, standard library only.

It does what the path says (query: ``seconds``, ``key``), counts what it was sent; ``/control`` steers it.
"""

from __future__ import annotations

import asyncio
import collections
import json
import os
import signal
import socket
import struct
import sys
from urllib.parse import parse_qs, urlsplit

NAME = os.environ.get("NAME") or socket.gethostname()
PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000

ready = os.environ.get("READY", "1") == "1"
counts: collections.Counter[str] = collections.Counter()
seen: collections.deque[dict[str, object]] = collections.deque(maxlen=40)
in_flight = 0
stopping = False
peak = 0


def answer(status: str, body: object, *lines: str) -> bytes:
    payload = (json.dumps(body) if not isinstance(body, str) else body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(payload)}", f"X-Replica: {NAME}", *lines]
    if stopping:
        head.append("Connection: close")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + payload


def reset(writer: asyncio.StreamWriter) -> None:
    """Breaks the connection off with a RST."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def events(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    number = 0
    while True:
        number += 1
        writer.write(f"data: {number}\n\n".encode())
        await writer.drain()
        await asyncio.sleep(0.1)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


async def respond(method: str, target: str, headers: list[str], body: bytes, streams: tuple) -> bool:
    """Answers one request; False when the connection is over."""
    global ready, in_flight, peak
    reader, writer = streams
    url = urlsplit(target)
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    if url.path == "/readyz":
        counts["readyz"] += 1
        writer.write(answer("200 OK" if ready else "503 Service Unavailable", "ready" if ready else "not ready"))
        return True
    if url.path == "/control":
        ready = query.get("ready", "1" if ready else "0") == "1"
        writer.write(
            answer("200 OK", {"name": NAME, "counts": counts, "in_flight": in_flight, "peak": peak, "seen": list(seen)})
        )
        return True
    counts["requests"] += 1
    seen.append({"line": f"{method} {target}", "headers": headers, "body": body.decode("latin-1")})
    counts[f"{method} {url.path}{'?key=' + query['key'] if 'key' in query else ''}"] += 1
    in_flight += 1
    peak = max(peak, in_flight)
    try:
        await asyncio.sleep(float(query.get("seconds", 0)))
        if url.path == "/cut":
            reset(writer)
            return False
        if url.path == "/events":
            await events(writer)
        elif url.path == "/socket":
            await echo(reader, writer)
            return False
        elif url.path == "/bytes":
            writer.write(answer("200 OK", "x" * int(query["length"])))
        elif url.path == "/headers":
            writer.write(answer("200 OK", {"headers": headers}))
        else:
            writer.write(answer("200 OK", {"name": NAME, "method": method, "path": target, "body": len(body)}))
        await writer.drain()
    finally:
        in_flight -= 1
    return True


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            request, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
            method, target, _ = request.split(" ")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            if not await respond(method, target, lines, body, (reader, writer)):
                break
            await writer.drain()
            if stopping or fields.get("connection", "").lower() == "close":
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def drain() -> None:
    """As the app on SIGTERM: goes on for longer than the edge's refresh, then finishes what is under way."""
    global ready, stopping
    ready, stopping = False, True
    await asyncio.sleep(1.5)
    while in_flight:
        await asyncio.sleep(0.05)
    os._exit(0)


async def main() -> None:
    tasks = set()
    async with await asyncio.start_server(serve, "0.0.0.0", PORT, backlog=1024) as server:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: tasks.add(asyncio.ensure_future(drain())))
        await server.serve_forever()


asyncio.run(main())
