"""CapRover's one-click routes: what is listed, and which servers captain asks for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from captain.accounts.book import Scope
from captain.caprover import oneclick_calls
from captain.caprover.oneclick_list import listed, template
from captain.errors import CaptainError
from captain.templates import public, repositories, repository
from captain.templates.repositories import MOST, change, with_repository, without_repository
from captain.templates.repository import WITHIN_SECONDS
from captain.templates.source import OFFICIAL
from tests.unit.captain.memory_captain import Captain

ONE_CLICK = "/user/oneclick"
OTHER = "https://templates.example"
LIST = {"oneClickApps": [{"name": "shop", "displayName": "Shop", "description": "sells", "logoUrl": "shop.png"}]}
ANSWERS = {
    f"{OFFICIAL}/v4/list": {
        "oneClickApps": [{"name": "wiki", "isOfficial": "true", "logoUrl": "https://x.example/w.png"}]
    },
    f"{OTHER}/v4/list": LIST,
    f"{OTHER}/v4/apps/shop": {"captainVersion": 4, "services": {"$$cap_appname": {"image": "shop:1"}}},
    "https://empty.example/v4/list": {"oneClickApps": []},
}


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Repositories in place of the network; those that are named here do not answer."""
    hosts: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host in hosts:
            raise httpx.ConnectError("nobody there", request=request)
        found = ANSWERS.get(str(request.url))
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)

    monkeypatch.setattr(public, "client", lambda _: httpx.Client(transport=httpx.MockTransport(answer)))
    monkeypatch.setattr(public, "addresses_of", lambda address: ["10.0.0.1" if "inner" in address.host else "1.1.1.1"])
    return hosts


async def test_templates_of_all_repositories_are_listed(away: set[str]) -> None:
    """The official one is always there; one that does not answer is named, and without any it is an error."""
    captain = Captain()
    assert (await captain.caprover("POST", f"{ONE_CLICK}/repositories/insert", {"repositoryUrl": f"{OTHER}/"}))[
        "status"
    ] == 100
    captain.restart()
    assert (await captain.caprover("GET", f"{ONE_CLICK}/repositories/"))["data"] == {"urls": [OTHER]}
    told = await captain.caprover("GET", f"{ONE_CLICK}/template/list")
    assert told["data"]["oneClickApps"] == [
        {
            "name": "shop",
            "displayName": "Shop",
            "description": "sells",
            "isOfficial": False,
            "baseUrl": OTHER,
            "logoUrl": f"{OTHER}/v4/logos/shop.png",
        },
        {
            "name": "wiki",
            "displayName": "",
            "description": "",
            "isOfficial": True,
            "baseUrl": OFFICIAL,
            "logoUrl": "https://x.example/w.png",
        },
    ]
    away.add("templates.example")
    told = await captain.caprover("GET", f"{ONE_CLICK}/template/list")
    assert (told["status"], [app["name"] for app in told["data"]["oneClickApps"]]) == (100, ["wiki"])
    assert "https://templates.example/v4/list does not answer" in told["description"]
    away.add("oneclickapps.caprover.com")
    assert (await captain.caprover("GET", f"{ONE_CLICK}/template/list"))["status"] == 1000


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(304),
        httpx.Response(302),
        httpx.Response(302, headers={"location": "https://templates.example:x/"}),
        httpx.Response(302, headers={"location": "https://[templates.example/"}),
        httpx.Response(200, text="[" * 100_000),
    ],
)
async def test_whatever_one_repository_answers_the_others_are_listed(
    monkeypatch: pytest.MonkeyPatch, answer: httpx.Response
) -> None:
    """What is no list, nor leads to one, is told of that repository alone."""
    captain = Captain()
    told = await listed_by(captain, monkeypatch, lambda request: answer, [OTHER])
    assert (told["status"], [app["name"] for app in told["data"]["oneClickApps"]]) == (100, ["wiki"])
    assert OTHER in told["description"]


async def test_repositories_that_are_silent_take_no_time_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """All have 30 s together, of which something is left for the last, though all before it are silent."""
    now = [1000.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    for module in (oneclick_calls, repository):
        monkeypatch.setattr(module, "time", clock)

    def silent(request: httpx.Request) -> httpx.Response:
        now[0] += request.extensions["timeout"]["connect"]
        raise httpx.ConnectTimeout("timed out", request=request)

    captain = Captain()
    others = [f"https://silent{number}.example" for number in range(MOST)]
    told = await listed_by(captain, monkeypatch, silent, others)
    assert (told["status"], [app["name"] for app in told["data"]["oneClickApps"]]) == (100, ["wiki"])
    assert all(address in told["description"] for address in others)
    assert now[0] - 1000 < WITHIN_SECONDS


async def listed_by(
    captain: Captain,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[httpx.Request], httpx.Response],
    others: Sequence[str],
) -> Any:
    """The list of these repositories, which answer so, and of the official one."""

    def answered(request: httpx.Request) -> httpx.Response:
        found = ANSWERS[str(request.url)] if str(request.url).startswith(OFFICIAL) else None
        return answer(request) if found is None else httpx.Response(200, json=found)

    for address in others:
        change(captain.swarm, "flotilla", partial(with_repository, address=address, may_be_private=False))  # type: ignore[arg-type]
    monkeypatch.setattr(public, "client", lambda _: httpx.Client(transport=httpx.MockTransport(answered)))
    return await captain.caprover("GET", f"{ONE_CLICK}/template/list")


async def test_a_template_is_told_from_a_known_repository_alone(away: set[str]) -> None:
    """With the types that it was written in; no other server is asked, and no other path."""
    captain = Captain()
    asked = f"{ONE_CLICK}/template/app?appName={{}}&baseDomain={OTHER}"
    assert (await captain.caprover("GET", asked.format("shop")))["status"] == 1110
    await captain.caprover("POST", f"{ONE_CLICK}/repositories/insert", {"repositoryUrl": OTHER})
    told = await captain.caprover("GET", asked.format("shop"))
    assert told["data"]["appTemplate"] == ANSWERS[f"{OTHER}/v4/apps/shop"]
    for name, status in (("none", 1000), ("..%2Flist", 1000), ("", 1000)):
        assert (await captain.caprover("GET", asked.format(name)))["status"] == status
    await captain.caprover("POST", f"{ONE_CLICK}/repositories/delete", {"repositoryUrl": OTHER})
    assert (await captain.caprover("GET", asked.format("shop")))["status"] == 1110
    assert (await captain.caprover("POST", f"{ONE_CLICK}/repositories/delete", {"repositoryUrl": OTHER}))[
        "status"
    ] == 1000


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://inner.example", "no public address"),
        ("http://templates.example", "not encrypted"),
        ("ftp://templates.example", "is no address of templates"),
        ("https://ann:secret@templates.example", "without a name, a password"),
        ("https://templates.example/?of=me", "or a query"),
        ("git@github.com:ann/templates.git", "is no address of templates"),
        ("https://empty.example", "lists no templates"),
        ("https://nothing.example", "There is no template at"),
        (OFFICIAL, "is there already"),
    ],
)
async def test_what_is_no_repository_for_who_may_deploy(away: set[str], url: str, said: str) -> None:
    """Each says why, and nothing is kept."""
    captain = Captain()
    ann = captain.users.add_user("ann", Scope.DEPLOY)
    insert = f"{ONE_CLICK}/repositories/insert"
    answer = await captain.caprover("POST", insert, {"repositoryUrl": url}, x_captain_auth=ann)
    assert (answer["status"], said in answer["description"]) == (1000, True), answer
    assert (await captain.caprover("GET", f"{ONE_CLICK}/repositories"))["data"] == {"urls": []}


async def test_who_may_name_repositories(away: set[str]) -> None:
    """A reader may not; a private address is an administrator's, and is kept as one alone where it has to be."""
    captain = Captain()
    reader = captain.users.add_user("ann", Scope.READ)
    for route in ("insert", "delete"):
        path = f"{ONE_CLICK}/repositories/{route}"
        assert (await captain.caprover("POST", path, {"repositoryUrl": OTHER}, x_captain_auth=reader))["status"] == 1102
    assert (await captain.caprover("GET", f"{ONE_CLICK}/repositories", x_captain_auth=reader))["status"] == 100
    ANSWERS["https://inner.example/v4/list"] = LIST
    for url in (OTHER, "https://inner.example"):
        path = f"{ONE_CLICK}/repositories/insert"
        assert (await captain.caprover("POST", path, {"repositoryUrl": url}))["status"] == 100
    kept = repositories.read(captain.swarm, "flotilla")  # type: ignore[arg-type]
    assert kept == {OTHER: False, "https://inner.example": True}


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:192.168.0.1"])
def test_a_client_goes_to_public_addresses_alone(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Whatever the name was when it was looked at before: it is looked up for each request anew."""
    monkeypatch.setattr(public, "addresses_of", lambda _: [address])
    with public.client(may_be_private=False) as client, pytest.raises(CaptainError, match="no public address"):
        client.get("https://templates.example/v4/list")


def test_lists_and_templates_that_are_none() -> None:
    """A list that cannot be read is told by its address; a template may be YAML, whose scalars stay texts."""
    for text in ("<html>", "[]", '{"oneClickApps": {}}', '{"oneClickApps": []}'):
        with pytest.raises(CaptainError, match="no repository of"):
            listed(text, OTHER)
    assert (
        listed(json.dumps({"oneClickApps": [{"displayName": "nameless"}, "x", {"name": "y"}]}), OTHER)[0]["name"] == "y"
    )
    assert template("captainVersion: 4", "shop") == {"captainVersion": "4"}
    with pytest.raises(CaptainError, match="shop"):
        template("a: [", "shop")


def test_there_are_not_endless_repositories() -> None:
    """Each is asked when templates are listed."""
    full = {f"https://r{n}.example": False for n in range(MOST)}
    with pytest.raises(CaptainError, match="no more can be"):
        with_repository(full, OTHER, False)
    assert without_repository(full, "https://r0.example").keys() == full.keys() - {"https://r0.example"}


PAIR = {
    "captainVersion": 4,
    "services": {
        "$$cap_appname": {"image": "web:1", "depends_on": ["$$cap_appname-db"], "environment": {"A": "$$cap_greeting"}},
        "$$cap_appname-db": {"image": "db:1", "caproverExtra": {"notExposeAsWebApp": "true"}},
    },
    "caproverOneClickApp": {
        "displayName": "Pair",
        "variables": [{"id": "$$cap_greeting", "label": "Greeting 👋", "validRegex": "/^.{2,}$/"}],
    },
}


def values(**given: str) -> list[dict[str, str]]:
    return [{"key": f"$$cap_{name}", "value": value} for name, value in given.items()]


async def until_over(captain: Captain, job: dict[str, Any]) -> dict[str, Any]:
    """How a deployment of a template ended."""
    for _ in range(3000):  # a minute, for a machine that does other things, too
        told = await captain.caprover("GET", f"{ONE_CLICK}/deploy/progress?jobId={job['jobId']}")
        if told["data"]["error"] or told["data"]["successMessage"]:
            return dict(told["data"])
        await asyncio.sleep(0.02)
    raise AssertionError("it goes on")


async def test_a_template_is_deployed() -> None:
    """All of its apps, in the order in which they need each other; its progress says when they are live."""
    captain = Captain()
    body = {"template": PAIR, "values": values(appname="shop", greeting="hello 👋")}
    started = await captain.caprover("POST", f"{ONE_CLICK}/deploy", body)
    assert started["status"] == 100, started
    told = await until_over(captain, started["data"])
    assert (told["error"], told["successMessage"], told["currentStep"]) == ("", "shop is live.", len(told["steps"]))
    assert [step for step in told["steps"] if "ready" in step] == ["shop-db  1/1 ready", "shop  1/1 ready"]
    assert captain.swarm.kept["shop"].spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=hello 👋"]
    assert [name for name in captain.swarm.kept if name.startswith("shop")] == ["shop-db", "shop"]


async def test_instructions_are_for_who_may_deploy() -> None:
    """A password that captain made up may be in them; who may only read is told that the app is live."""
    captain = Captain()
    about = {
        "variables": [{"id": "$$cap_password", "label": "Password", "defaultValue": "$$cap_gen_random_hex(8)"}],
        "instructions": {"end": "Sign in with $$cap_password"},
    }
    template = {**PAIR, "services": {"$$cap_appname": {"image": "web:1"}}, "caproverOneClickApp": about}
    body = {"template": template, "templateName": "one", "values": values(appname="shop")}
    job = (await captain.caprover("POST", f"{ONE_CLICK}/deploy", body))["data"]
    assert (await until_over(captain, job))["successMessage"].startswith("shop is live.\n\nSign in with ")
    reads = captain.users.add_token("admin", "reads", Scope.READ, (), None)
    asked = ("GET", f"{ONE_CLICK}/deploy/progress?jobId={job['jobId']}")
    told = (await captain.caprover(*asked, x_captain_auth=reads))["data"]
    assert told["successMessage"] == "shop is live." and "Sign in" not in str(told["steps"])


async def test_a_template_that_fails_says_why() -> None:
    """The app that did not get live, by its name; what needs it is not begun."""
    captain = Captain()
    broken = {**PAIR["services"]["$$cap_appname-db"], "environment": {"MODE": "crash"}}  # type: ignore[index]
    services = {**PAIR["services"], "$$cap_appname-db": broken}  # type: ignore[dict-item]
    body = {"template": {**PAIR, "services": services}, "values": values(appname="shop", greeting="hello")}
    job = (await captain.caprover("POST", f"{ONE_CLICK}/deploy", body))["data"]
    told = await until_over(captain, job)
    assert told["error"].startswith("shop-db: ") and told["successMessage"] == ""
    assert "shop" not in captain.swarm.kept
    asked = ("GET", f"{ONE_CLICK}/deploy/progress?jobId={job['jobId']}")
    captain.restart()
    assert (await captain.caprover(*asked))["data"]["error"] == told["error"], "another captain knows it, too"
    captain.restart(remembers=False)
    assert (await captain.caprover(*asked))["status"] == 1111


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 1110, "template is needed"),
        ({"template": {"services": {}}}, 1110, "templateName is needed"),
        ({"template": PAIR}, 1110, "values has to be a list"),
        ({"template": PAIR, "values": values(greeting="hello")}, 1104, "$$cap_appname"),
        ({"template": PAIR, "values": values(appname="captain", greeting="hello")}, 1104, "name of the platform"),
        ({"template": PAIR, "values": values(appname="shop", greeting="h")}, 1110, "Greeting"),
        (
            {"template": PAIR, "values": values(appname="taken", greeting="hello")},
            1000,
            "There is an app taken already",
        ),
    ],
)
async def test_what_cannot_be_deployed_is_said_at_once(body: dict[str, Any], status: int, said: str) -> None:
    """Before anything is written."""
    captain = Captain()
    await captain.own("PUT", "/apps/taken", {"image": "shop:1"})
    for _ in range(3000):
        if not captain.deployments.is_busy("taken"):
            break
        await asyncio.sleep(0.02)
    writes = len(captain.swarm.writes)
    answer = await captain.caprover("POST", f"{ONE_CLICK}/deploy", body)
    assert (answer["status"], said in answer["description"]) == (status, True), answer
    assert "--var" not in answer["description"]
    assert len(captain.swarm.writes) == writes


async def test_templates_are_administrators_to_deploy() -> None:
    """They may ask for folders of a node; who may deploy apps may not deploy one, nor see how another's gets on."""
    captain = Captain()
    ann = captain.users.add_user("ann", Scope.DEPLOY)
    body = {"template": PAIR, "values": values(appname="shop", greeting="hello")}
    assert (await captain.caprover("POST", f"{ONE_CLICK}/deploy", body, x_captain_auth=ann))["status"] == 1102
    job = (await captain.caprover("POST", f"{ONE_CLICK}/deploy", body))["data"]
    await until_over(captain, job)
    other = captain.users.add_token("admin", "other", Scope.READ, ["other"], None)
    path = f"{ONE_CLICK}/deploy/progress?jobId={job['jobId']}"
    assert (await captain.caprover("GET", path, x_captain_auth=other))["status"] == 1102
