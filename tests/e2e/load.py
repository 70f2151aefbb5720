"""A load generator: closed loop (so many clients, one request after another) or a fixed rate; a script.

Written to the sockets directly: a client library would take more of the test machine's two cores than the
servers. Nothing is ever repeated, so that whatever a client would see is counted. Prints one JSON line a
second (``{"done": 120, "failed": 0}``) and, when told to stop (SIGTERM) or out of time, one with the whole
account; with ``--each`` also one for every request (``{"request": {…}}``) when it has ended. Standard library only:
it also runs in containers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class Answer:
    """A whole answer: its status and, of errors, the ``code`` in the JSON and the header ``Retry-After``."""

    status: int
    code: str = ""
    retry_after: str = ""


@dataclass
class Account:
    """What became of the requests. POSTs are told apart by the unique title in their body."""

    done: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    failed: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    each: bool = False

    def record(self, method: str, title: str | None, began: float, answer: Answer | None, error: str) -> None:
        """Enters one request; ``answer`` None: none came or not the whole, and ``error`` says why."""
        self.done += 1
        status = answer.status if answer is not None else None
        word = str(status) if status is not None else "none"
        self.statuses[word] = self.statuses.get(word, 0) + 1
        took = time.monotonic() - began
        self.latencies_ms.append(took * 1000)
        good = status is not None and 200 <= status < 300
        if not good and len(self.failed) < 1000:
            self.failed.append(
                {
                    "method": method,
                    "at": time.time(),
                    "seconds": round(took, 3),
                    "status": status,
                    "error": error,
                }
            )
        if self.each:
            now = time.time()
            told = {"method": method, "title": title, "due": now - took, "ended": now, "error": error}
            told |= vars(answer) if answer is not None else {"status": None}
            print(json.dumps({"request": told}), flush=True)
        if title is not None:
            # A 4xx or 503 promises that nothing was written; after no answer or another 5xx, nobody knows.
            if good:
                self.acknowledged.append(title)
            elif status is None or (status >= 500 and status != 503):
                self.unknown.append(title)

    def whole(self) -> dict[str, Any]:
        """The last line that is printed."""
        ordered = sorted(self.latencies_ms)
        p95 = ordered[int(len(ordered) * 0.95)] if ordered else None
        return {
            "done": self.done,
            "statuses": self.statuses,
            "failed": self.failed,
            "acknowledged": self.acknowledged,
            "unknown": self.unknown,
            "p95_ms": p95,
        }


class Client:
    """One client with one connection, kept alive while the server allows."""

    def __init__(self, options: argparse.Namespace, account: Account, name: str) -> None:
        self._options = options
        self._account = account
        self._name = name
        self._count = 0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            # A DNS name stands for many replicas: each connection picks one of them.
            found = await asyncio.get_running_loop().getaddrinfo(
                self._options.connect, self._options.port, family=socket.AF_INET, type=socket.SOCK_STREAM
            )
            self._streams = await asyncio.open_connection(*random.choice(found)[4][:2])
        return self._streams

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def request(self, due: float | None = None) -> None:
        """Sends one request and accounts for it, whatever happens. ``due``: when it should have begun, if not now."""
        self._count += 1
        post = bool(self._options.post) and random.random() * 100 < self._options.post_percent
        title = f"{self._name}-{self._count}" if post else None
        body = json.dumps({"title": title, "body": "A post of the load test."}).encode() if post else b""
        method, path = ("POST", self._options.post) if post else ("GET", self._options.get)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._options.host}", "Accept: */*"]
        if self._options.token:
            lines.append(f"Authorization: Bearer {self._options.token}")
        if post:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        began = time.monotonic() if due is None else due
        answer, error = None, ""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._exchange(head + body)
        except TimeoutError:
            error = f"no answer within {TIMEOUT_SECONDS:g} s"
        except (OSError, asyncio.IncompleteReadError, ValueError) as caught:
            error = f"{type(caught).__name__}: {caught}"
        if answer is None:
            self.close()
        self._account.record(method, title, began, answer, error)

    async def _exchange(self, message: bytes) -> Answer:
        reader, writer = await self._connect()
        writer.write(message)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        fields = {}
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        body = b""
        if fields.get("transfer-encoding") == "chunked":
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
        elif "content-length" in fields:
            body = await reader.readexactly(int(fields["content-length"]))
        elif status != 204:
            body = await reader.read()
            self.close()
        if fields.get("connection", "").lower() == "close":
            self.close()
        code = error_code(body) if status >= 400 else ""
        return Answer(status, code, fields.get("retry-after", ""))


def error_code(body: bytes) -> str:
    """The word for programs in an error's JSON; empty when there is none."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(body)["code"])
    return ""


async def closed_loop(options: argparse.Namespace, account: Account, stop: asyncio.Event) -> None:
    """Every client sends its next request when the last one is answered."""

    async def one(number: int) -> None:
        client = Client(options, account, f"{options.run}-{number}")
        while not stop.is_set():
            before = len(account.failed)
            await client.request()
            if len(account.failed) > before:
                await asyncio.sleep(0.05)  # a refusal is quick: do not spin on it
        client.close()

    async with asyncio.TaskGroup() as group:
        for number in range(options.clients):
            group.create_task(one(number))


async def fixed_rate(options: argparse.Namespace, account: Account, stop: asyncio.Event) -> None:
    """Requests begin on schedule, each on a connection of its own, whatever became of those before."""

    async def one(number: int, due: float) -> None:
        client = Client(options, account, f"{options.run}-{number}")
        await client.request(due)
        client.close()

    began, number = time.monotonic(), 0
    async with asyncio.TaskGroup() as group:
        while not stop.is_set():
            group.create_task(one(number + 1, began + number / options.rate))
            number += 1
            await asyncio.sleep(max(0.0, began + number / options.rate - time.monotonic()))


async def main(options: argparse.Namespace) -> None:
    account, stop = Account(each=options.each), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.call_later(options.seconds, stop.set)

    async def progress() -> None:
        while not stop.is_set():
            await asyncio.sleep(1)
            print(json.dumps({"done": account.done, "failed": len(account.failed)}), flush=True)

    telling = asyncio.create_task(progress())
    await (fixed_rate if options.rate else closed_loop)(options, account, stop)
    telling.cancel()
    print(json.dumps({"account": account.whole()}), flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connect", required=True, help="address or DNS name to connect to")
    parser.add_argument("--port", type=int, default=80)
    parser.add_argument("--host", required=True, help="Host header")
    parser.add_argument("--token", default="")
    parser.add_argument("--get", default="/", help="path of the GETs")
    parser.add_argument("--post", default="", help="path of the POSTs, if any")
    parser.add_argument("--post-percent", type=float, default=30)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rate", type=float, default=0, help="requests/s instead of a closed loop")
    parser.add_argument("--each", action="store_true", help="tell what became of each request")
    parser.add_argument("--seconds", type=float, default=600, help="stop after so long, told or not")
    parser.add_argument("--run", default="load", help="prefix of the POSTs' titles")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(main(parse(sys.argv[1:])))
