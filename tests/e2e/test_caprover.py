"""The unmodified `caprover` command line from npm against captain, through the edge."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docker_cli import eventually, unique_name
from tests.e2e.node import Run
from tests.e2e.stack import HERE, Stack
from tests.e2e.traffic import Load

CLIENT = HERE / "caprover" / "node_modules" / ".bin" / "caprover"
URL = "http://captain.localhost"
APPS = "/user/apps/appDefinitions"
TOKEN = re.compile(r"\bfc_[A-Za-z0-9]{32}\b")


class CapRover:
    """The command line with a folder of its own for what it remembers."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self._folder = folder

    def __call__(self, *words: str, folder: str = "") -> tuple[int, str]:
        """Its exit code and what it says. It asks for captain.localhost, which for it the edge is the proxy to."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder),
            "HTTP_PROXY": f"http://{self.stack.node.ip}",
            "NO_UPDATE_NOTIFIER": "1",
        }
        done = subprocess.run(
            [str(CLIENT), *words], cwd=self._folder / folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def api(self, method: str, path: str, body: object) -> dict[str, Any]:
        """`caprover api`, and what captain answered."""
        out = self._folder / "answer.json"
        code, said = self("api", "-n", "here", "-t", path, "-m", method, "-d", json.dumps(body), "-o", str(out))
        assert code == 0 and "successfully" in said, said
        found: dict[str, Any] = json.loads(out.read_text())
        return found

    def deploy(self, *words: str, folder: str = "") -> tuple[int, str]:
        """`caprover deploy` of the app `till`."""
        return self("deploy", "-n", "here", "-a", "till", *words, folder=folder)


@pytest.fixture
def token(stack: Stack) -> Iterator[str]:
    """An administrator's token, made at the shell."""
    command = ("captain", "user", "token", "admin", "--scope", "admin", "--name", "e2e")
    made = stack.node.docker("exec", stack.container("flotilla_captain"), *command).strip()
    headers = {"Host": "captain.localhost", "Authorization": f"Bearer {made}"}
    try:
        yield made
    finally:
        if stack.node.engine("/services", {"label": ["flotilla.app=till"]}):
            stack.edge.delete("/api/v1/apps/till", headers=headers)
        eventually(lambda: not stack.container_ids("till"), 60)


def image(stack: Stack, release: str) -> str:
    """An image of a small web app, on the node."""
    name, container = f"till:{release}", unique_name("till")
    stack.node.docker("create", "--name", container, stack.captain_image())
    stack.node.exec("mkdir", "-p", "/srv/till")
    stack.node.exec("sh", "-c", "cat >/srv/till/app_server.py", stdin=(HERE / "app_server.py").read_text())
    stack.node.docker("cp", "/srv/till/app_server.py", f"{container}:/srv/app_server.py")
    changes = (f"ENV RELEASE={release}", 'CMD ["python", "/srv/app_server.py"]')
    stack.node.docker("commit", *(word for change in changes for word in ("--change", change)), container, name)
    stack.node.docker("rm", container)
    return name


def source(folder: Path, base: str, release: str, *more: str) -> Path:
    """A small web app as a repository has it, in the folder `src`: its tar."""
    lines = [f"FROM {base}", "COPY app_server.py /srv/", f"ENV RELEASE={release}", *more]
    definition = {"schemaVersion": 2, "dockerfileLines": [*lines, 'CMD ["python", "/srv/app_server.py"]']}
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "captain-definition").write_text(json.dumps(definition))
    shutil.copy(HERE / "app_server.py", folder / "src")
    packed = folder / f"{release}.tar"
    with tarfile.open(packed, "w") as tar:
        for name in ("captain-definition", "app_server.py"):
            tar.add(folder / "src" / name, arcname=name)
    return packed


def commit(folder: Path) -> str:
    """The folder `src` as a repository with the branch `main`: its commit."""

    def git(*words: str) -> str:
        command = ("git", "-C", str(folder / "src"), "-c", "user.name=e2e", "-c", "user.email=e2e@example.com", *words)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet", "--initial-branch", "main")
    git("add", ".")
    git("commit", "--quiet", "--message", "one")
    return git("rev-parse", "main")


def serves(stack: Stack) -> tuple[int, str]:
    answer = stack.edge.get("/", headers={"Host": "till.localhost"})
    return answer.status_code, answer.text


def test_the_first_user_is_told_once(stack: Stack, first_up: Run) -> None:
    """By the run of up.sh that made it; captain's logs have no token."""
    assert len(TOKEN.findall(first_up.output)) == 1
    logs = stack.node.docker("service", "logs", "--raw", "flotilla_captain")
    assert TOKEN.search(logs) is None


def test_the_caprover_command_line_deploys(stack: Stack, token: str, tmp_path: Path) -> None:
    """When it says deployed, the edge serves it; under load no request fails; a failure is exit code 1."""
    caprover = CapRover(stack, tmp_path)
    code, said = caprover("login", "-u", URL, "-p", token, "-n", "here")
    assert (code, "Logged in successfully" in said) == (0, True), said
    assert "here" in caprover("list")[1]

    caprover.api("POST", f"{APPS}/register", {"appName": "till"})
    caprover.api("PATCH", f"{APPS}/update", {"appName": "till", "containerHttpPort": 8000})
    code, said = caprover.deploy("-i", image(stack, "1"))
    assert (code, serves(stack)) == (0, (200, "1")), said
    assert "Deployed successfully" in said

    with Load(["--connect", stack.node.ip, "--host", "till.localhost", "--get", "/", "--rate", "20"]) as load:
        eventually(lambda: load.good > 10, 30)
        base = stack.captain_image()
        code, said = caprover.deploy("-t", str(source(tmp_path, base, "2")))
        assert (code, serves(stack)) == (0, (200, "2")), said
        code, said = caprover.deploy("-t", str(source(tmp_path, base, "broken", "RUN echo no shelf here; exit 3")))
        assert (code, serves(stack)) == (1, (200, "2")), said
        assert "no shelf here" in said and "Cannot deploy" in said
        code, said = caprover.deploy("-i", "nowhere.invalid/till:3")
        assert (code, serves(stack)) == (1, (200, "2")), said
        assert "No such image" in said and "Cannot deploy" in said
        outcome = load.stop()
    assert outcome.failed == []

    source(tmp_path, base, "3")
    made = commit(tmp_path)
    code, said = caprover.deploy("-b", "main", folder="src")
    assert (code, serves(stack)) == (0, (200, "3")), said
    [app] = caprover.api("GET", APPS, {})["appDefinitions"]
    assert app["versions"][-1]["gitHash"] == made

    switched = caprover.api("PATCH", f"{APPS}/update", {"appName": "till", "appDeployTokenConfig": {"enabled": True}})
    with_token = ("deploy", "-u", URL, "-a", "till", "--appToken")
    code, said = caprover(*with_token, switched["appDeployToken"], "-i", "till:1")
    assert (code, "is in progress" in said) == (0, True), said
    eventually(lambda: serves(stack) == (200, "1"), 60)
    code, said = caprover(*with_token, "fc_wrong", "-i", "till:2")
    assert code != 0, said

    assert "here" in caprover("logout", "-n", "here")[1]
    assert "here" not in caprover("list")[1]


def test_git_push_through_the_edge(stack: Stack, token: str, tmp_path: Path) -> None:
    """git shows the build; when it ends with 0 the edge serves what was pushed, otherwise what was there before."""
    own = {"Host": "captain.localhost", "Authorization": f"Bearer {token}"}
    document = {"image": image(stack, "1"), "http": {"port": 8000}}
    asked = stack.edge.put("/api/v1/apps/till", headers=own, json=document)
    eventually(lambda: _state(stack, own, asked) == "live", 60)

    def push() -> tuple[int, str]:
        commit(tmp_path)
        resolved = f"http.curloptResolve=captain.localhost:80:{stack.node.ip}"
        address = f"http://admin:{token}@captain.localhost/git/till.git"
        words = ["git", "-C", str(tmp_path / "src"), "-c", resolved, "push", address, "main"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=200, check=False)
        return done.returncode, done.stderr

    source(tmp_path, stack.captain_image(), "2")
    code, said = push()
    assert (code, serves(stack)) == (0, (200, "2")), said
    assert "remote: Step 1/" in said and "is live" in said
    source(tmp_path, stack.captain_image(), "3", "RUN echo no shelf here; exit 3")
    code, said = push()
    assert (code, serves(stack)) == (1, (200, "2")), said
    assert "remote: no shelf here" in said and "remote rejected" in said


def test_ten_writes_at_once_to_one_app(stack: Stack, token: str) -> None:
    """They have their turns: all of them are there in the end, and none was refused."""
    own = {"Host": "captain.localhost", "Authorization": f"Bearer {token}"}
    document = {"image": image(stack, "1"), "http": {"port": 8000}}
    asked = stack.edge.put("/api/v1/apps/till", headers=own, json=document)
    assert asked.status_code == 202, asked.text
    eventually(lambda: _state(stack, own, asked) == "live", 60)

    def write(number: int) -> httpx.Response:
        headers = {"Host": "captain.localhost", "x-namespace": "captain", "x-captain-auth": token}
        body = {"appName": "till", "customDomain": f"till{number}.example.com"}
        return httpx.post(f"http://{stack.node.ip}/api/v2{APPS}/customdomain", headers=headers, json=body, timeout=90)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(write, range(10)))
    assert {(answer.status_code, answer.json()["status"]) for answer in answers} <= {(200, 100), (200, 101)}
    eventually(lambda: not stack.edge.get("/api/v1/apps/till", headers=own).json()["is_busy"], 60)
    hosts = stack.edge.get("/api/v1/apps/till", headers=own).json()["hosts"]
    assert set(hosts) == {"till.localhost", *(f"till{number}.example.com" for number in range(10))}


def _state(stack: Stack, headers: dict[str, str], asked: httpx.Response) -> str:
    found = stack.edge.get(asked.headers["Location"], headers=headers).json()
    assert found["state"] != "failed", found
    return str(found["state"])
