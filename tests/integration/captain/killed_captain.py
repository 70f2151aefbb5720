"""The real captain over a real Swarm, killed with SIGKILL at a step of what it does, and started anew."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from captain.accounts.book import Scope
from captain.accounts.users import Users
from captain.apps.app_releases import releases, running_number
from swarm.engine import Engine
from tests.docker_cli import eventually
from tests.e2e.node import BASE, ROOT

APP = "shop"
OTHER = "shop:2"
"""Another name of `BASE` in the Swarm's engine: what is built and deployed."""
WITHIN_SECONDS = 150.0
# Healthy a moment after it has started, so that there is a rollout to be killed in.
DOCUMENT: Mapping[str, Any] = {
    "image": BASE,
    "command": ["sh", "-c", "sleep 1; touch /tmp/ok; exec sleep 3600"],
    "init": True,
    "deadline": "30s",
    "healthcheck": {"test": ["CMD", "test", "-e", "/tmp/ok"], "interval": "1s", "retries": 3, "start_period": "20s"},
}
CRASHING = ["sh", "-c", "echo the shelf is empty; exit 3"]


class RealCaptain:
    """`python -m captain serve`, whose disk is `folder`. Its first user's token is made once for the Swarm."""

    def __init__(self, at: str, folder: Path) -> None:
        self.at, self.folder = at, folder
        self.engine = Engine.from_socket(at)
        self.token = Users(lambda: Engine.from_socket(at), "flotilla").add_user(f"u{os.urandom(4).hex()}", Scope.ADMIN)
        self.key = folder / "key"
        self.key.write_bytes(b"k" * 32)
        self.disk = folder / "disk"
        self.disk.mkdir()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Wait until it answers."""
        port, routes_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [
            *(sys.executable, "-m", "captain", "--socket", self.at, "serve"),
            *("--port", str(port), "--routes-port", str(routes_port), "--key-file", str(self.key)),
        ]
        with (self.folder / "captain.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "TMPDIR": str(self.disk)}, stdout=log, stderr=log
            )
        eventually(self._answers, 90, pause=0.1)

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """Take it and all of its apps away."""
        self.kill()
        for service in self.engine.services():
            self.engine.remove_service(service.id)
        for config in self.engine.configs():
            self.engine.remove_config(config.id)
        for secret in self.engine.secrets():
            self.engine.remove_secret(secret.id)
        self.engine.close()

    def ask(self, method: str, path: str, body: object = None, content: bytes | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.request(
            method, f"{self.url}/api/v1{path}", headers=headers, json=body, content=content, timeout=60
        )

    def asked(self, method: str, path: str, body: object = None, content: bytes | None = None) -> int:
        """The number of the deployment that it accepted."""
        answer = self.ask(method, path, body, content)
        assert answer.status_code == 202, answer.text
        found: dict[str, Any] = answer.json()
        return int(found["id"] if "id" in found else found["deployment"])

    def detached(self, image: str) -> int:
        """The number of what CapRover's client had accepted, which it is not told."""
        headers = {"x-namespace": "captain", "x-captain-auth": self.token}
        body = {"captainDefinitionContent": json.dumps({"schemaVersion": 2, "imageName": image})}
        address = f"{self.url}/api/v2/user/apps/appData/{APP}?detached=1"
        answer = httpx.post(address, headers=headers, json=body, timeout=60).json()
        assert answer["status"] == 101, answer
        newest: dict[str, Any] = self.ask("GET", f"/deployments?app={APP}").json()[0]
        return int(newest["id"])

    def told(self, number: int) -> dict[str, Any]:
        answer = self.ask("GET", f"/deployments/{number}")
        found: dict[str, Any] = answer.json()
        assert answer.status_code == 200, f"deployment {number} is lost: {found}"
        return found

    def end_of(self, number: int) -> dict[str, Any]:
        def over() -> dict[str, Any]:
            found = self.told(number)
            return found if found["state"] in ("live", "failed") else {}

        return eventually(over, WITHIN_SECONDS, pause=0.2)

    def releases(self) -> list[int]:
        """The numbers of the app's, as the Swarm has them."""
        return [found.number for found in releases(self.engine.configs()).get(APP, ())]

    def running(self) -> int | None:
        return running_number(self.engine.service(APP))

    def environment(self) -> list[str]:
        service = self.engine.service(APP)
        assert service is not None
        return sorted(service.spec["TaskTemplate"]["ContainerSpec"].get("Env") or [])

    def half_done(self) -> list[str]:
        """A sentence for each thing that is neither as before nor as asked for; empty once all is at rest."""
        service, own = self.engine.service(APP), self.releases()
        if service is None:
            return [f"release {number} without an app" for number in own]
        wrong = [] if running_number(service) in own else [f"no release {running_number(service)} is kept"]
        if service.update_state not in (None, "completed", "rollback_completed"):
            wrong.append(f"the rollout is {service.update_state}")
        if "flotilla.app.unproven" in service.labels:
            wrong.append("the first release is not proven")
        ready = sum(task.ready for task in self.engine.tasks(APP))
        if ready != service.replicas:
            wrong.append(f"{ready} of {service.replicas} replicas are ready")
        return wrong

    def left_on_disk(self) -> list[str]:
        """Files of changes that are over: none but how they ended."""
        return sorted(
            path.name for path in (self.disk / "flotilla-changes").iterdir() if path.suffix not in (".json", "")
        )

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(f"captain ended with {self.process.returncode}: see {self.folder}/captain.log")
        return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200


@dataclass(frozen=True)
class Operation:
    """Something that captain is asked for, of an app that has two releases unless it is to be new.

    `ends` are the states that it may truthfully end in; `is_as_asked` looks at the Swarm once it is live. `made` is how
    many releases it makes.
    """

    name: str
    ask: Callable[[RealCaptain], int]
    is_as_asked: Callable[[RealCaptain], bool]
    made: int = 1
    existed: bool = True
    ends: tuple[str, ...] = ("live",)


def tar_of(document: str) -> bytes:
    """A source that is nothing but its captain-definition."""
    made, text = io.BytesIO(), document.encode()
    with tarfile.open(fileobj=made, mode="w") as tar:
        info = tarfile.TarInfo("captain-definition")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    return made.getvalue()


def _ask_for(method: str, path: str, body: object = None) -> Callable[[RealCaptain], int]:
    return lambda captain: captain.asked(method, f"/apps/{APP}{path}", body)


OPERATIONS: Sequence[Operation] = (
    Operation(
        "first deploy",
        _ask_for("PUT", "", {**DOCUMENT, "environment": {"STEP": "first"}}),
        lambda captain: captain.environment() == ["STEP=first"],
        existed=False,
    ),
    Operation(
        "deploy",
        lambda captain: captain.asked(
            "POST", f"/apps/{APP}/builds", content=tar_of(f'{{"schemaVersion": 2, "imageName": "{OTHER}"}}')
        ),
        lambda captain: captain.engine.service(APP).image.startswith(OTHER),  # type: ignore[union-attr]
    ),
    Operation(
        "deploy that crashes",
        _ask_for("PATCH", "", {"command": CRASHING, "healthcheck": None}),
        lambda captain: False,
        ends=("failed",),
    ),
    Operation("rollback", _ask_for("POST", "/rollback", {}), lambda captain: captain.environment() == ["STEP=0"]),
    Operation(
        "environment",
        _ask_for("PATCH", "", {"environment": {"LEVEL": "debug"}}),
        lambda captain: captain.environment() == ["LEVEL=debug", "STEP=1"],
    ),
    Operation(
        "scale",
        _ask_for("PUT", "/replicas", {"replicas": 2}),
        lambda captain: captain.engine.service(APP).replicas == 2,  # type: ignore[union-attr]
        made=0,
    ),
    Operation("remove", _ask_for("DELETE", ""), lambda captain: captain.engine.service(APP) is None, made=0),
)

# ---- steps -------------------------------------------------------------------------------------------------


def _is_running(captain: RealCaptain, number: int, before: list[int]) -> bool:
    return bool(captain.told(number)["state"] != "waiting")


def _is_kept(captain: RealCaptain, number: int, before: list[int]) -> bool:
    return captain.releases() != before or _is_over(captain, number)


def _is_written(captain: RealCaptain, number: int, before: list[int]) -> bool:
    return captain.running() != (before[-1] if before else None) or _is_over(captain, number)


def _is_over(captain: RealCaptain, number: int) -> bool:
    return bool(captain.told(number)["state"] in ("live", "failed"))


STEPS: Mapping[str, Callable[[RealCaptain, int, list[int]], bool]] = {
    "accepted": lambda captain, number, before: True,
    "begun": _is_running,
    "release kept": _is_kept,
    "written": _is_written,
    "over": lambda captain, number, before: _is_over(captain, number),
}
"""Captain is killed as soon as this is true of the deployment; with `before`, the releases that there were."""


@dataclass(frozen=True)
class Round:
    """One kill: what was told as captain died and in the end, seconds from its start until that, and what was wrong."""

    operation: str
    step: str
    state_at_kill: str
    state: str
    why: str
    seconds: float
    wrong: tuple[str, ...]


def prepare(captain: RealCaptain, existed: bool) -> None:
    """The app with two releases, or none of it."""
    if captain.engine.service(APP) is not None or captain.releases():
        captain.end_of(captain.asked("DELETE", f"/apps/{APP}"))
    if existed:
        for step in range(2):
            wanted = {**DOCUMENT, "environment": {"STEP": str(step)}}
            assert captain.end_of(captain.asked("PUT", f"/apps/{APP}", wanted))["state"] == "live"


def one_round(captain: RealCaptain, operation: Operation, step: str) -> Round:
    """Ask, kill at the step, start anew, and look at what came of it."""
    prepare(captain, operation.existed)
    before = captain.releases()
    number = operation.ask(captain)
    eventually(lambda: STEPS[step](captain, number, before), WITHIN_SECONDS, pause=0.02)
    at_kill = captain.told(number)["state"]
    captain.kill()
    captain.start()
    began = time.monotonic()
    told = captain.end_of(number)
    seconds = time.monotonic() - began
    return Round(
        operation.name,
        step,
        at_kill,
        told["state"],
        told["why"],
        seconds,
        tuple(_wrong(captain, operation, told, before)),
    )


def _wrong(captain: RealCaptain, operation: Operation, told: Mapping[str, Any], before: list[int]) -> list[str]:
    wrong = []
    if told["state"] not in operation.ends:
        wrong.append(f"it is told as {told['state']}: {told['why']}")
    elif told["state"] == "live" and not operation.is_as_asked(captain):
        wrong.append("it is told as live and is not as asked for")
    made = [number for number in captain.releases() if number not in before]
    if operation.name != "remove" and len(made) > operation.made:
        wrong.append(f"it made {len(made)} releases instead of {operation.made}")
    try:
        eventually(lambda: not captain.half_done(), 60, pause=0.5)
    except AssertionError:
        wrong += captain.half_done()
    return wrong + [f"{name} is left on captain's disk" for name in captain.left_on_disk()]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
