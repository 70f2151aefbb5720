"""Webhooks of GitHub, GitLab and Bitbucket: who is believed, and what a real git server then is asked for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from captain.accounts.book import Scope
from captain.git import fetch
from captain.git.notices import Sender
from swarm.engine import Engine
from tests.docker_cli import SOCKET, Container, eventually
from tests.integration.captain.git_captain import served
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.test_captain_git_sources import headers, push

SERVER = """
mkdir -p /srv/www/cgi-bin && cd /srv/www && ln -s /usr/lib/git-core/git-http-backend cgi-bin/git
git init -q --bare -b main /srv/www/till.git && git init -q -b main /srv/www/till
exec python3 -W ignore -m http.server --cgi 8080
"""
COMMIT = """
set -e; cd /srv/www/till; printf %s "$0" >captain-definition; git add .
git -c user.name=ann -c user.email=ann@example.com commit -q -m change
git push -q /srv/www/till.git HEAD:refs/heads/${1:-main}; git rev-parse HEAD
"""
# The server's processes are nobody's, and may read what is root's.
NOBODY = {
    "GIT_HTTP_EXPORT_ALL": "1",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}


class Sources:
    """A captain with the app `till`, whose source is on a git server in a container."""

    def __init__(self, captain: Captain, address: str, server: Container) -> None:
        self.captain = captain
        self.api = f"http://{address}/api/v1"
        self.hooks = f"http://{address}/api/v2/user/apps/webhooks/triggerbuild"
        self.server = server
        self.repository = f"http://{server.ip}:8080/cgi-bin/git/till.git"

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> httpx.Response:
        bearer = {"Authorization": f"Bearer {token or self.captain.token}"}
        return httpx.request(method, f"{self.api}{path}", headers=bearer, json=body, timeout=60)

    def declare(self, **more: object) -> dict[str, Any]:
        answer = self.ask("PUT", "/apps/till/source", {"repository": self.repository, **more})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def commit(self, image: str, branch: str = "main") -> str:
        """A commit that says which image the app is."""
        definition = json.dumps({"schemaVersion": 2, "imageName": image})
        return self.server.exec("sh", "-c", COMMIT, definition, branch).strip()

    def told(self, sender: Sender, body: bytes, secret: str) -> httpx.Response:
        """What one of the three sends."""
        path = f"{self.api}/apps/till/webhooks/{sender.value}"
        return httpx.post(path, content=body, headers=headers(sender, body, secret), timeout=60)

    def end_of(self, number: int) -> dict[str, Any]:
        """A deployment, once it is over."""

        def over() -> dict[str, Any]:
            found: dict[str, Any] = self.ask("GET", f"/deployments/{number}").json()
            return found if found["state"] in ("live", "failed") else {}

        return eventually(over, 60)

    @property
    def image(self) -> str:
        return self.captain.swarm.kept["till"].image


@pytest.fixture
def sources(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_container: Callable[..., Container],
    image: Callable[[str], str],
    network: str,
) -> Iterator[Sources]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    server = run_container(image("captain"), network=network, env=NOBODY, command=("sh", "-c", SERVER))
    eventually(lambda: httpx.get(f"http://{server.ip}:8080/").status_code == 200, 60)
    captain = Captain(partial(Engine.from_socket, str(SOCKET)), tmp_path)
    with served(captain) as address:
        yield Sources(captain, address, server)


@pytest.mark.parametrize("sender", Sender)
def test_a_webhook_deploys_the_branch(sources: Sources, sender: Sender) -> None:
    """Answered at once; what the branch is at is fetched and live, with its commit. Others are not believed."""
    secret = sources.declare()["secret"]
    commit = sources.commit("till:1")
    body = push(sender, "main")
    asked = sources.told(sender, body, secret)
    assert asked.status_code == 202 and asked.json()["why"] == ""
    ended = sources.end_of(asked.json()["deployment"])
    assert ended["state"] == "live", ended
    assert sources.image == "till:1"
    assert f"main is at {commit}" in ended["log"] and ended["by"] == f"{sender.value}'s webhook"
    assert sources.ask("GET", "/apps/till/releases").json()[-1]["note"] == f"git {commit}"

    sources.commit("till:2")
    wrong = sources.told(sender, body, "wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "not_genuine")
    other = sources.told(sender, push(sender, "feature"), secret)
    assert (other.status_code, other.json()["deployment"]) == (202, None)
    assert "feature is not main" in other.json()["why"]
    renewed = sources.declare(renew=True)["secret"]
    assert sources.told(sender, body, secret).status_code == 403
    assert sources.image == "till:1"
    sources.end_of(sources.told(sender, body, renewed).json()["deployment"])
    assert sources.image == "till:2"


def test_caprovers_webhook_deploys(sources: Sources) -> None:
    """Its token is in the address; a sender that is not known always builds, a known one its branch."""
    trigger = sources.declare(branch="live")["trigger"]
    sources.commit("till:1", "live")
    wrong = httpx.post(f"{sources.hooks}?namespace=captain&token={trigger[:-1]}x").json()
    assert wrong["status"] == 1106
    body = push(Sender.GITHUB, "main")
    told = httpx.post(f"{sources.hooks}?token={trigger}", content=body, headers={"x-github-event": "push"}).json()
    assert told["status"] == 100 and "main is not live" in told["description"]
    assert sources.captain.deployments.of("till") == []
    told = httpx.post(f"{sources.hooks}?namespace=captain&token={trigger}").json()
    assert told == {"status": 100, "description": "Build webhook has triggered", "data": {}}
    assert sources.end_of(sources.captain.deployments.of("till")[0].id)["state"] == "live"
    assert sources.image == "till:1"


def test_a_webhook_that_was_answered_outlives_captain(sources: Sources) -> None:
    """Killed before it fetched anything: the next captain fetches what the branch is at then, under the same number."""
    secret = sources.declare()["secret"]
    sources.commit("till:1")
    sources.captain.restart(begins=False)
    with served(sources.captain) as address:
        first = Sources(sources.captain, address, sources.server)
        number = first.told(Sender.GITHUB, push(Sender.GITHUB, "main"), secret).json()["deployment"]
        assert first.ask("GET", f"/deployments/{number}").json()["state"] == "waiting"
    commit = sources.commit("till:2")
    sources.captain.restart()
    with served(sources.captain) as address:
        ended = Sources(sources.captain, address, sources.server).end_of(number)
    assert ended["state"] == "live" and f"main is at {commit}" in ended["log"]
    assert sources.image == "till:2"


def test_of_webhooks_at_once_the_newest_is_built(sources: Sources) -> None:
    """Each fetches when its turn has come, so that nothing older takes the place of something newer."""
    secret = sources.declare()["secret"]
    sources.commit("till:1")
    numbers = []
    for count in range(2, 7):
        sources.commit(f"till:{count}")
        numbers.append(sources.told(Sender.GITHUB, push(Sender.GITHUB, "main"), secret).json()["deployment"])
    ends = [sources.end_of(number) for number in numbers]
    assert ends[-1]["state"] == "live" and sources.image == "till:6"
    assert all(end["state"] == "live" or "took its place" in end["why"] for end in ends)


def test_only_an_administrator_names_an_address_that_is_not_public(sources: Sources) -> None:
    """And then it stays; other transports and hosts inside are refused for everybody, and a server's onward address."""
    deployer = sources.captain.users.add_user("ann", Scope.DEPLOY)
    wanted = {"repository": sources.repository.replace("http:", "https:")}
    refused = sources.ask("PUT", "/apps/till/source", wanted, deployer)
    assert refused.status_code == 422 and "no public address" in refused.json()["detail"]
    for address in ("file:///srv/www/till.git", "ext::sh -c id", "git://example.com/x", "/srv/www/till.git"):
        answer = sources.ask("PUT", "/apps/till/source", {"repository": address})
        assert answer.status_code == 422 and "no address that captain fetches from" in answer.json()["detail"]
    assert sources.ask("GET", "/apps/till/source").json()["code"] == "no_source"
    sources.declare()
    shown = sources.ask("PUT", "/apps/till/source", {"repository": sources.repository, "branch": "live"}, deployer)
    assert shown.status_code == 200 and shown.json()["branch"] == "live"
    found = sources.ask("GET", "/apps/till/source").json()
    assert (found["secret"], found["trigger"]) == (None, None) and found["deploy_key"].startswith("ssh-ed25519 AAAA")
    reader = sources.captain.users.add_user("bob", Scope.READ)
    assert sources.ask("POST", "/apps/till/source", token=reader).status_code == 403
    sources.declare(repository="https://140.82.121.4/ann/till.git")
    [kept] = [config for name, config in sources.captain.swarm.made["config"].items() if name.startswith("source.")]
    assert json.loads(kept.data)["may_be_private"] is False, "what is public now may not lead inside later"
    again = sources.ask("PUT", "/apps/till/source", {"repository": sources.repository}, deployer)
    assert again.status_code == 422, "what was given was for that server"
    assert sources.ask("DELETE", "/apps/till/source").status_code == 204
    assert sources.told(Sender.GITHUB, b"{}", shown.json()["secret"]).status_code == 403


def test_what_cannot_be_fetched_is_said_and_leaves_nothing(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    """A branch that is not there, a server that sends on or hangs, a repository that is too large."""

    def why(**more: object) -> str:
        sources.declare(**more)
        ended = sources.end_of(sources.ask("POST", "/apps/till/source").json()["id"])
        assert ended["state"] == "failed"
        return str(ended["why"])

    sources.commit("till:1")
    assert "couldn't find remote ref" in why(branch="nowhere")
    hanging = f"http://{sources.server.ip}:8081/x"
    serve = "import socket, time; s = socket.create_server(('', 8081)); c = s.accept(); time.sleep(600)"
    sources.server.exec("sh", "-c", f'python3 -c "{serve}" >/dev/null 2>&1 &')
    with monkeypatch.context() as patch:
        patch.setattr(fetch, "WITHIN_SECONDS", 3.0)
        assert "did not fetch it within 3 s" in why(repository=hanging)
    onward = "import socket; s = socket.create_server(('', 8082)); c = s.accept()[0]; c.recv(999); c.sendall(b'''{}''')"
    answer = f"HTTP/1.1 302 Found\\r\\nLocation: {sources.repository}/info/refs?service=git-upload-pack\\r\\n\\r\\n"
    sources.server.exec("sh", "-c", f'python3 -c "{onward.format(answer)}" >/dev/null 2>&1 &')
    eventually(lambda: "8082" in sources.server.exec("ss", "-ltn"), 30)
    assert "302" in why(repository=f"http://{sources.server.ip}:8082/till.git")
    with monkeypatch.context() as patch:
        patch.setattr(fetch, "MOST_PUSH_BYTES", 100_000)
        sources.server.exec("sh", "-c", "head -c 300000 /dev/urandom >/srv/www/till/large")
        sources.commit("till:2")
        assert "git cannot fetch it" in why()
    assert list((sources.captain.folder / "fetches").iterdir()) == []
    assert sources.end_of(sources.ask("POST", "/apps/till/source").json()["id"])["state"] == "live"
