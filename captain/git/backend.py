"""git's own HTTP server (`git http-backend`), run for one request: a CGI program whose streams pass through."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from captain.errors import CaptainError
from captain.git.command import environment, git

_PIECE = 64 * 1024
_MOST_HEAD_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What the program is told; `path` is below `root`, and `user` who was let in."""

    root: Path
    path: str
    method: str
    query: str
    content_type: str
    content_encoding: str
    user: str
    client: str

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """As RFC 3875 has it."""
        cgi = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GATEWAY_INTERFACE": "CGI/1.1",
            "PATH_INFO": self.path,
            "REQUEST_METHOD": self.method,
            "QUERY_STRING": self.query,
            "CONTENT_TYPE": self.content_type,
            "HTTP_CONTENT_ENCODING": self.content_encoding,
            "REMOTE_USER": self.user,
            "REMOTE_ADDR": self.client,
        }
        return environment({**cgi, **more})


class Backend:
    """One run. `end` leaves no process of it behind."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls,
        request: Request,
        pipes: Sequence[int] = (),
        more: Mapping[str, str] | None = None,
    ) -> Backend:
        """`pipes` are inherited under the same numbers; `more` is added to the environment."""
        process = await asyncio.create_subprocess_exec(
            *git("http-backend"),
            cwd=request.root,
            env=request.environment(more or {}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=pipes,
            start_new_session=True,
        )
        return cls(process)

    async def feed(self, body: AsyncIterator[bytes]) -> None:
        """Give it the request's body. It answers afterwards: git says little before it has seen all of a push."""
        stdin = self._process.stdin
        assert stdin is not None
        # One that has seen enough ends, and says so in its answer.
        with suppress(BrokenPipeError, ConnectionResetError):
            async for piece in body:
                stdin.write(piece)
                await stdin.drain()
        stdin.close()

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers. `CaptainError` where the program ended without any."""
        assert self._process.stdout is not None
        status, headers, size = 200, dict[str, str](), 0
        while True:
            line = await self._process.stdout.readline()
            size += len(line)
            if not line.endswith(b"\n") or size > _MOST_HEAD_BYTES:
                raise CaptainError("git ended without an answer: see docker service logs of captain.")
            name, colon, value = line.decode("latin-1").strip().partition(":")
            if not colon:
                return status, headers
            if name.lower() == "status":
                status = int(value.split()[0])
            else:
                headers[name] = value.strip()

    async def body(self) -> AsyncIterator[bytes]:
        """The rest, as it comes, until the program has ended."""
        assert self._process.stdout is not None
        while piece := await self._process.stdout.read(_PIECE):
            yield piece
        await self._process.wait()

    def end(self) -> None:
        """At once, with all that it began."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
