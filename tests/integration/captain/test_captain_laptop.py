"""`captain` on a laptop, as a program: over TLS to captain's API, whose sources the real engine builds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from captain.builds.image_builder import APP_LABEL
from captain.cli.trust import untrusted_fingerprint
from captain.credentials import Domains, self_signed
from swarm.engine import Engine
from swarm.engine_images import images, remove_image
from tests.docker_cli import SOCKET, unique_name
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.memory_logs import LoggingApps, frame

ROOT = Path(__file__).resolve().parents[3]


class Served:
    """Captain behind TLS, with a certificate that nobody knows; the Swarm is in memory, the engine that builds real."""

    def __init__(self, folder: Path) -> None:
        self.captain = Captain(partial(Engine.from_socket, str(SOCKET)), swarm=LoggingApps())
        pem = folder / "captain.pem"
        pem.write_bytes(self_signed(Domains.of("localhost", "")))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        files = {"ssl_certfile": str(pem), "ssl_keyfile": str(pem)}
        config = uvicorn.Config(self.captain.app, "127.0.0.1", self.port, log_config=None, **files)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.url = f"https://localhost:{self.port}"

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join()


class Program:
    """The command, with a configuration folder of its own."""

    def __init__(self, served: Served, home: Path) -> None:
        self.served = served
        self.environment = {**os.environ, "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(ROOT)}

    @contextmanager
    def start(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """For a block, which has to see it end; one that fails ends it."""
        command = [sys.executable, "-m", "captain.cli.main", *words]
        pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with subprocess.Popen(command, cwd=ROOT, env=self.environment, text=True, **pipes) as running:
            try:
                yield running
            except BaseException:
                running.kill()
                raise

    def __call__(self, *words: str, given: str = "") -> tuple[int, str, str]:
        with self.start(*words) as running:
            written, said = running.communicate(given, timeout=120)
        return running.returncode, written, said


@pytest.fixture
def served(tmp_path: Path, eventually: Callable[..., Any]) -> Iterator[Served]:
    made = Served(tmp_path)
    made.thread.start()
    eventually(lambda: made.server.started)
    yield made
    made.close()


@pytest.fixture
def program(served: Served, tmp_path: Path) -> Program:
    return Program(served, tmp_path / "home")


@pytest.fixture
def logged_in(served: Served, program: Program) -> Program:
    words = ("login", served.url, "--fingerprint", untrusted_fingerprint(served.url), "--token", "-")
    code, written, said = program(*words, given=f"{served.captain.token}\n")
    assert (code, written, said) == (0, f"logged in to {served.url} as admin, who may admin\n", "")
    return program


@pytest.fixture
def source(tmp_path: Path, image: Callable[[str], str]) -> Iterator[Callable[..., tuple[str, Path]]]:
    """An app's name that nobody else has, and a folder whose Dockerfile has these steps."""
    names: list[str] = []

    def made(*steps: str) -> tuple[str, Path]:
        names.append(unique_name("laptop"))
        folder = tmp_path / names[-1]
        folder.mkdir()
        (folder / "Dockerfile").write_text("\n".join([f"FROM {image('captain')}", *steps]) + "\n")
        return names[-1], folder

    yield made
    engine = Engine.from_socket(str(SOCKET))
    for name in names:
        for found in images(engine, f"{APP_LABEL}={name}"):
            remove_image(engine, found.id)
    engine.close()


def test_a_certificate_that_nobody_knows_has_to_be_agreed_to(served: Served, program: Program) -> None:
    """Without that nothing is sent; with another fingerprint neither, and a wrong token is kept by nobody."""
    code, _, said = program("login", served.url, "--token", "-", given="fc_token\n")
    assert code == 1 and "give --fingerprint SHA256" in said and "SHA-256 fingerprint is" in said
    served.captain.users.caller = lambda secret: pytest.fail("the token was sent")  # type: ignore[method-assign]
    wrong = ("login", served.url, "--fingerprint", "ab" * 32, "--token", "-")
    code, _, said = program(*wrong, given="fc_token\n")
    assert code == 1 and "is not trusted" in said and "agreed to at login" in said
    served.captain.users.caller = lambda secret: None  # type: ignore[method-assign]
    good = ("login", served.url, "--fingerprint", untrusted_fingerprint(served.url), "--token", "-")
    code, _, said = program(*good, given="fc_token\n")
    assert code == 1 and "The token is not" in said
    assert program("apps")[2].startswith("captain: You are not logged in")


def test_a_source_goes_live_with_its_log(
    logged_in: Program, source: Callable[..., tuple[str, Path]], docker: Callable[..., str]
) -> None:
    """Packed, sent, built by the engine; what the builder says comes through; a failing step is the reason."""
    app, folder = source("COPY greeting /greeting", "RUN echo almost there")
    (folder / "greeting").write_text("hello")
    code, written, said = logged_in("deploy", app, "--source", str(folder), "--port", "8000")
    assert (code, said) == (0, ""), written
    assert "Step 2/4 : COPY greeting /greeting" in written and "almost there" in written
    assert written.splitlines()[-1].startswith(f"{app}: release 1 is live after")
    image = logged_in.served.captain.swarm.kept[app].image
    assert docker("run", "--rm", "--network", "none", image, "cat", "/greeting") == "hello"
    with (folder / "Dockerfile").open("a") as file:
        file.write("RUN exit 3\n")
    code, written, _ = logged_in("deploy", app, "--source", str(folder))
    assert code == 1 and "returned a non-zero code: 3" in written.splitlines()[-1]
    assert written.count("returned a non-zero code: 3") == 1, "it is said once"
    assert logged_in.served.captain.swarm.kept[app].image == image, "the old one serves"


def test_who_interrupts_a_build_ends_it(
    logged_in: Program, source: Callable[..., tuple[str, Path]], docker: Callable[..., str], eventually: Any
) -> None:
    """Its step is killed, and no app is made."""
    app, folder = source()
    with (folder / "Dockerfile").open("a") as file:
        file.write(f"RUN echo under way; sleep 600; : {app}\n")
    with logged_in.start("deploy", app, "--source", str(folder)) as running:
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        assert any("under way" in line for line in lines), "the log is live"
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
    eventually(lambda: app not in docker("ps", "-a", "--no-trunc", "--format", "{{.Command}}"), 30)
    assert app not in logged_in.served.captain.swarm.kept


def test_a_followed_log_is_live_and_ends_with_its_reader(logged_in: Program, eventually: Callable[..., Any]) -> None:
    """Over the network; the engine is asked for no more once nobody reads."""
    swarm = logged_in.served.captain.swarm
    assert isinstance(swarm, LoggingApps)
    assert logged_in("deploy", "shop", "--image", "shop:1")[0] == 0
    swarm.log.frames = [frame("t0", "one")]
    with logged_in.start("logs", "shop", "-f") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "shop.0 | one\n"
        eventually(lambda: len(swarm.log.answers) == 2)  # what is there, then what comes
        answer = swarm.log.answers[1]
        answer.write(frame("t0", "two", 1))
        assert running.stdout.readline() == "shop.0 | two\n"
        assert not answer.is_hung_up
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
    eventually(lambda: answer.is_hung_up)
