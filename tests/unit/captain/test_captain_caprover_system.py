"""CapRover's API beside deploying: what `serversetup` asks for, nodes, logs, and routes that captain does not have."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from captain.accounts.book import Scope
from captain.caprover.app_log import encoded, framed
from captain.caprover.envelope import Refusal
from captain.caprover.instead import INSTEAD
from captain.credentials import CERTIFICATE
from captain.registry.settings import VARIABLE
from swarm.engine_frames import frames
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.memory_logs import LoggingApps, frame

APPS = "/user/apps/appDefinitions"
SYSTEM = "/user/system"
THERE = {("GET", "user/system/nodes"), ("GET", "user/system/versioninfo")}


def give_edge(captain: Captain, certificate: str) -> None:
    """An edge, as the stack has it, with a certificate from that secret."""
    secrets = [{"SecretName": certificate, "SecretID": "s1", "File": {"Name": "edge_certificate"}}]
    template = {"ContainerSpec": {"Image": "edge:1", "Secrets": secrets}}
    captain.swarm.create_service({"Name": "flotilla_edge", "Labels": {}, "TaskTemplate": template, "Mode": {}})


async def test_the_root_domain_is_changed_on_a_manager() -> None:
    """The domain that it has is no change; for another one the operator's command is told."""
    captain = Captain()
    same = await captain.caprover("POST", f"{SYSTEM}/changerootdomain", {"rootDomain": "LOCALHOST"})
    assert same == {"status": 100, "description": "The root domain is localhost already.", "data": {}}
    other = await captain.caprover("POST", f"{SYSTEM}/changerootdomain", {"rootDomain": "example.com"})
    assert (other["status"], "FLOTILLA_DOMAIN=DOMAIN ./swarm/up.sh" in other["description"]) == (1108, True)
    assert (await captain.caprover("GET", f"{SYSTEM}/info"))["data"]["rootDomain"] == "localhost"


@pytest.mark.parametrize(
    ("certificate", "status", "said"),
    [
        ("", 1000, "There is no edge"),
        (CERTIFICATE, 1108, "captain signed itself"),
        (f"{CERTIFICATE}_0123456789", 1108, "captain signed itself"),
        ("my_certificate_2026", 100, "my_certificate_2026"),
    ],
)
async def test_ssl_is_enabled_where_the_operator_gave_a_certificate(certificate: str, status: int, said: str) -> None:
    """Captain asks no authority for one, and does not say that it did."""
    captain = Captain()
    if certificate:
        give_edge(captain, certificate)
    answer = await captain.caprover("POST", f"{SYSTEM}/enablessl", {"emailAddress": "ann@example.com"})
    assert (answer["status"], said in answer["description"]) == (status, True), answer


async def test_nobody_is_forced_to_https() -> None:
    """To be as it is already is no error, the other is refused with what to do."""
    captain = Captain()
    assert (await captain.caprover("POST", f"{SYSTEM}/forcessl", {"isEnabled": False}))["status"] == 100
    forced = await captain.caprover("POST", f"{SYSTEM}/forcessl", {"isEnabled": True})
    assert (forced["status"], "port 80" in forced["description"]) == (1108, True)
    assert (await captain.caprover("GET", f"{SYSTEM}/info"))["data"]["forceSsl"] is False


@pytest.mark.parametrize("route", ["changerootdomain", "enablessl", "forcessl"])
async def test_the_system_is_administrators(route: str) -> None:
    """Who may only deploy is not told how it is set up."""
    captain = Captain()
    ann = captain.users.add_user("ann", Scope.DEPLOY)
    body = {"rootDomain": "localhost", "isEnabled": False}
    assert (await captain.caprover("POST", f"{SYSTEM}/{route}", body, x_captain_auth=ann))["status"] == 1102
    assert (await captain.caprover("POST", f"{SYSTEM}/{route}", body, x_captain_auth=""))["status"] == 1106


async def test_nodes_are_told() -> None:
    """As CapRover lists them; whoever may read may."""
    captain = Captain()
    [node] = (await captain.caprover("GET", f"{SYSTEM}/nodes"))["data"]["nodes"]
    assert (node["nodeId"], node["type"], node["isLeader"], node["state"]) == ("n", "manager", True, "ready")
    assert (await captain.caprover("GET", f"{SYSTEM}/nodes", x_captain_auth=""))["status"] == 1106


@pytest.mark.parametrize(
    ("method", "path"), [asked for asked in product(("GET", "POST"), INSTEAD) if asked not in THERE]
)
async def test_each_route_that_is_not_there_says_what_to_do(path: str, method: str) -> None:
    """By name, to whoever has a token; a client gets an envelope and never another HTTP status."""
    captain, asked = Captain(), f"/{path.replace('*', 'shop')}/"
    answer = await captain.caprover(method, asked, {})
    assert answer["status"] == 1108
    assert answer["description"] == f"captain {INSTEAD[path]}."
    assert (await captain.caprover(method, asked, {}, x_captain_auth=""))["status"] == 1106


async def test_the_stacks_registry_is_the_one_that_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its password is told to nobody. Others are not kept, which is said; theirs is in no answer and in no audit."""
    captain, nowhere = Captain(), {"registries": [], "defaultPushRegistryId": ""}
    monkeypatch.delenv(VARIABLE, raising=False)
    assert (await captain.caprover("GET", "/user/registries"))["data"] == nowhere
    file = tmp_path / "password"
    file.write_text("open sesame")
    monkeypatch.setenv(VARIABLE, str(file))
    data = (await captain.caprover("GET", "/user/registries/"))["data"]
    [own] = data["registries"]
    assert (own["id"], own["registryDomain"], own["registryPassword"]) == ("flotilla", "127.0.0.1:5000", "")
    assert (own["registryType"], data["defaultPushRegistryId"]) == ("LOCAL_REG", "flotilla")

    other = {"registryUser": "ann", "registryPassword": "sesame two", "registryDomain": "registry.example.com"}
    for route in ("insert", "update", "delete"):
        told = await captain.caprover("POST", f"/user/registries/{route}", {**other, "registryId": "flotilla"})
        assert (told["status"], "--with-registry-auth" in told["description"]) == (1108, True)
        assert "sesame" not in str(told)
    assert "sesame" not in str(captain.audit.page())
    for registry, status in (("flotilla", 100), ("other", 1111)):
        answer = await captain.caprover("POST", "/user/registries/setpush", {"registryId": registry})
        assert answer["status"] == status
    ann = captain.users.add_user("ann", Scope.DEPLOY)
    assert (await captain.caprover("POST", "/user/registries/insert", other, x_captain_auth=ann))["status"] == 1102


async def test_the_certificate_of_a_custom_domain_is_the_operators() -> None:
    """A domain that the app has is refused with what to do; one that it has not is not found."""
    captain, route = Captain(), f"{APPS}/enablecustomdomainssl"
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    body = {"appName": "shop", "customDomain": "shop.example.com"}
    assert (await captain.caprover("POST", route, body))["status"] == 1111
    await captain.caprover("POST", f"{APPS}/customdomain", body)
    refused = await captain.caprover("POST", route, body)
    assert (refused["status"], "A certificate of your own" in refused["description"]) == (1108, True)
    [app] = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    assert app["customDomain"] == [{"publicDomain": "shop.example.com", "hasSsl": False}]


async def test_logs_are_told_in_dockers_frames() -> None:
    """As the dashboard asks for them, in hexadecimal digits: stream, length, time and line; none before a release."""
    swarm = LoggingApps()
    captain = Captain(swarm=swarm)
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop"})
    assert (await captain.caprover("GET", "/user/apps/appData/shop/logs"))["data"] == {"logs": ""}
    definition = {"captainDefinitionContent": '{"schemaVersion": 2, "imageName": "shop:1"}'}
    await captain.caprover("POST", "/user/apps/appData/shop", definition)
    swarm.log.frames = [frame("t0", "two", 2, stream=2), frame("t0", "one", 1)]
    told = await captain.caprover("GET", "/user/apps/appData/shop/logs?encoding=hex")
    found = list(frames(iter([bytes.fromhex(told["data"]["logs"])])))
    assert found == [
        (1, b"2026-01-31T12:00:01+00:00 one\n"),
        (2, b"2026-01-31T12:00:02+00:00 two\n"),
    ]
    assert swarm.log.asked[-1]["tail"] == "500"
    assert (await captain.caprover("GET", "/user/apps/appData/ship/logs"))["status"] == 1111
    other = captain.users.add_token("admin", "other", Scope.READ, ["other"], None)
    assert (await captain.caprover("GET", "/user/apps/appData/shop/logs", x_captain_auth=other))["status"] == 1102


def test_what_encoding_a_log_is_told_in() -> None:
    """Text that is no UTF-8 stays readable; a word that is no encoding is refused."""
    row: dict[str, Any] = {"stream": "stdout", "time": "now", "line": "ü"}
    log = framed([row])
    assert log == b"\x01\0\0\0" + b"\0\0\0\x07" + "now ü\n".encode()
    assert encoded(log, "ascii") == encoded(log, "") == log.decode()
    with pytest.raises(Refusal, match="encoding is base64"):
        encoded(log, "base64")
