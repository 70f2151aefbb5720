"""The unmodified `caprover` of npm against captain at a real port: what each of its routes says, and how it ends.

It knows no port but 80 and 3000, and takes captain for its proxy: captain gets every request that it makes.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from captain.accounts.book import Scope as May
from captain.builds.image_builder import APP_LABEL
from captain.caprover import oneclick_calls
from captain.credentials import CERTIFICATE, Domains, self_signed
from captain.templates import public
from swarm.engine import Engine
from swarm.engine_images import images, remove_image
from tests.docker_cli import SOCKET, eventually, unique_name
from tests.integration.captain.git_captain import served
from tests.unit.captain.memory_captain import Captain

CLIENT = Path(__file__).parents[2] / "e2e" / "caprover" / "node_modules" / ".bin" / "caprover"
URL = "http://captain.localhost"
APPS = "/user/apps/appDefinitions"
TEMPLATES = {
    "/v4/list": {"oneClickApps": [{"name": "shop", "displayName": "Shop", "isOfficial": False}]},
    "/v4/apps/shop": {
        "captainVersion": 4,
        "services": {"$$cap_appname": {"image": "shop:1"}},
        "caproverOneClickApp": {"displayName": "Shop", "variables": []},
    },
}


class Proxied:
    """Takes requests as a proxy gets them: with the whole address in the first line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.hosts: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("http://"):
            host, slash, path = scope["path"].removeprefix("http://").partition("/")
            self.hosts.add(host)
            scope = {**scope, "path": slash + path, "raw_path": (slash + path).encode()}
        await self._app(scope, receive, send)


class Client:
    """The command line with a folder of its own for what it remembers."""

    def __init__(self, captain: Captain, proxy: str, folder: Path) -> None:
        self.captain = captain
        self._proxy = proxy
        self._folder = folder
        self._is_in = False

    def run(self, *words: str) -> tuple[int, str]:
        """Its exit code and what it says."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder),
            "HTTP_PROXY": f"http://{self._proxy}",
            "NO_UPDATE_NOTIFIER": "1",
        }
        done = subprocess.run(
            [str(CLIENT), *words], cwd=self._folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def setup(self, **settings: str) -> tuple[int, str]:
        """`caprover serversetup` with a file of settings."""
        file = self._folder / "setup.json"
        file.write_text(json.dumps(settings))
        return self.run("serversetup", "-c", str(file))

    def log_in(self, token: str = "") -> None:
        """As the first user without a token."""
        if self._is_in:
            self.run("logout", "-n", "here")
        self._is_in = True
        code, said = self.run("login", "-u", URL, "-p", token or self.captain.token, "-n", "here")
        assert code == 0, said

    def api(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """`caprover api`, and the data that captain answered."""
        out = self._folder / "answer.json"
        code, said = self._api(method, path, body, "-o", str(out))
        assert code == 0 and "successfully" in said, said
        found: dict[str, Any] = json.loads(out.read_text())
        return found

    def refused(self, method: str, path: str, body: object = None) -> str:
        """What it says, where captain answers with an error."""
        code, said = self._api(method, path, body)
        assert code != 0 and "successfully" not in said, said
        return said

    def _api(self, method: str, path: str, body: object, *more: str) -> tuple[int, str]:
        return self.run("api", "-n", "here", "-t", path, "-m", method, "-d", json.dumps(body or {}), *more)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    captain = Captain(partial(Engine.from_socket, str(SOCKET)), tmp_path)
    captain.app = Proxied(captain.app)  # type: ignore[assignment]  # what serves it needs no more than an ASGI app
    with served(captain) as address:
        yield Client(captain, address, tmp_path)


def give_edge(captain: Captain, certificate: str) -> None:
    """An edge, as the stack has it, with a certificate from that secret."""
    secrets = [{"SecretName": certificate, "SecretID": "s1", "File": {"Name": "edge_certificate"}}]
    template = {"ContainerSpec": {"Image": "edge:1", "Secrets": secrets}}
    captain.swarm.create_service({"Name": "flotilla_edge", "Labels": {}, "TaskTemplate": template, "Mode": {}})


def test_serversetup_is_told_what_to_use_instead(client: Client) -> None:
    """It finds a stack that is up, with its domain, and changes nothing: neither the domain nor a password."""
    give_edge(client.captain, CERTIFICATE)
    client.captain.users.set_password("admin", "open sesame")
    settings = {
        "caproverIP": "192.0.2.1",
        "caproverPassword": "open sesame",
        "caproverRootDomain": "example.com",
        "newPassword": "something else",
        "certificateEmail": "ann@example.com",
        "caproverName": "here",
    }
    code, said = client.setup(**settings)
    assert (code, "FLOTILLA_DOMAIN" in said) == (1, True), said
    assert "setup completed" not in said
    code, said = client.setup(**{**settings, "caproverRootDomain": "localhost"})
    assert (code, "a certificate that captain signed itself" in said) == (1, True), said
    assert client.captain.users.log_in("open sesame", "here") is not None


def test_projects_are_kept_and_apps_are_in_them(client: Client) -> None:
    """From a project's making to its end, with an app in it that the command line lists."""
    client.log_in()
    made = client.api("POST", "/user/projects/register", {"projectName": "shops"})
    client.api("POST", f"{APPS}/register", {"appName": "till", "projectId": made["id"]})
    [app] = client.api("GET", APPS)["appDefinitions"]
    assert app["projectId"] == made["id"]
    assert "has apps in it" in client.refused("POST", "/user/projects/delete", {"projectId": made["id"]})
    definition = {"id": made["id"], "name": "tills", "description": "all of them"}
    client.api("POST", "/user/projects/update", {"projectDefinition": definition})
    assert client.api("GET", "/user/projects") == {"projects": [{**definition, "parentProjectId": ""}]}
    client.api("PATCH", f"{APPS}/update", {"appName": "till", "projectId": ""})
    client.api("POST", "/user/projects/delete", {"projectId": made["id"]})
    assert client.api("GET", "/user/projects") == {"projects": []}


class Repository(SimpleHTTPRequestHandler):
    """Answers as a repository of templates on a private network does."""

    def do_GET(self) -> None:
        found = TEMPLATES.get(self.path)
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def repository() -> Iterator[str]:
    """The address of one, which is not public."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Repository) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_templates_of_a_repository_that_an_administrator_names(
    client: Client, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked over the network, at the address that was allowed; who may only deploy cannot name it."""
    monkeypatch.setattr(oneclick_calls, "OFFICIAL", "https://official.invalid")
    ann = client.captain.users.add_user("ann", May.DEPLOY)
    client.log_in(ann)
    insert, body = "/user/oneclick/repositories/insert", {"repositoryUrl": repository}
    assert "is not encrypted" in client.refused("POST", insert, body)
    client.log_in()
    client.api("POST", insert, body)
    assert client.api("GET", "/user/oneclick/repositories") == {"urls": [repository]}
    [found] = client.api("GET", "/user/oneclick/template/list")["oneClickApps"]
    assert (found["name"], found["baseUrl"]) == ("shop", repository)
    asked = {"appName": "shop", "baseDomain": repository}
    assert client.api("GET", "/user/oneclick/template/app", asked) == {"appTemplate": TEMPLATES["/v4/apps/shop"]}
    template = client.api("GET", "/user/oneclick/template/app", asked)["appTemplate"]
    values = [{"key": "$$cap_appname", "value": "till"}]
    job = client.api("POST", "/user/oneclick/deploy", {"template": template, "templateName": "shop", "values": values})
    eventually(lambda: client.captain.swarm.kept.get("till"), 60)
    told = client.api("GET", "/user/oneclick/deploy/progress", job)
    assert (told["error"], told["successMessage"]) == ("", "till is live."), told
    client.api("POST", "/user/oneclick/repositories/delete", body)
    assert "no repository that captain knows" in client.refused("GET", "/user/oneclick/template/app", asked)


@pytest.fixture
def app() -> Iterator[str]:
    """The name of one whose images are gone afterwards."""
    name = unique_name("till").replace("_", "-")
    yield name
    engine = Engine.from_socket(str(SOCKET))
    for found in images(engine, f"{APP_LABEL}={name}"):
        remove_image(engine, found.id)
    engine.close()


def test_a_template_that_has_to_be_built(client: Client, app: str, image: Callable[[str], str]) -> None:
    """Its Dockerfile lines are built by the real engine before the app is live; a build that fails says so."""
    client.log_in()
    lines = [f"FROM {image('captain')}", f"RUN : {app}"]

    def told(*more: str) -> dict[str, Any]:
        service = {"caproverExtra": {"dockerfileLines": [*lines, *more]}}
        about = {"displayName": "Built", "variables": []}
        template = {"captainVersion": 4, "services": {"$$cap_appname": service}, "caproverOneClickApp": about}
        body = {"template": template, "values": [{"key": "$$cap_appname", "value": app}]}
        job = client.api("POST", "/user/oneclick/deploy", body)
        eventually(lambda: not client.captain.deployments.is_busy(app), 100)
        return client.api("GET", "/user/oneclick/deploy/progress", job)

    good = told()
    assert (good["error"], good["successMessage"]) == ("", f"{app} is live."), good
    first = client.captain.swarm.kept[app].image
    bad = told("RUN echo no shelf here; exit 3")
    assert bad["error"].startswith(f"{app}: it could not be built"), bad
    assert client.captain.swarm.kept[app].image == first


def test_a_repository_proves_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though captain goes to the address that it looked at, the certificate has to be that of the name."""
    file = tmp_path / "certificate.pem"
    file.write_bytes(self_signed(Domains.of("templates.test")))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setattr(public, "addresses_of", lambda _: ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with ThreadingHTTPServer(("127.0.0.1", 0), Repository) as server, public.client(may_be_private=True) as http:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        assert http.get(f"https://templates.test:{port}/v4/list").json() == TEMPLATES["/v4/list"]
        with pytest.raises(httpx.ConnectError, match="certificate"):
            http.get(f"https://official.test:{port}/v4/list")
        server.shutdown()


def test_what_captain_does_not_do_is_said(client: Client) -> None:
    """Exit code 1 after a sentence with what to do, for a route of each kind; what is there is told."""
    client.log_in()
    client.api("POST", f"{APPS}/register", {"appName": "till"})
    client.api("POST", f"{APPS}/customdomain", {"appName": "till", "customDomain": "till.example.com"})
    body = {"appName": "till", "customDomain": "till.example.com"}
    assert "A certificate of your own" in client.refused("POST", f"{APPS}/enablecustomdomainssl", body)
    client.api("POST", f"{APPS}/enablebasedomainssl", {"appName": "till"})
    client.api("POST", f"{APPS}/removecustomdomain", body)
    assert "renames no app" in client.refused("POST", f"{APPS}/rename", {"oldAppName": "till", "newAppName": "shop"})
    assert "docker image prune" in client.refused("GET", f"{APPS}/unusedImages", {"mostRecentLimit": "0"})
    assert "docker swarm join" in client.refused("POST", "/user/system/nodes", {"nodeType": "worker"})
    assert [node["type"] for node in client.api("GET", "/user/system/nodes")["nodes"]] == ["manager"]
    assert client.api("GET", "/user/apps/appData/till/logs", {"encoding": "hex"}) == {"logs": ""}
