"""CapRover's API: its envelope, its codes, and that what it says is so."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from captain.accounts.book import Scope
from captain.caprover.app_definition import Facts, changed, definition, not_done
from captain.caprover.build_log import RING, build_log
from captain.caprover.envelope import Refusal
from tests.unit.captain.memory_captain import Captain

APPS = "/user/apps/appDefinitions"
FACTS = Facts((), 0, 1, False, False)


def image(name: str) -> dict[str, str]:
    return {"captainDefinitionContent": json.dumps({"schemaVersion": 2, "imageName": name}), "gitHash": ""}


async def until_over(captain: Captain, app: str = "shop") -> dict[str, Any]:
    for _ in range(3000):  # a minute, for a machine that does other things, too
        data: dict[str, Any] = (await captain.caprover("GET", f"/user/apps/appData/{app}"))["data"]
        if not data["isAppBuilding"]:
            return data
        await asyncio.sleep(0.02)
    raise AssertionError("it goes on building")


async def test_an_image_is_deployed_and_told_when_it_is_live() -> None:
    """As the command line does it: register, look, deploy, poll until it is over."""
    captain = Captain()
    assert (await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"}))["status"] == 100
    [app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert (app["appName"], app["isAppBuilding"], app["versions"], app["containerHttpPort"]) == ("shop", False, [], 80)
    assert captain.swarm.kept == {}

    started = await captain.caprover("POST", "/user/apps/appData/shop?detached=1", image("nginx:1"))
    assert started["status"] == 101
    told = await until_over(captain)
    assert told["isBuildFailed"] is False and told["logs"]["lines"][-1] == "shop  1/1 ready"
    assert captain.swarm.kept["shop"].image == "nginx:1"
    [app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert [version["deployedImageName"] for version in app["versions"]] == ["nginx:1"]
    assert not [name for name in captain.swarm.made["config"] if name.startswith("draft")]


def tar(definition: object) -> bytes:
    packed, content = io.BytesIO(), json.dumps(definition).encode()
    with tarfile.open(fileobj=packed, mode="w") as made:
        entry = tarfile.TarInfo("captain-definition")
        entry.size = len(content)
        made.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


async def upload(captain: Captain, source: bytes, token: str | None = None, **fields: str) -> dict[str, Any]:
    headers = {"x-namespace": "captain", "x-captain-auth": captain.token if token is None else token}
    path = "/api/v2/user/apps/appData/shop?detached=1"
    answer = await captain.send("POST", path, headers, data=fields, files={"sourceFile": ("x.tar", source)})
    found: dict[str, Any] = answer.json()
    return found


async def test_a_tar_is_deployed() -> None:
    """With its commit, which the release remembers; a bad one fails with the reason, and nobody's is received."""
    captain = Captain()
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    source, commit = tar({"schemaVersion": 2, "imageName": "nginx:1"}), "a" * 40
    assert (await upload(captain, source, gitHash=commit))["status"] == 101
    assert (await until_over(captain))["isBuildFailed"] is False
    [app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert (app["versions"][0]["deployedImageName"], app["versions"][0]["gitHash"]) == ("nginx:1", commit)

    for bad, why in ((b"no tar" * 999, "tar"), (tar({"schemaVersion": 1}), "schemaVersion 1")):
        assert (await upload(captain, bad, gitHash=""))["status"] == 101
        told = await until_over(captain)
        assert told["isBuildFailed"] is True and why in "\n".join(told["logs"]["lines"])
    both = await upload(captain, source, captainDefinitionContent="{}", gitHash="")
    assert (both["status"], (await upload(captain, source, gitHash="main"))["status"]) == (1108, 1110)
    assert (await upload(captain, source, token="fc_wrong", gitHash=""))["status"] == 1106
    assert captain.swarm.kept["shop"].image == "nginx:1"


async def test_it_is_building_for_as_long_as_it_is_not_live() -> None:
    """To who polls and who lists; an attached client waits, and another's deployment does not hide one's own."""
    captain, open_ = Captain(), threading.Event()
    for name in ("shop", "other"):
        await captain.caprover("POST", f"{APPS}/register", {"appName": name})
    nothing: list[Callable[[], object]] = [lambda: None]  # the request's own look
    captain.swarm.meanwhile = iter([*nothing, lambda: open_.wait(30)])  # type: ignore[list-item]
    assert (await captain.caprover("POST", "/user/apps/appData/shop?detached=1", image("nginx:1")))["status"] == 101
    mine = (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]
    assert (mine["isAppBuilding"], mine["isBuildFailed"]) == (True, False)
    listed = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert {app["appName"]: app["isAppBuilding"] for app in listed} == {"other": False, "shop": True}
    open_.set()
    assert (await until_over(captain))["isBuildFailed"] is False

    ann = captain.users.add_user("ann", Scope.DEPLOY)
    update = {"appName": "shop", "envVars": [{"key": "MODE", "value": "crash"}]}
    assert (await captain.caprover("PATCH", f"{APPS}/update", update, x_captain_auth=ann))["status"] == 1000
    assert (await until_over(captain))["isBuildFailed"] is False
    theirs = (await captain.caprover("GET", "/user/apps/appData/shop", x_captain_auth=ann))["data"]
    assert theirs["isBuildFailed"] is True


async def test_a_deployment_that_fails_says_so_and_why() -> None:
    """To who polls, and to who waits for the answer; what ran before is what the app still is."""
    captain = Captain()
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    assert (await captain.caprover("POST", "/user/apps/appData/shop", image("nginx:1")))["status"] == 100
    failed = await captain.caprover(
        "POST", f"{APPS}/update", {"appName": "shop", "envVars": [{"key": "MODE", "value": "crash"}]}
    )
    assert failed["status"] == 1000 and "It is back on release 1" in failed["description"]
    told = await until_over(captain)
    assert told["isBuildFailed"] is True and "last words of bad0" in "\n".join(told["logs"]["lines"])
    [app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert (app["envVars"], app["deployedVersion"]) == ([], 1)
    again = await captain.caprover("POST", "/user/apps/appData/shop?detached=1", image("nginx:2"))
    assert again["status"] == 101 and (await until_over(captain))["isBuildFailed"] is False


async def test_a_captain_that_was_started_since_says_what_the_swarm_knows() -> None:
    """No deployment is remembered: the newest release tells whether it went well."""
    captain = Captain()
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    await captain.caprover("POST", "/user/apps/appData/shop", image("nginx:1"))
    await captain.caprover(
        "POST", f"{APPS}/update", {"appName": "shop", "envVars": [{"key": "MODE", "value": "crash"}]}
    )
    captain.restart(remembers=False)
    told = (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]
    assert (told["isAppBuilding"], told["isBuildFailed"]) == (False, True)
    for state in ("updating", "paused", "rollback_started"):
        captain.swarm.kept["shop"] = replace(captain.swarm.kept["shop"], update_state=state)
        told = (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]
        assert (told["isAppBuilding"], told["isBuildFailed"]) == (True, False), state


async def test_what_a_captain_lost_at_its_end_is_not_called_deployed() -> None:
    """What was accepted and never begun left nothing in the Swarm; who follows it is told to deploy again."""
    captain = Captain()
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    captain.restart(remembers=False)
    told = (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]
    assert told["isBuildFailed"] is True and "deploy again" in told["logs"]["lines"][-1]
    captain.deployments.started_at -= timedelta(minutes=2)
    assert (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]["isBuildFailed"] is False


async def test_what_an_earlier_captain_left_is_building_until_it_is_taken_up() -> None:
    """A client that polls between a captain's start and its going on is not told to deploy again. Nothing is taken."""
    captain = Captain()
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    await captain.caprover("POST", f"{APPS}/register", {"appName": "till"})
    captain.restart(begins=False)
    assert (await captain.caprover("POST", "/user/apps/appData/shop?detached=1", image("nginx:1")))["status"] == 101
    (captain.changes / "1.source").write_bytes(b"of a change that is being accepted by the other captain")
    captain.restart(begins=False)
    told = (await captain.caprover("GET", "/user/apps/appData/shop"))["data"]
    assert (told["isAppBuilding"], told["isBuildFailed"]) == (True, False)
    assert (captain.changes / "1.source").exists()
    other = (await captain.caprover("GET", "/user/apps/appData/till"))["data"]
    assert (other["isAppBuilding"], other["isBuildFailed"]) == (False, True)
    assert captain.deployments.resume()
    told = await until_over(captain)
    assert told["isBuildFailed"] is False and "captain was started anew, and goes on with this" in told["logs"]["lines"]


async def test_ten_writes_at_once_to_one_app_are_all_there() -> None:
    """One after the other, none lost, none refused."""
    captain = Captain()
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    await captain.caprover("POST", "/user/apps/appData/shop", image("nginx:1"))
    bodies = [{"appName": "shop", "customDomain": f"shop{n}.example.com"} for n in range(10)]
    answers = await asyncio.gather(*(captain.caprover("POST", f"{APPS}/customdomain", body) for body in bodies))
    assert {answer["status"] for answer in answers} == {100}
    [app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert {domain["publicDomain"] for domain in app["customDomain"]} == {f"shop{n}.example.com" for n in range(10)}


async def test_paths_are_found_in_any_case_and_what_is_not_there_is_said() -> None:
    """The command line asks for other letters than the routes have, and with a slash or without."""
    captain = Captain()
    for path in ("/user/system/versioninfo", "/user/system/versionInfo/", "/USER/System/info"):
        assert (await captain.caprover("GET", path))["status"] == 100
    missing = await captain.caprover("POST", "/user/registries/insert", {})
    assert missing["status"] == 1108 and "docs/caprover.md" in missing["description"]
    assert (await captain.send("GET", "/api/v2/user/system/info", {"x-captain-auth": captain.token})).json()[
        "status"
    ] == 1000


async def test_who_may_what() -> None:
    """A wrong token is 1106, which makes the command line log in again; an app's token deploys that app alone."""
    captain = Captain()
    for name in ("shop", "other"):
        await captain.caprover("POST", f"{APPS}/register", {"appName": name})
    for token in ("", "fc_wrong", "captain42"):
        assert (await captain.caprover("GET", APPS, x_captain_auth=token))["status"] == 1106
    switched = await captain.caprover(
        "PATCH", f"{APPS}/update", {"appName": "shop", "appDeployTokenConfig": {"enabled": True}}
    )
    secret = switched["data"]["appDeployToken"]
    [_, app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert app["appDeployTokenConfig"] == {"enabled": True}, "it is not shown again"
    deploy = "/user/apps/appData/{}?detached=1"
    allowed = await captain.caprover("POST", deploy.format("shop"), image("nginx:1"), x_captain_app_token=secret)
    refused = await captain.caprover("POST", deploy.format("other"), image("nginx:1"), x_captain_app_token=secret)
    assert (allowed["status"], refused["status"]) == (101, 1102)
    assert (await captain.caprover("GET", APPS, x_captain_app_token=secret))["status"] == 1102
    await captain.caprover("PATCH", f"{APPS}/update", {"appName": "shop", "appDeployTokenConfig": {"enabled": False}})
    over = await captain.caprover("POST", deploy.format("shop"), image("nginx:1"), x_captain_app_token=secret)
    assert over["status"] == 1106
    reader = captain.users.add_user("ann", Scope.READ)
    assert (await captain.caprover("POST", deploy.format("shop"), image("nginx:1"), x_captain_auth=reader))[
        "status"
    ] == 1102


async def test_logging_in_and_failing_to() -> None:
    """A token is a password; CapRover's own default is none; five failures are followed by 1113."""
    captain = Captain()
    nobody = {"x_captain_auth": ""}
    right = await captain.caprover("POST", "/login", {"password": captain.token}, **nobody)
    assert right["data"]["token"] == captain.token
    for _ in range(5):
        assert (await captain.caprover("POST", "/login", {"password": "captain42"}, **nobody))["status"] == 1105
    assert (await captain.caprover("POST", "/login", {"password": captain.token}, **nobody))["status"] == 1113
    audited = [(entry.by, entry.went_well) for entry in reversed(captain.audit.page().entries)]
    assert audited == [("admin", True)] + [("", False)] * 5


async def test_mistakes_have_their_codes() -> None:
    """Each says what to do."""
    captain = Captain()
    for body, status in (({"appName": "Shop"}, 1104), ({"appName": "a--b"}, 1104), ({}, 1110)):
        assert (await captain.caprover("POST", f"{APPS}/register", body))["status"] == status
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    assert (await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"}))["status"] == 1103
    deploy = "/user/apps/appData/shop?detached=1"
    assert (await captain.caprover("POST", deploy, {"gitHash": ""}))["status"] == 1108
    assert (await captain.caprover("POST", deploy, image("no name")))["status"] == 1110
    assert (await captain.caprover("POST", "/user/apps/appData/ship?detached=1", image("nginx:1")))["status"] == 1111
    long = {"appName": "shop", "envVars": [{"key": "K", "value": "x" * 2**21}]}
    assert (await captain.caprover("POST", f"{APPS}/update", long))["status"] == 1110


@pytest.mark.parametrize("key", ["customNginxConfig", "serviceUpdateOverride", "preDeployFunction", "forceSsl"])
def test_what_is_not_done_is_refused_by_its_name(key: str) -> None:
    """Nothing that would change how the app behaves is dropped in silence; what would not is named."""
    with pytest.raises(Refusal, match=f"{key} cannot be set"):
        not_done({key: "x"})
    assert not_done({key: ""}) == []
    assert not_done({"description": "mine", "tags": [], "odd": 1}) == ["description", "odd"]


def test_a_definition_goes_there_and_back() -> None:
    """What a client reads and sends again changes nothing, whatever the app has that CapRover has no word for."""
    document = {
        "image": "shop:1",
        "environment": {"LEVEL": "info"},
        "http": {"port": 8000, "hosts": ["shop.example.com"], "readiness": "/readyz"},
        "volumes": [
            {"type": "volume", "source": "data", "target": "/data"},
            {"type": "bind", "source": "/srv", "target": "/srv", "read_only": True},
            {"type": "tmpfs", "target": "/tmp"},
        ],
        "ports": [{"target": 25, "published": 2525, "protocol": "tcp", "mode": "host"}],
        "networks": ["mail"],
        "placement": {"constraints": ["node.role == worker", "node.id == abc"]},
        "secrets": [{"source": "stripe"}],
    }
    document["http"] |= {"basic_auth": {"user": "ann", "password_hash": "$6$salt$hash"}}  # type: ignore[operator]
    told = definition("shop", document, FACTS, True)
    assert not_done(told) == []
    assert changed(document, told, replaces=True) == {**document, "replicas": 1}
    assert definition("shop", document, FACTS, False)["envVars"] == [{"key": "LEVEL", "value": ""}]


async def test_an_app_behind_a_password() -> None:
    """What is kept is a hash; without a password in it a request changes none, and an empty one takes it away."""
    captain, update = Captain(), f"{APPS}/update"
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    needs = await captain.caprover("PATCH", update, {"appName": "shop", "httpAuth": {"user": "ann"}})
    assert (needs["status"], needs["description"]) == (1110, "httpAuth needs a password.")
    own = {"appName": "shop", "httpAuth": {"user": "ann", "password": "open sesame"}}
    assert (await captain.caprover("PATCH", update, own))["status"] == 100
    [app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert app["httpAuth"] == {"user": "ann", "password": ""}
    kept = (await captain.own("GET", "/apps/shop")).json()["document"]["http"]["basic_auth"]
    assert kept["password_hash"].startswith("$6$")
    assert (await captain.caprover("POST", update, app))["status"] == 100
    assert (await captain.own("GET", "/apps/shop")).json()["document"]["http"]["basic_auth"] == kept
    await captain.caprover("PATCH", update, {"appName": "shop", "httpAuth": ""})
    assert "basic_auth" not in (await captain.own("GET", "/apps/shop")).json()["document"]["http"]


def test_replacing_and_merging() -> None:
    """POST empties the lists that it leaves out, PATCH does not; the autoscaler's number is nobody else's."""
    document = {"environment": {"A": "1"}, "http": {"port": 80}}
    assert changed(document, {}, replaces=True) == {"http": {"port": 80}}
    assert changed(document, {}, replaces=False) == document
    assert changed(document, {"notExposeAsWebApp": True}, replaces=False) == {"environment": {"A": "1"}}
    scaled = {"autoscale": {"min": 1, "max": 9}}
    assert changed(scaled, {"instanceCount": 3}, replaces=False) == scaled
    both = changed({}, {"ports": [{"hostPort": 53, "containerPort": "53"}]}, replaces=False)["ports"]
    assert [port["protocol"] for port in both] == ["tcp", "udp"]
    with pytest.raises(Refusal, match="whole number"):
        changed({}, {"instanceCount": -1}, replaces=False)


@pytest.mark.parametrize("total", [0, 1, 49, 50, 51, 200])
def test_lines_are_counted_as_clients_do(total: int) -> None:
    """A client that saw nothing yet prints exactly what there is, as far as the ring goes."""
    lines = [str(n) for n in range(total)]
    told = build_log(total, lines)
    assert told["firstLineNumber"] == total - RING and len(told["lines"]) == RING
    fresh = told["lines"][-told["firstLineNumber"] :] if told["firstLineNumber"] < 0 else told["lines"]
    assert fresh == lines[-RING:]
