"""Captain's interfaces at a real port, over a Swarm in memory with the real engine for builds; and the real git."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tests.docker_cli import eventually
from tests.unit.captain.memory_captain import Captain


@contextmanager
def served(captain: Captain) -> Iterator[str]:
    """`host:port` of captain, while it is there."""
    config = uvicorn.Config(captain.app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started, 30)
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


@dataclass(frozen=True)
class Source:
    """A repository of somebody's, with files that are committed and pushed."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Source:
        """An empty one, on the branch `main`."""
        folder.mkdir()
        source = cls(folder)
        source.git("init", "--quiet", "--initial-branch=main")
        return source

    def git(self, *words: str) -> str:
        """What git says on both streams; AssertionError where it fails."""
        done = self.tried(*words)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def tried(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same, whatever came of it."""
        with self.begun(*words) as running:
            said, _ = running.communicate(timeout=200)
        return subprocess.CompletedProcess(words, running.returncode, said)

    def begun(self, *words: str) -> subprocess.Popen[str]:
        """git, while it runs; a signal is for its whole group, as a terminal sends it."""
        settings = ("-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "credential.helper=")
        return subprocess.Popen(
            ["git", *settings, *words],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "GIT_TERMINAL_PROMPT": "0", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def commit(self, **files: str) -> str:
        """Commit these files, whose names have `_` for a dot; the commit's name."""
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=change")
        return self.git("rev-parse", "HEAD").strip()
