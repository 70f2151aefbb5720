"""captain killed at each call of each change that it accepted: the next one goes on with it, and tells its end."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from captain.accounts.book import Caller, Scope
from captain.api import app_routes
from captain.apps.app_routes import routes
from captain.apps.app_truth import EdgeSight
from captain.apps.app_work import AppWork
from captain.apps.first_release import is_unproven
from captain.apps.unfinished import Finisher
from captain.asked_before import MAY_NOT, TOO_OLD
from captain.builds.builds import Builds
from captain.deployment import Deployment, State, Wish
from captain.deployments import Deployments
from captain.ledger import Ledger
from captain.template_work import TEMPLATE, TemplateWork, Wanted
from captain.watch import RolloutWatch, WatchMetrics
from swarm.engine import EngineError
from tests.docker_cli import eventually
from tests.unit.captain.memory_captain import Captain, place
from tests.unit.captain.test_captain_app_killed import Killed, KilledAt
from tests.unit.captain.test_captain_app_rollout import Apps
from tests.unit.captain.test_captain_deployments import ByHand

ANN = Caller("ann", Scope.ADMIN, (), "t1")
SHOP: dict[str, Any] = {"image": "shop:1", "http": {"port": 8000}}
CRASH = {"environment": {"MODE": "crash"}}


class Process:
    """One captain: `engine` is the Swarm as it sees it."""

    def __init__(self, folder: Path, swarm: Apps, engine: Any) -> None:
        self.ledger, self.hand = Ledger(folder, b"k" * 32), ByHand()
        self.deployments = Deployments(self.ledger)
        self.deployments._pool = self.hand  # type: ignore[assignment]

        def opened(say: Callable[[str], object]) -> Any:
            found = place(swarm, say)
            return type(found)(engine, found.stack, found.domains, say, found.sights, found.now, found.sleep)

        self.work = AppWork(opened, self.deployments)
        self.work.on_change("patch", app_routes.patched)
        TemplateWork(self.work, Builds(lambda: engine, folder))
        assert self.deployments.resume()

    def finish(self) -> None:
        while self.hand.waiting:
            self.hand.waiting.pop(0)()

    def kill(self) -> None:
        self.ledger.close()


@dataclass(frozen=True)
class Operation:
    """`releases` are made by it over the one that was there; `image` and `replicas` are what has to be so at its end.

    `before` makes the app that was there; twice `put` without.
    """

    ask: Callable[[AppWork], Deployment]
    existed: bool = True
    fails: bool = False
    image: str | None = "shop:2"
    releases: int = 1
    replicas: int = 1
    before: tuple[Callable[[AppWork], Deployment], ...] = ()


def put(**keys: Any) -> Callable[[AppWork], Deployment]:
    return lambda work: work.put("shop", {**SHOP, **keys}, ANN)


def template(image: str, mode: str = "") -> Callable[[AppWork], Deployment]:
    """Two apps, of which one needs the other."""
    environment = f"environment: {{MODE: {mode}}}, " if mode else ""
    text = f"""
captainVersion: 4
services:
  $$cap_appname: {{image: '{image}', {environment}depends_on: [$$cap_appname-db]}}
  $$cap_appname-db: {{image: 'db:1', caproverExtra: {{notExposeAsWebApp: 'true'}}}}
caproverOneClickApp: {{}}
"""
    wanted = Wanted("shop", "pair", text, {})
    return lambda work: work.deployments.ask(Wish(TEMPLATE, "shop", "template pair", ANN, asdict(wanted)))


def patch(**keys: Any) -> Callable[[AppWork], Deployment]:
    return lambda work: work.change("shop", "patch", "patch", ANN, {"patch": keys})


OPERATIONS: Mapping[str, Operation] = {
    "first": Operation(lambda work: work.put("shop", {**SHOP, "image": "shop:2"}, ANN), existed=False),
    "first that crashes": Operation(
        lambda work: work.put("shop", {**SHOP, **CRASH}, ANN), existed=False, fails=True, image=None, releases=0
    ),
    "deploy": Operation(patch(image="shop:2")),
    "deploy that crashes": Operation(patch(image="shop:2", **CRASH), fails=True, image="shop:1"),
    "environment": Operation(patch(environment={"LEVEL": "debug"}), image="shop:1"),
    "routes": Operation(patch(http={"hosts": ["shop.example.com"]}), image="shop:1"),
    "rollback": Operation(lambda work: work.roll_back("shop", None, ANN), image="shop:0"),
    "scale": Operation(lambda work: work.scale("shop", 3, ANN), image="shop:1", releases=0, replicas=3),
    "secret": Operation(lambda work: work.set_secret("stripe", b"sk", "shop", ANN)[0], image="shop:1"),
    "deploy of a number": Operation(
        patch(image="shop:2"), replicas=2, before=(put(image="shop:0", replicas=2), put(image="shop:1", replicas=2))
    ),
    "crash of a number": Operation(
        patch(image="shop:2", **CRASH),
        fails=True,
        image="shop:1",
        replicas=2,
        before=(put(image="shop:1", replicas=2),),
    ),
    "template": Operation(template("shop:2"), existed=False),
    "template again": Operation(template("shop:2"), before=(template("shop:1"),)),
    "template that crashes": Operation(
        template("shop:2", "crash"), fails=True, image="shop:1", before=(template("shop:1"),)
    ),
    "remove": Operation(lambda work: work.remove("shop", ANN), image=None, releases=0),
}


def prepared(folder: Path, operation: Operation) -> tuple[Apps, int]:
    """A Swarm, with two releases of the app where it existed; how many it has of it."""
    swarm = Apps()
    if operation.existed:
        process = Process(folder / "before", swarm, swarm)
        for ask in operation.before or (put(image="shop:0"), put(image="shop:1")):
            ask(process.work)
        process.finish()
        process.kill()
    return swarm, len(releases(swarm))


def releases(swarm: Apps) -> list[str]:
    return [name for name in swarm.made["config"] if name.startswith("app.shop.")]


def others_look(swarm: Apps, folder: Path) -> None:
    """The loops of a captain that has started: the watch, and what ends first releases."""
    watch = RolloutWatch(lambda: swarm, "flotilla", WatchMetrics(CollectorRegistry()))  # type: ignore[arg-type,return-value]
    watch.look(swarm, swarm.at)  # type: ignore[arg-type]
    Finisher(swarm.place, folder).look(swarm.place())


@pytest.mark.parametrize("looks_first", [False, True], ids=["resumed first", "loops first"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_that_captain_was_killed_in_is_gone_on_with_once(
    name: str, after: bool, looks_first: bool, tmp_path: Path
) -> None:
    """At every call: the same number, its true end, no release more than it makes, nothing half-done."""
    operation, kills = OPERATIONS[name], 0
    for call in range(1, 1000):
        folder = tmp_path / str(call)
        swarm, before = prepared(folder, operation)
        engine = KilledAt(swarm, 10**9, after)
        first = Process(folder / "changes", swarm, engine)
        made = operation.ask(first.work)
        engine.calls, engine.call = 0, call
        with contextlib.suppress(Killed):
            first.finish()
        first.kill()
        if engine.calls < call:
            break
        kills += 1
        if looks_first:
            for _ in range(2):
                others_look(swarm, folder)
                swarm.at += timedelta(seconds=300)
        again = Process(folder / "changes", swarm, swarm)
        again.finish()
        others_look(swarm, folder)
        told = again.deployments.get(made.id)
        assert told is not None and told.state is (State.FAILED if operation.fails else State.LIVE), told
        whole(swarm, operation)
        extra = 1 if operation.fails and operation.existed else 0  # what failed may be tried a second time
        assert (
            operation.releases
            <= len(releases(swarm)) - (before if operation.image else 0)
            <= (operation.releases + extra)
        ), (call, releases(swarm))
        again.kill()
    assert kills >= 3, "each call had its kill"


@dataclass
class AwayAt(KilledAt):
    """An engine that does not answer its `call`-th call, before or after it did what it was asked for."""

    def __getattr__(self, name: str) -> Any:
        method = super().__getattr__(name)

        def called(*given: Any, **named: Any) -> Any:
            try:
                return method(*given, **named)
            except Killed:
                raise EngineError("Could not do it: the Docker Engine does not answer.") from None

        return called


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_engine_that_goes_away_is_waited_for(name: str, after: bool, tmp_path: Path) -> None:
    """At every call: the change has its end all the same, which is true, and makes no release more than it would."""
    operation, times = OPERATIONS[name], 0
    for call in range(1, 1000):
        folder = tmp_path / str(call)
        swarm, before = prepared(folder, operation)
        engine = AwayAt(swarm, 10**9, after)
        captain = Process(folder / "changes", swarm, engine)
        made = operation.ask(captain.work)
        engine.calls, engine.call = 0, call
        captain.finish()
        captain.kill()
        if engine.calls < call:
            break
        times += 1
        told = captain.deployments.get(made.id)
        assert told is not None and told.state is (State.FAILED if operation.fails else State.LIVE), told
        others_look(swarm, folder)
        whole(swarm, operation)
        extra = 1 if operation.fails and operation.existed else 0
        assert len(releases(swarm)) - (before if operation.image else 0) <= operation.releases + extra
    assert times >= 3


def whole(swarm: Apps, operation: Operation) -> None:
    service = swarm.kept.get("shop")
    if operation.image is None:
        assert service is None and releases(swarm) == []
        return
    assert service is not None and not is_unproven(service)
    assert (service.image, service.replicas) == (operation.image, operation.replicas)
    sight = swarm.seen_by_the_edge()
    assert isinstance(sight[0], EdgeSight) and len(sight[0].ready["shop"]) == service.replicas
    assert all(entry["service"] == "shop" for entry in routes(swarm.kept.values(), "localhost"))


# ---- over HTTP -------------------------------------------------------------------------------------------


def source(image: str) -> bytes:
    made, text = io.BytesIO(), f'{{"schemaVersion": 2, "imageName": "{image}"}}'.encode()
    with tarfile.open(fileobj=made, mode="w") as tar:
        info = tarfile.TarInfo("captain-definition")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    return made.getvalue()


async def test_what_was_accepted_over_http_and_not_begun_is_done_by_the_next_captain() -> None:
    """The own API's changes, sources and CapRover's, in their order and under their numbers; then nothing is left."""
    captain = Captain()
    captain.restart(begins=False)
    asked = [(await captain.own("PUT", "/apps/shop", SHOP)).json()["id"]]
    bearer = {"Authorization": f"Bearer {captain.token}"}
    built = await captain.send("POST", "/api/v1/apps/till/builds", bearer, content=source("till:1"))
    asked.append(built.json()["id"])
    await captain.caprover("POST", "/user/apps/appDefinitions/register", {"appName": "desk"})
    body = {"captainDefinitionContent": '{"schemaVersion": 2, "imageName": "desk:1"}'}
    assert (await captain.caprover("POST", "/user/apps/appData/desk?detached=1", body))["status"] == 101
    assert captain.swarm.kept == {}
    assert [(await captain.own("GET", f"/deployments/{number}")).json()["state"] for number in asked] == ["waiting"] * 2
    captain.restart()
    eventually(lambda: not any(captain.deployments.is_busy(name) for name in ("shop", "till", "desk")), 30)
    assert {name: found.image for name, found in captain.swarm.kept.items()} == {
        "shop": "shop:1", "till": "till:1", "desk": "desk:1",
    }  # fmt: skip
    for number in asked:
        told = (await captain.own("GET", f"/deployments/{number}")).json()
        assert told["state"] == "live" and told["log"][0] == "captain was started anew, and goes on with this"
    assert (await captain.caprover("GET", "/user/apps/appData/desk"))["data"]["isBuildFailed"] is False
    assert list(captain.changes.glob("*.source")) == []


async def test_what_waited_is_begun_only_for_who_may_ask_for_it_now() -> None:
    """With a token that was removed meanwhile, or asked for a day ago, it ends with that; another's is done."""
    captain = Captain()
    token = captain.users.add_user("ann", Scope.DEPLOY)
    captain.restart(begins=False)
    number = (await captain.own("PUT", "/apps/shop", SHOP, token)).json()["id"]
    other = (await captain.own("PUT", "/apps/till", SHOP)).json()["id"]
    captain.users.remove_user("ann")
    captain.restart()
    eventually(lambda: not captain.deployments.is_busy("till"), 30)
    told, done = captain.deployments.get(number), captain.deployments.get(other)
    assert told is not None and told.why == MAY_NOT.format(by="ann")
    assert done is not None and done.state is State.LIVE and set(captain.swarm.kept) == {"till"}


@pytest.mark.parametrize("hours", [23, 25])
def test_what_waited_for_a_day_is_not_begun(hours: int, tmp_path: Path) -> None:
    """Nobody thinks of it any more; what was under way is gone on with however long that was ago."""
    long_ago = datetime.now(UTC) - timedelta(hours=hours)
    first = Deployments(Ledger(tmp_path / "changes", b"k" * 32), lambda: long_ago)
    waits, began = (first.ask(Wish("test", name, "x", ANN)).id for name in ("shop", "till"))
    first.running(began)
    again, started = Deployments(Ledger(tmp_path / "changes", b"k" * 32)), list[int]()
    again.on("test", lambda asked: started.append(asked.id))
    assert again.resume() and started == ([waits, began] if hours < 24 else [began])
    told = again.get(waits)
    assert told is not None and told.why == ("" if hours < 24 else TOO_OLD)


async def test_a_disk_that_takes_nothing_is_said_and_nothing_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """507 for a full one; the app is as it was."""
    captain = Captain()
    monkeypatch.setattr("captain.ledger.MOST_BYTES", 0)
    refused = await captain.own("PUT", "/apps/shop", SHOP)
    assert (refused.status_code, refused.json()["code"]) == (507, "no_room")
    assert captain.deployments.of() == []
    captain.changes.rename(captain.changes.with_suffix(".away"))
    captain.changes.touch()
    refused = await captain.own("PUT", "/apps/shop", SHOP)
    assert (refused.status_code, refused.json()["code"]) == (503, "disk_away")
