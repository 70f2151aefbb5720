"""The Docker command line for tests: commands in, text out, and nothing left behind.

Everything a test makes carries the label ``flotilla.test.session`` with the session's id, so that
``tests/run.sh`` can remove it even when pytest itself was killed.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

T = TypeVar("T")

SESSION_LABEL = "flotilla.test.session"
SESSION = os.environ.get("FLOTILLA_TEST_SESSION") or secrets.token_hex(4)
# A newer client of some other origin may come first in the PATH; the engine's own is the one to test with.
CLIENT = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else (shutil.which("docker") or "docker")
SOCKET = Path(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))

_numbers = itertools.count(1)
# Tests that run side by side (pytest-xdist) are of one session, and each side counts for itself.
_SIDE = os.environ.get("PYTEST_XDIST_WORKER", "")


class DockerError(AssertionError):
    """A docker command failed; the text is the command and what it wrote to stderr."""


def docker(*args: str, stdin: bytes | str | None = None, timeout: float | None = 300) -> str:
    """Runs ``docker args...``; its stdout without the last newline. Raises DockerError with its stderr."""
    return run([CLIENT], *args, stdin=stdin, timeout=timeout)


def run(client: Sequence[str], *args: str, stdin: bytes | str | None = None, timeout: float | None = 300) -> str:
    """The same with another way to start the command line."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    source: dict[str, Any] = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
    done = subprocess.run([*client, *args], capture_output=True, check=False, timeout=timeout, **source)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise DockerError(f"docker {' '.join(args)}: exit {done.returncode}: {said}")
    return str(done.stdout.decode(errors="replace").removesuffix("\n"))


def ask_engine(
    path: str,
    filters: Mapping[str, Sequence[str]] | None = None,
    *,
    at: Path = SOCKET,
    client: Sequence[str] = (CLIENT,),
) -> Any:
    """The JSON that an engine answers to a GET of ``path``, as ``/services/flotilla_app``.

    On its socket, or over the streams of its command line where that cannot be reached: tests ask again and again, and
    a command line costs thirty times as much, of the cores that are being measured. Raises DockerError with what the
    engine said when it is not 200, OSError when no engine listens.
    """
    query = f"?filters={quote(json.dumps(filters))}" if filters else ""
    # As old as the oldest engine that the stack is for; the connection ends with the answer.
    request = f"GET /v1.41{path}{query} HTTP/1.0\r\nHost: docker\r\n\r\n".encode()
    if os.access(at, os.W_OK):
        answer = _over_socket(at, request)
    else:
        stdio = [*client, "system", "dial-stdio"]
        answer = subprocess.run(stdio, input=request, capture_output=True, check=False, timeout=60).stdout
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise DockerError(f"GET {path}: {head[9:12].decode() or 'no answer'}: {body.decode(errors='replace').strip()}")
    return json.loads(body)


def _over_socket(at: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(at))
        connection.sendall(request)
        received = b""
        while more := connection.recv(2**18):
            received += more
    return received


def unique_name(purpose: str) -> str:
    """A container, network or volume name that no other session uses."""
    return f"flotilla-test-{SESSION}-{_SIDE}{next(_numbers)}-{purpose}"


def eventually(probe: Callable[[], T], seconds: float = 30, pause: float = 0.1) -> T:
    """Calls ``probe`` until it returns something truthy, and returns that.

    An exception counts as "not yet". After ``seconds`` an AssertionError tells the last value or exception.
    """
    deadline = time.monotonic() + seconds
    while True:
        error: Exception | None = None
        value: T | None = None
        try:
            value = probe()
        except Exception as caught:  # noqa: BLE001 - not hidden: it is the message once time is up
            error = caught
        if error is None and value:
            return value
        if time.monotonic() >= deadline:
            last = f"{type(error).__name__}: {error}" if error is not None else f"last value {value!r}"
            raise AssertionError(f"not within {seconds:g} s; {last}") from error
        time.sleep(pause)


@dataclass(frozen=True)
class Container:
    """A running container of a test."""

    name: str

    @property
    def ip(self) -> str:
        """Its address on its (first) network, reachable from the host."""
        return str(next(iter(self.inspect()["NetworkSettings"]["Networks"].values()))["IPAddress"])

    def inspect(self) -> dict[str, Any]:
        """The engine's JSON of it."""
        found: dict[str, Any] = ask_engine(f"/containers/{self.name}/json")
        return found

    @property
    def running(self) -> bool:
        return bool(self.inspect()["State"]["Running"])

    @property
    def health(self) -> str:
        """``starting``, ``healthy`` or ``unhealthy``; only for images or options with a health check."""
        return str(self.inspect()["State"]["Health"]["Status"])

    @property
    def exit_code(self) -> int:
        """The exit code of its main process once that has ended."""
        return int(self.inspect()["State"]["ExitCode"])

    def logs(self) -> str:
        """Everything it wrote to stdout and stderr, in order."""
        done = subprocess.run(
            [CLIENT, "logs", self.name],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
            timeout=60,
        )
        return done.stdout.decode(errors="replace")

    def exec(self, *command: str, user: str | None = None, stdin: str | None = None, timeout: float = 300) -> str:
        """Runs a command inside; returns its stdout, raises DockerError when it fails."""
        options = (["-i"] if stdin is not None else []) + (["-u", user] if user else [])
        return docker("exec", *options, self.name, *command, stdin=stdin, timeout=timeout)

    def kill(self, signal: str = "KILL") -> None:
        """Sends a signal to its main process."""
        docker("kill", "-s", signal, self.name)

    def stop(self, seconds: int = 10) -> int:
        """Stops it as Swarm does (its stop signal, then KILL after ``seconds``); returns the exit code."""
        docker("stop", "-t", str(seconds), self.name, timeout=seconds + 60)
        return self.exit_code

    def start(self) -> None:
        """Starts it again after a stop, with the same file system."""
        docker("start", self.name)


class Resources:
    """Containers, networks and volumes of one scope (a test, a module); `close` removes them all."""

    def __init__(self) -> None:
        self._containers: list[str] = []
        self._networks: list[str] = []
        self._volumes: list[str] = []

    def network(self, *args: str) -> str:
        """Makes a bridge network (``args`` go to ``docker network create``) and returns its name."""
        name = unique_name("net")
        docker("network", "create", "--label", f"{SESSION_LABEL}={SESSION}", *args, name)
        self._networks.append(name)
        return name

    def volume(self) -> str:
        """Makes a named volume and returns its name."""
        name = unique_name("volume")
        docker("volume", "create", "--label", f"{SESSION_LABEL}={SESSION}", name)
        self._volumes.append(name)
        return name

    def run(
        self,
        image: str,
        *args: str,
        name: str | None = None,
        network: str | None = None,
        env: Mapping[str, str] | None = None,
        volumes: Sequence[str] = (),
        command: Sequence[str] = (),
    ) -> Container:
        """Starts ``docker run -d`` and returns at once, ready or not.

        ``args`` are further options of ``docker run``; ``name`` is its DNS name in ``network`` (the
        container's own name is made unique); ``volumes`` are ``source:target[:ro]``; ``command`` replaces
        the image's CMD.
        """
        unique = unique_name(name or "container")
        options = ["run", "-d", "--name", unique, "--label", f"{SESSION_LABEL}={SESSION}"]
        if network is not None:
            options += ["--network", network]
            if name is not None and network not in {"host", "none", "bridge"} and ":" not in network:
                options += ["--network-alias", name]
        for key, value in (env or {}).items():
            options += ["-e", f"{key}={value}"]
        for volume in volumes:
            options += ["-v", volume]
        self._containers.append(unique)  # before the run: a failed start leaves a created container, too
        docker(*options, *args, image, *command)
        return Container(unique)

    def close(self) -> None:
        """Removes everything, newest first; what is gone already is no error."""
        for kind, names in (
            (("rm", "-f", "-v"), self._containers),
            (("network", "rm"), self._networks),
            (("volume", "rm", "-f"), self._volumes),
        ):
            for name in reversed(names):
                subprocess.run([CLIENT, *kind, name], capture_output=True, check=False, timeout=120)
            names.clear()
