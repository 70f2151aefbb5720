"""CapRover's projects: what can be one, and which apps are in it."""

from __future__ import annotations

import pytest

from captain.accounts.book import Scope
from captain.caprover.envelope import Refusal, Status
from captain.caprover.projects import MOST, Project, dump, parse, with_project, without_project
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.test_captain_own_api import done

APPS = "/user/apps/appDefinitions"
PROJECTS = "/user/projects"


async def projects_of(captain: Captain) -> dict[str, str]:
    """The project of each app."""
    listed = (await captain.caprover("GET", APPS))["data"]["appDefinitions"]
    return {app["appName"]: app["projectId"] for app in listed}


async def test_a_project_is_registered_changed_and_deleted() -> None:
    """The same after captain was started anew; one that is used stays, and says by what."""
    captain = Captain()
    made = await captain.caprover("POST", f"{PROJECTS}/register", {"projectName": "shops"})
    assert made["status"] == 100
    shops = made["data"]["id"]
    part = (await captain.caprover("POST", f"{PROJECTS}/register", {"projectName": "till", "parentProjectId": shops}))[
        "data"
    ]["id"]
    changed = {"id": part, "name": "tills", "parentProjectId": shops, "description": "of the shops"}
    assert (await captain.caprover("POST", f"{PROJECTS}/update", {"projectDefinition": changed}))["status"] == 100
    captain.restart()
    listed = (await captain.caprover("GET", f"{PROJECTS}/"))["data"]["projects"]
    assert listed == [{"id": shops, "name": "shops", "parentProjectId": "", "description": ""}, changed]

    refused = await captain.caprover("POST", f"{PROJECTS}/delete", {"projectId": shops})
    assert (refused["status"], "the project tills" in refused["description"]) == (1108, True)
    for project in (part, shops):
        assert (await captain.caprover("POST", f"{PROJECTS}/delete", {"projectId": project}))["status"] == 100
    assert (await captain.caprover("GET", PROJECTS))["data"] == {"projects": []}
    assert (await captain.caprover("POST", f"{PROJECTS}/delete", {"projectId": shops}))["status"] == 1111


async def test_an_app_is_in_a_project() -> None:
    """From its registration or by an update, with no release of its own; it leaves with the app, or for an empty id."""
    captain = Captain()
    shops, others = [
        (await captain.caprover("POST", f"{PROJECTS}/register", {"projectName": name}))["data"]["id"]
        for name in ("shops", "others")
    ]
    wrong = await captain.caprover("POST", f"{APPS}/register", {"appName": "shop", "projectId": "none"})
    assert (wrong["status"], await projects_of(captain)) == (1111, {})
    await captain.caprover("POST", f"{APPS}/register", {"appName": "shop", "projectId": shops})
    await captain.caprover("POST", f"{APPS}/register", {"appName": "till"})
    assert await projects_of(captain) == {"shop": shops, "till": ""}
    assert (await captain.caprover("POST", f"{PROJECTS}/delete", {"projectId": shops}))["status"] == 1108

    definition = {"captainDefinitionContent": '{"schemaVersion": 2, "imageName": "shop:1"}'}
    await captain.caprover("POST", "/user/apps/appData/shop", definition)
    moved = await captain.caprover("PATCH", f"{APPS}/update", {"appName": "shop", "projectId": others})
    assert moved == {"status": 100, "description": "Updated App Definition Saved", "data": {}}
    assert await projects_of(captain) == {"shop": others, "till": ""}
    assert len((await captain.own("GET", "/apps/shop/releases")).json()) == 1
    await captain.caprover("POST", f"{APPS}/update", {"appName": "shop"})
    assert (await projects_of(captain))["shop"] == others, "what is left out stays"

    await captain.caprover("POST", f"{APPS}/delete", {"appName": "shop"})
    put = await captain.own("PUT", "/apps/shop", {"image": "shop:1"})
    await done(captain, put.headers["Location"])
    assert (await projects_of(captain))["shop"] == "", "a namesake is another app"
    assert (await captain.caprover("POST", f"{PROJECTS}/delete", {"projectId": others}))["status"] == 100
    await captain.caprover("PATCH", f"{APPS}/update", {"appName": "till", "projectId": shops})
    await captain.caprover("PATCH", f"{APPS}/update", {"appName": "till", "projectId": ""})
    assert (await projects_of(captain))["till"] == ""


async def test_who_may_change_projects() -> None:
    """Whoever may deploy any app; a reader lists them."""
    captain = Captain()
    reader = captain.users.add_user("ann", Scope.READ)
    assert (await captain.caprover("GET", PROJECTS, x_captain_auth=reader))["status"] == 100
    of_one = captain.users.add_token("admin", "shop", Scope.DEPLOY, ["shop"], None)
    for token in (reader, of_one):
        body = {"projectName": "shops", "projectId": "x", "projectDefinition": {"id": "x", "name": "y"}}
        for route in ("register", "update", "delete"):
            assert (await captain.caprover("POST", f"{PROJECTS}/{route}", body, x_captain_auth=token))["status"] == 1102


SHOPS = Project("1", "shops")
TILLS = Project("2", "tills", "1")


@pytest.mark.parametrize(
    ("project", "status"),
    [
        (Project("3", ""), Status.BAD_NAME),
        (Project("3", "x" * 51), Status.BAD_NAME),
        (Project("3", "two\nlines"), Status.BAD_NAME),
        (Project("3", "x", description="x" * 501), Status.ILLEGAL_PARAMETER),
        (Project("3", "shops"), Status.ALREADY_EXISTS),
        (Project("3", "x", "9"), Status.NOT_FOUND),
        (Project("1", "shops", "1"), Status.ILLEGAL_OPERATION),
        (Project("1", "shops", "2"), Status.ILLEGAL_OPERATION),
    ],
)
def test_what_no_project_is(project: Project, status: Status) -> None:
    """A name of its own beside others, and nothing that is above itself."""
    with pytest.raises(Refusal) as refused:
        with_project({"1": SHOPS, "2": TILLS}, project)
    assert refused.value.status is status


def test_projects_there_and_back() -> None:
    """They are kept as they are; there is a number that they do not exceed."""
    both = with_project({"1": SHOPS, "2": TILLS}, Project("3", "shops", "2", "others' shops"))
    assert parse(dump(both)) == both and parse(b"") == {}
    full = {str(n): Project(str(n), f"p{n}") for n in range(MOST)}
    assert with_project(full, Project("5", "renamed"))["5"].name == "renamed"
    with pytest.raises(Refusal, match="no more can be"):
        with_project(full, Project("x", "x"))
    with pytest.raises(Refusal, match="apps in it"):
        without_project({"1": SHOPS}, "1", {"1"})
