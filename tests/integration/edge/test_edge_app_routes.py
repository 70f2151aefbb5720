"""Routes of apps: the edge asks captain for them, and goes on without it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docker_cli import DockerError, Resources, eventually
from tests.integration.edge.conftest import EDGE_OPTIONS, Answer, Stand, fetch

CAPTAIN = {
    "FLOTILLA_APP_ROUTES_URL": "http://captain:9105/routes",
    "FLOTILLA_APP_ROUTES_FILE": "/var/lib/edge/app-routes.json",
    "FLOTILLA_EDGE_UNLIMITED": "0.0.0.0/0",
}
SHOP = {"host": "shop.localhost", "service": "shop", "port": 8000, "readiness": "port"}
OLD = {"host": "old.localhost", "redirect": "shop.localhost"}


def test_routes_of_apps_come_and_go_and_outlive_captain(
    stand: Callable[..., Stand], resources: Resources, tmp_path: Path
) -> None:
    """Without a reload; a bad answer or none changes nothing; an edge that starts again has them from its disk."""
    folder = tmp_path / "captain"
    folder.mkdir()
    folder.chmod(0o755)

    def say(*entries: dict[str, object], text: str = "") -> None:
        (folder / "new").write_text(text or json.dumps({"routes": entries}))
        (folder / "new").chmod(0o644)
        (folder / "new").rename(folder / "routes")

    say()
    kept = ("-v", f"{resources.volume()}:/var/lib/edge")
    made = stand(1, settings=CAPTAIN, options=kept)
    captain = made.resources.run(
        made.image, "--entrypoint=python3", name="captain", network=made.network,
        volumes=[f"{folder}:/captain:ro"], command=["-m", "http.server", "9105", "--directory", "/captain"],
    )  # fmt: skip
    made.add_replica(service="shop")
    workers = made.workers()
    assert made.get(Host="shop.localhost").status == 404

    say(SHOP, OLD, {**SHOP, "host": "localhost"})
    eventually(lambda: made.get(Host="shop.localhost").headers.get("x-replica") == "replica2", 20)
    assert made.get(Host="localhost").replica == "replica1", "the platform's host stays the platform's"
    moved = made.get("/a?b=c", "POST", b"x", Host="old.localhost:81")
    assert (moved.status, moved.headers["location"]) == (308, "http://shop.localhost:81/a?b=c")
    picture = fetch(made.ip, 9101, "/picture").json
    assert {"host": "shop.localhost", "service": "shop", "port": 8000} in picture["routes"]
    [shop] = [service for service in picture["services"] if service["name"] == "shop"]
    assert [replica["ready"] for replica in shop["replicas"]] == [True]

    say(text='{"routes": [{"host"')
    eventually(lambda: "the routes of apps stay as they are" in made.edge.logs(), 20)
    captain.kill()
    eventually(lambda: "captain cannot be reached" in made.edge.logs(), 30)
    assert made.get(Host="shop.localhost").replica == "replica2"
    assert made.workers() == workers

    made.edge.stop()
    again = resources.run(
        made.image, *EDGE_OPTIONS, *kept, name="edge2", network=made.network,
        env=CAPTAIN | {"FLOTILLA_ROUTES_FILE": "/etc/flotilla/routes.yml"},
        volumes=[f"{tmp_path}/routes.yml:/etc/flotilla/routes.yml:ro"],
    ).ip  # fmt: skip
    eventually(lambda: fetch(again, 8080, "/", Host="shop.localhost").headers.get("x-replica") == "replica2", 30)

    say(OLD)
    captain.start()
    eventually(lambda: fetch(again, 8080, "/", Host="shop.localhost").status == 404, 30)


def test_a_replica_is_ready_when_its_port_is_open(stand: Callable[..., Stand]) -> None:
    """With `readiness: port` no path is asked for, and what does not listen gets nothing."""
    made = stand(1, readiness="port")
    assert made.get().replica == "replica1"
    assert made.replicas[0].count("requests") == 1, "only the one that was meant for it"
    silent = made.resources.run(
        made.image, "--network-alias=tasks.flotilla_app", "--entrypoint=sleep",
        name="silent", network=made.network, command=["600"],
    )  # fmt: skip
    made.await_replicas(known=2, ready=1)
    assert {made.get().replica for _ in range(20)} == {"replica1"}
    silent.kill()


def test_apps_cannot_ask_the_edge_what_it_does(stand: Callable[..., Stand]) -> None:
    """From the apps' network neither its picture nor its metrics are to be had; its public port is."""
    made = stand(0, network_options=("--subnet=10.253.7.0/24",), settings={"FLOTILLA_APPS_SUBNET": "10.253.7.128/25"})
    app = made.resources.run(
        made.image, "--ip=10.253.7.200", "--entrypoint=sleep", name="app", network=made.network, command=["600"]
    )
    ask = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=10)"
    for address, status in (("edge:9101/picture", 403), ("edge:9101/metrics", 403), ("edge:8080/", 404)):
        with pytest.raises(DockerError, match=f"HTTP Error {status}"):
            app.exec("python3", "-c", ask, f"http://{address}")
    assert fetch(made.ip, 9101, "/picture").status == 200


SECRET_HASH = "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG."
"""Of the password `secret`."""


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def test_an_app_behind_a_password(stand: Callable[..., Stand], tmp_path: Path) -> None:
    """Who has none, or a wrong one, reaches nothing of it, on no path; who guesses is not listened to for a while."""
    folder = tmp_path / "captain"
    folder.mkdir()
    folder.chmod(0o755)
    entry = {**SHOP, "auth": {"user": "ann", "hash": SECRET_HASH}}
    (folder / "routes").write_text(json.dumps({"routes": [entry]}))
    made = stand(1, settings={**CAPTAIN, "FLOTILLA_EDGE_UNLIMITED": ""})
    made.resources.run(
        made.image, "--entrypoint=python3", name="captain", network=made.network,
        volumes=[f"{folder}:/captain:ro"], command=["-m", "http.server", "9105", "--directory", "/captain"],
    )  # fmt: skip
    replica = made.add_replica(service="shop")

    def ask(authorization: str = "", path: str = "/", **headers: str) -> Answer:
        given = {"Authorization": authorization} if authorization else {}
        return made.get(path, Host="shop.localhost", **given, **headers)

    right = basic("ann", "secret")
    eventually(lambda: ask(right).headers.get("x-replica") == "replica2", 20)
    for refused in (
        ask(), ask(basic("ann", "Secret")), ask(basic("bob", "secret")), ask("Bearer secret"), ask("Basic ???"),
        ask(basic("ann", "")), ask(path="/?key=seen", Upgrade="websocket", Connection="Upgrade"),
        ask(Accept="text/event-stream"),
    ):  # fmt: skip
        assert refused.status == 401
        assert refused.headers["www-authenticate"] == 'Basic realm="shop.localhost", charset="UTF-8"'
    assert ask(right, "/?key=let-in", Accept="text/event-stream").status == 200
    assert replica.count("GET /?key=let-in") == 1
    assert made.get().replica == "replica1", "the platform asks for nothing"
    assert replica.count("GET /?key=seen") == 0

    for number in range(25):
        wrong = ask(basic("ann", str(number)))
    assert wrong.status == 429 and int(wrong.headers["retry-after"]) > 0
    assert ask(right).status == 200, "who has been let in goes on"
