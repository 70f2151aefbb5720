"""A fresh Debian 13 machine: a container that becomes a Docker host of its own, and leaves nothing behind.

It has no Docker and no image when it begins; `swarm/up.sh` has to get them, as on an operator's server.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.docker_cli import (
    CLIENT,
    SESSION,
    SESSION_LABEL,
    Container,
    DockerError,
    ask_engine,
    docker,
    eventually,
    run,
    unique_name,
)

ROOT = Path(__file__).resolve().parents[2]
BASE = "debian:trixie-slim"
REPOSITORY = "/srv/flotilla"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NEVER_COPIED = {
    ".git",
    ".venv",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    "build",
    "results",
}

# Enough for an engine inside, on machines where --privileged fails for want of CAP_SYS_RESOURCE.
PRIVILEGES = (
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--security-opt=systempaths=unconfined",
    "--device-cgroup-rule=a *:* rwm",
)

STOP_ENGINE = """
docker swarm leave --force >/dev/null 2>&1
containers=$(docker ps -aq 2>/dev/null)
[ -z "$containers" ] || docker rm -f -v $containers >/dev/null 2>&1
read -r pid </var/run/docker.pid || exit 0
kill "$pid"
tries=0
while [ -d "/proc/$pid" ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
"""


@dataclass(frozen=True)
class Run:
    """A script's run: its exit code, both of its streams, how long it took."""

    exit_code: int
    output: str
    seconds: float


def repository_files(root: Path = ROOT) -> list[str]:
    """What a clone with this working tree's changes would hold: tracked and new files, no ignored ones."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-coz", "--exclude-standard"], cwd=root, capture_output=True, check=True
        ).stdout
        names = [name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # an export without .git, or no git
        names = []
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if name not in NEVER_COPIED]
            names += [str(Path(folder, name).relative_to(root)) for name in files]
    return sorted(name for name in names if (root / name).is_file())


def archive(root: Path, names: Iterable[str]) -> bytes:
    """An uncompressed tar of these files, owned by root."""

    def as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        return entry

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in names:
            tar.add(root / name, arcname=name, filter=as_root)
    return packed.getvalue()


class Node:
    """The machine. `start`, then `copy_repository`, `up`; `remove` in any case."""

    def __init__(self, logs: Path, name: str | None = None) -> None:
        self.name = name or unique_name("node")
        self._logs = logs
        self._first_process = ""
        self._container = Container(self.name)

    def start(self) -> None:
        """Boots it: a base system and an entry script that gives it its cgroup controllers, nothing else."""
        docker(
            *("run", "-d", "--init", "--name", self.name, "--hostname", f"node-{secrets.token_hex(3)}"),
            *("--label", f"{SESSION_LABEL}={SESSION}", *PRIVILEGES, "-v", "/var/lib/docker"),
            *("-v", f"{ROOT}/tests/e2e/node-entry.sh:/usr/local/sbin/node-entry:ro"),
            *(BASE, "sh", "/usr/local/sbin/node-entry"),
        )
        try:
            eventually(lambda: self.exec("cat", "/run/node-ready") == "", seconds=30)
        except AssertionError as error:
            raise AssertionError(f"The node did not boot: {self._container.logs()}") from error

    def remove(self) -> None:
        """Takes the machine away; first the engine in it, so that no cgroup of its tasks stays here."""
        with contextlib.suppress(DockerError, subprocess.TimeoutExpired):
            self.exec("sh", "-c", STOP_ENGINE, timeout=90)
        docker("rm", "-f", "-v", self.name)

    @property
    def ip(self) -> str:
        """Its address, reachable from this process; the edge's ports are on it."""
        return self._container.ip

    def copy_repository(self) -> None:
        """Puts the working tree under REPOSITORY."""
        self.exec("mkdir", "-p", REPOSITORY)
        self.copy(archive(ROOT, repository_files()), REPOSITORY)

    def copy(self, packed: bytes, folder: str) -> None:
        """Unpacks a tar in a folder of the machine."""
        docker("exec", "-i", self.name, "tar", "-xf", "-", "-C", folder, stdin=packed)

    # ---- commands on it ------------------------------------------------------------------------------

    def exec(self, *command: str, stdin: str | bytes | None = None, timeout: float = 300) -> str:
        """Runs a command on it; its stdout. Raises DockerError (an AssertionError) with its stderr."""
        options = ["-i"] if stdin is not None else []
        return docker("exec", *options, self.name, *command, stdin=stdin, timeout=timeout)

    def docker(self, *args: str, stdin: str | bytes | None = None, timeout: float = 300) -> str:
        """Runs its own docker command line."""
        return run(self._client(), *args, stdin=stdin, timeout=timeout)

    def engine(self, path: str, filters: Mapping[str, Sequence[str]] | None = None) -> Any:
        """The JSON that its engine answers to a GET of ``path``: see `ask_engine`."""
        return ask_engine(
            path, filters, at=Path("/proc", self._pid(), "root", "run", "docker.sock"), client=self._client()
        )

    def _pid(self) -> str:
        """Of its first process, on this machine."""
        if not self._first_process:
            self._first_process = docker("inspect", "-f", "{{.State.Pid}}", self.name)
        return self._first_process

    def _is_entered(self) -> bool:
        """Whether its files and namespaces can be reached without the outer engine: by root, on that engine's own
        machine. The file is what this machine's entry script made."""
        return (
            os.geteuid() == 0
            and shutil.which("nsenter") is not None
            and Path("/proc", self._pid(), "root", "run", "node-ready").exists()
        )

    def _client(self) -> list[str]:
        """How to start its command line: an exec of the outer engine costs three times as much as entering it."""
        if not self._is_entered():
            return [CLIENT, "exec", "-i", self.name, "docker"]
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid")
        return ["nsenter", "--target", self._pid(), *spaces, "env", "-i", f"PATH={PATH}", "HOME=/root", "docker"]

    def repository(self, script: str, timeout: float = 300) -> str:
        """Runs a line of shell in the repository's folder; its stdout."""
        return self.exec("sh", "-c", f"cd {REPOSITORY} && {script}", timeout=timeout)

    def popen(self, *command: str) -> subprocess.Popen[str]:
        """Starts a command on it whose stdin and stdout are pipes."""
        return subprocess.Popen(
            [CLIENT, "exec", "-i", self.name, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(
        self,
        *command: str,
        log: str,
        env: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = lambda line: None,
        timeout: float = 1200,
    ) -> Run:
        """Runs a script of the repository without a terminal; lines go to ``tell`` and to the log."""
        variables = [item for key, value in (env or {}).items() for item in ("-e", f"{key}={value}")]
        began = time.monotonic()
        self._logs.mkdir(parents=True, exist_ok=True)
        lines: list[str] = []
        with (
            (self._logs / log).open("w") as file,
            subprocess.Popen(
                [CLIENT, "exec", "-w", REPOSITORY, *variables, self.name, "timeout", str(timeout), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
        ):
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                file.write(f"{time.monotonic() - began:7.1f} {line}")
                file.flush()
                tell(f"{time.monotonic() - began:7.1f} {line.rstrip()}")
            process.wait()
        return Run(process.returncode, "".join(lines), time.monotonic() - began)

    def up(self, *options: str, log: str = "up.log", tell: Callable[[str], None] = lambda line: None) -> Run:
        """``./swarm/up.sh --yes``, with replicas of which two cores hold as many as the tests need.

        The edge sees the tests as one address, which sends what no single client does.
        """
        settings = {"FLOTILLA_APP_CPUS": "0.25", "FLOTILLA_EDGE_UNLIMITED": f"{self._gateway()}/32"}
        return self.run("./swarm/up.sh", "--yes", *options, log=log, env=settings, tell=tell)

    def _gateway(self) -> str:
        """This process's address as the machine sees it."""
        return docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", self.name)

    def down(self, *options: str, log: str = "down.log") -> Run:
        """``./swarm/down.sh``."""
        return self.run("./swarm/down.sh", *options, log=log)

    def keep_state(self) -> None:
        """Writes services, tasks and their last log lines beside the other logs: for finding out why."""
        script = (
            'docker service ls; for s in $(docker service ls -q); do echo; echo "==== $s"; '
            "docker service ps --no-trunc $s | head -20; docker service inspect --pretty $s | head -30; "
            "docker service logs --raw --tail 80 $s 2>&1; done"
        )
        with contextlib.suppress(DockerError, subprocess.TimeoutExpired):
            self._logs.mkdir(parents=True, exist_ok=True)
            (self._logs / "state.log").write_text(self.exec("sh", "-c", script, timeout=120))
