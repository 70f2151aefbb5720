"""An operator's app for the tests, deployed with `./swarm/captain.sh`, and its ends."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import yaml

from tests.docker_cli import eventually
from tests.e2e.node import REPOSITORY
from tests.e2e.stack import HERE, Stack
from tests.e2e.traffic import Load

HOST = "shop.localhost"
KILLED = 137


@dataclass
class Shop:
    """The app `shop`; keys of captain.yml are given as they are."""

    stack: Stack

    def file(self, release: str, image: str = "", name: str = "shop", **keys: Any) -> str:
        """A captain.yml. The image is one that is there: what it runs comes in by the environment."""
        environment = {
            "RELEASE": release,
            "SERVER": (HERE / "app_server.py").read_text(),
            **keys.pop("environment", {}),
        }
        app = {
            "image": image or self.stack.captain_image(),
            "command": ["sh", "-c", 'exec python -c "$SERVER"'],
            "environment": environment,
            "http": {"port": 8000},
            "deadline": "20s",
        } | keys
        return yaml.safe_dump({"apps": {name: app}})

    def captain(self, *command: str, file: str | bytes | None = None) -> tuple[int, dict[str, Any]]:
        """Its exit code and what it says to programs; a captain.yml or a source goes in by standard input."""
        options = ("-f", "-") if isinstance(file, str) else ()
        line = f'cd {REPOSITORY}; ./swarm/captain.sh "$@"; echo "exit $?"'
        said = self.stack.node.exec("sh", "-c", line, "sh", *command, "--json", *options, stdin=file or "")
        answer, _, code = said.rpartition("exit ")
        return int(code), json.loads(answer or "{}")

    def says(self, *command: str, stdin: str = "") -> tuple[int, str]:
        """Its exit code, and what it writes to standard output: for `exec` and `run` what the command does."""
        line = f'cd {REPOSITORY}; ./swarm/captain.sh "$@" 2>/dev/null; echo "exit $?"'
        said, _, code = self.stack.node.exec("sh", "-c", line, "sh", *command, stdin=stdin).rpartition("exit ")
        return int(code), said

    def apply(self, file: str) -> tuple[int, dict[str, Any]]:
        code, answer = self.captain("apply", file=file)
        return code, answer["apps"][0]

    def source(self, release: str, step: str = "RUN true", **files: str) -> bytes:
        """A tar of the app's source, with a step of its own in its Dockerfile."""
        lines = (f"FROM {self.stack.captain_image()}", "COPY server.py /", step, f"ENV RELEASE={release}")
        dockerfile = "\n".join([*lines, 'CMD ["python", "/server.py"]', ""])
        server = (HERE / "app_server.py").read_text()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, text in {"Dockerfile": dockerfile, "server.py": server, **files}.items():
                info = tarfile.TarInfo(name)
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))
        return packed.getvalue()

    def deploy(self, source: bytes) -> tuple[int, dict[str, Any]]:
        return self.captain("deploy", "shop", "--tar", "-", file=source)

    def serves(self, host: str = HOST, auth: tuple[str, str] | None = None) -> tuple[int, str]:
        answer = self.stack.edge.get("/", headers={"Host": host}, auth=auth)
        return answer.status_code, answer.text

    def load(self) -> Load:
        """An open loop through the edge."""
        return Load(["--connect", self.stack.node.ip, "--host", HOST, "--get", "/", "--rate", "20"])

    def tasks(self) -> set[str]:
        return {task["ID"] for task in self.stack.ready("shop")}

    def is_made(self) -> bool:
        return bool(self.stack.node.engine("/services", {"label": ["flotilla.app=shop"]}))

    def keeps(self, config: str) -> bool:
        return any(kept["Spec"]["Name"] == config for kept in self.stack.node.engine("/configs"))

    def release(self) -> str:
        """The one that the service was last told to be."""
        return str(self.stack.inspect("shop")[0]["Spec"]["Labels"]["flotilla.app.release"])

    def killed_while(self, file: str, it_is_so: Callable[[], bool]) -> None:
        """Applies the file; as soon as it is so, captain is killed with all of its processes."""
        captain = self.stack.container("flotilla_captain")
        with ThreadPoolExecutor(1) as beside:
            applying = beside.submit(self.captain, "apply", file=file)
            eventually(it_is_so, 60, pause=0.02)
            self.stack.node.docker("kill", "--signal", "KILL", captain)
            code, _ = applying.result(timeout=60)
        assert code == KILLED, "captain was killed before its command ended"
