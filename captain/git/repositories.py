"""The bare repositories that pushes go to, one for each app, on the disk of captain's node.

They hold nothing that is needed: what was deployed is in the Swarm. One that is lost, or was taken away because it grew
too large, is made again by the next push, which then sends everything.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from captain.builds.tarball import spool
from captain.errors import CaptainError
from captain.git.command import environment, git

MOST_BYTES = 1024**3
"""Of one repository, after a push."""

_SUFFIX = ".git"
_PIECE = 64 * 1024
_WITHIN_SECONDS = 60.0
_MOST_SAID_BYTES = 2**20
_LONGEST_MISTAKE = 2000


class Repositories:
    """Those below a folder. Names of apps are looked at by whoever passes them."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made where it is missing; sources that are packed lie beside it, in files without a name."""
        self.folder = folder

    def path(self, app: str) -> Path:
        """Where the app's is, or would be."""
        return self.folder / f"{app}{_SUFFIX}"

    def open(self, app: str) -> Path:
        """Make it, where it is missing or was not made to its end."""
        path = self.path(app)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._run(self.folder, "init", "--quiet", "--bare", "--template=", str(path))
        return path

    def branch(self, app: str, ref: str) -> str:
        """The commit that the ref is at; empty where there is none."""
        done = _run(self.path(app), "rev-parse", "--verify", "--quiet", ref)
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def packed(self, app: str, commit: str, objects: Mapping[str, str]) -> BinaryIO:
        """A tar of the commit's files, as `git archive` makes it. `objects` says where those of a push are.

        `CaptainError` for what is no commit, or is larger than a source may be.
        """
        path = self.path(app)
        found = _run(path, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", more=objects)
        if found.stdout.decode().strip() != commit:
            raise CaptainError("What is pushed to a branch has to be a commit.")
        words = git("archive", "--format=tar", commit, most_file_bytes=_MOST_SAID_BYTES)
        # What it says goes to a file: a pipe that nobody reads yet would stop it, and a source decides how much it is.
        with tempfile.TemporaryFile(dir=self.folder) as said:
            with subprocess.Popen(  # noqa: S603  (no shell)
                words, cwd=path, env=environment(objects), stdout=subprocess.PIPE, stderr=said
            ) as archive:
                assert archive.stdout is not None
                pipe = archive.stdout
                try:
                    file = spool(iter(lambda: pipe.read(_PIECE), b""), self.folder)
                except BaseException:  # the error is the caller's; git ends with its pipe
                    archive.kill()
                    raise
            if archive.returncode == 0:
                return file
            file.close()
            said.seek(0)
            mistake = said.read(_LONGEST_MISTAKE).decode(errors="replace").strip()
        raise CaptainError(f"git cannot pack the commit {commit[:12]}: {mistake or archive.returncode}")

    def bound(self, app: str) -> None:
        """Take it away if it has become too large."""
        path = self.path(app)
        sizes = (file.stat().st_size for file in path.rglob("*") if file.is_file())
        if sum(sizes) > MOST_BYTES:
            shutil.rmtree(path, ignore_errors=True)

    def keep(self, apps: Collection[str]) -> None:
        """Take those of other apps away."""
        kept = {self.path(app) for app in apps}
        for path in self.folder.glob(f"*{_SUFFIX}"):
            if path not in kept:
                shutil.rmtree(path, ignore_errors=True)

    def _run(self, folder: Path, *words: str) -> None:
        done = _run(folder, *words)
        if done.returncode:
            raise CaptainError(f"git {words[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")


def _run(folder: Path, *words: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603  (no shell)
        git(*words), cwd=folder, env=environment(more or {}), capture_output=True, timeout=_WITHIN_SECONDS, check=False
    )
