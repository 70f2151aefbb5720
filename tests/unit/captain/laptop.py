"""`captain` on a laptop against captain's API over a Swarm in memory, without a network."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import httpx
import pytest

from captain.__main__ import COMMANDS
from captain.__main__ import _parser as parser_of_the_image
from captain.apps import command_line
from captain.apps.app_rollout import Place
from captain.cli.login import Login
from captain.cli.main import _parser, run
from captain.cli.server import Server
from captain.credentials import Domains
from captain.errors import CaptainError
from tests.unit.captain.memory_captain import Captain, place


class Bridge(httpx.BaseTransport):
    """A blocking client's way to an application in this process. `before` may answer in its place."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx.ASGITransport(app)
        self.before: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answered = self.before(request)
        return asyncio.run(self._ask(request)) if answered is None else answered

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = await self._transport.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content, request=request)


class Laptop:
    """Logged in as the first user."""

    def __init__(self, captain: Captain, token: str = "") -> None:
        self.bridge = Bridge(captain.app)
        self.server = Server(Login("http://captain.localhost", token or captain.token), self.bridge)

    def asked(self, *words: str, given: str = "", terminal: str | None = None) -> tuple[int, str, str]:
        """Exit code, what was written, and what was said besides. `terminal` is what a person types."""
        return _captured(lambda: run(self.server, _parser().parse_args(words)), given, terminal)

    def wrong(self, *words: str) -> str:
        """The sentence that a command ends with."""
        try:
            self.asked(*words)
        except CaptainError as error:
            return str(error)
        raise AssertionError("it went well")


def inside(swarm: Any, *words: str, given: str = "") -> tuple[int, str, str]:
    """The same command in the image, on the engine; time passes in the Swarm alone."""
    options = parser_of_the_image().parse_args(words)
    command = import_module(COMMANDS[options.command]).run

    def made(engine: Any, stack: str, domains: Domains, say: Callable[[str], object], sights: object) -> Place:
        return place(swarm, say)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command_line, "Place", made)
        return _captured(lambda: command(swarm, options, Domains.of(""), sys.stdout.write), given)


class _Terminal(io.TextIOWrapper):
    """Somebody sits at it."""

    def isatty(self) -> bool:
        return True


def _captured(command: Callable[[], int], given: str, terminal: str | None = None) -> tuple[int, str, str]:
    stdin = sys.stdin
    typed = io.BytesIO((given if terminal is None else terminal).encode())
    sys.stdin = io.TextIOWrapper(typed) if terminal is None else _Terminal(typed)
    written, said = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
    try:
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(said):
            code = command()
    finally:
        sys.stdin = stdin
    return code, *(stream.buffer.getvalue().decode() for stream in (written, said))  # type: ignore[attr-defined]
