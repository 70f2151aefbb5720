"""Captain's own API, and the queue behind both: what was asked for is done in turn, and told as it is."""

from __future__ import annotations

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from captain.accounts.book import Scope
from captain.api.merge import merged
from tests.unit.captain.memory_captain import Captain

SHOP = {"image": "shop:1", "http": {"port": 8000}, "environment": {"LEVEL": "info"}}
_json = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


async def done(captain: Captain, location: str) -> dict[str, object]:
    for _ in range(3000):  # a minute, for a machine that does other things, too
        found: dict[str, object] = (await captain.own("GET", location.removeprefix("/api/v1"))).json()
        if found["state"] in ("live", "failed"):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it goes on")


async def test_an_app_is_put_changed_and_taken_away() -> None:
    """Each becomes a deployment whose end can be asked for; an app is told as captain.yml would say it."""
    captain = Captain()
    asked = await captain.own("PUT", "/apps/shop", SHOP | {"replicas": 1})
    assert asked.status_code == 202
    first = await done(captain, asked.headers["Location"])
    assert (first["state"], first["release"], first["by"]) == ("live", 1, "admin")
    assert first["log"] == ["shop  1/1 ready"]

    asked = await captain.own("PATCH", "/apps/shop", {"environment": {"LEVEL": None, "MORE": "yes"}})
    assert (await done(captain, asked.headers["Location"]))["release"] == 2
    [app] = (await captain.own("GET", "/apps")).json()
    assert app["document"]["environment"] == {"MORE": "yes"} and app["hosts"] == ["shop.localhost"]
    assert (app["release"], app["wanted"], app["is_busy"]) == (2, 1, False)

    asked = await captain.own("PUT", "/apps/shop/replicas", {"replicas": 3})
    await done(captain, asked.headers["Location"])
    asked = await captain.own("PATCH", "/apps/shop", {"image": "shop:2"})
    await done(captain, asked.headers["Location"])
    assert captain.swarm.kept["shop"].replicas == 3, "a change of something else leaves the number"
    asked = await captain.own("POST", "/apps/shop/rollback", {"release": 1})
    assert (await done(captain, asked.headers["Location"]))["release"] == 4
    states = {row["release"]: row["state"] for row in (await captain.own("GET", "/apps/shop/releases")).json()}
    assert states == {1: "earlier", 2: "earlier", 3: "earlier", 4: "running"}

    asked = await captain.own("DELETE", "/apps/shop")
    await done(captain, asked.headers["Location"])
    assert (await captain.own("GET", "/apps/shop")).status_code == 404
    assert captain.swarm.kept == {}


async def test_a_change_says_nothing_of_replicas_that_stay() -> None:
    """A release of an app whose number was said says the number that there is, and no change where that is the same."""
    captain = Captain()
    await done(captain, (await captain.own("PUT", "/apps/shop", SHOP | {"replicas": 2})).headers["Location"])
    patch = {"environment": {"LEVEL": "debug"}}
    await done(captain, (await captain.own("PATCH", "/apps/shop", patch)).headers["Location"])
    await done(captain, (await captain.own("PUT", "/apps/shop/replicas", {"replicas": 3})).headers["Location"])
    await done(captain, (await captain.own("PATCH", "/apps/shop", {"image": "shop:2"})).headers["Location"])
    await done(captain, (await captain.own("POST", "/apps/shop/rollback", {"release": 1})).headers["Location"])
    changes = [row["changes"] for row in (await captain.own("GET", "/apps/shop/releases")).json()]
    assert changes[1] == ["environment.LEVEL: a value → a value"]
    assert changes[2] == ["image: shop:1 → shop:2", "replicas: 2 → 3"]
    assert changes[3] == ["environment.LEVEL: a value → a value", "image: shop:2 → shop:1"]
    assert captain.swarm.kept["shop"].replicas == 3
    assert "replicas" not in (await captain.own("GET", "/apps/shop")).json()["document"]


async def test_ten_patches_at_once_are_all_there() -> None:
    """Each is made on what the one before it left."""
    captain = Captain()
    await done(captain, (await captain.own("PUT", "/apps/shop", SHOP)).headers["Location"])
    patches = [captain.own("PATCH", "/apps/shop", {"environment": {f"K{n}": str(n)}}) for n in range(10)]
    answers = await asyncio.gather(*patches)
    assert {answer.status_code for answer in answers} == {202}
    for answer in answers:
        assert (await done(captain, answer.headers["Location"]))["state"] == "live"
    found = (await captain.own("GET", "/apps/shop")).json()["document"]["environment"]
    assert found == {"LEVEL": "info", **{f"K{n}": str(n) for n in range(10)}}


async def test_a_plan_writes_nothing() -> None:
    """It says what would be done and what that restarts."""
    captain = Captain()
    before = list(captain.swarm.writes)
    [step] = (await captain.own("POST", "/plan", {"apps": {"shop": SHOP}})).json()
    assert (step["app"], step["step"], step["release"]) == ("shop", "create", 1)
    assert captain.swarm.writes == before


async def test_events_are_told_as_they_come() -> None:
    """Of one deployment all of them until it is over, and then the stream ends."""
    captain = Captain()
    asked = await captain.own("PUT", "/apps/shop", SHOP | {"environment": {"MODE": "crash"}})
    stream = (await captain.own("GET", f"{asked.headers['Location'].removeprefix('/api/v1')}/events")).text
    events = [dict(line.split(": ", 1) for line in event.splitlines()) for event in stream.strip().split("\n\n")]
    told = [json.loads(event["data"]) for event in events]
    states = [one["state"] for event, one in zip(events, told, strict=True) if event["event"] == "deployment"]
    assert states == ["waiting", "running", "failed"]
    lines = [one["line"] for event, one in zip(events, told, strict=True) if event["event"] == "line"]
    assert any("last words of" in line for line in lines) and "the app was taken away again" in lines[-1]
    numbers = [int(event["id"]) for event in events]
    assert numbers == sorted(set(numbers))


async def test_errors_are_problems() -> None:
    """With a word for programs and a sentence for people."""
    captain = Captain()
    lesser = captain.users.add_token("admin", "ci", Scope.DEPLOY, ["shop"], None)
    reader = captain.users.add_user("ann", Scope.READ)
    for method, path, body, token, status, code in (
        ("GET", "/apps", None, "", 401, "unauthorized"),
        ("GET", "/apps", None, "fc_wrong", 401, "unauthorized"),
        ("PUT", "/apps/other", SHOP, lesser, 403, "not_allowed"),
        ("PUT", "/apps/shop", SHOP, reader, 403, "not_allowed"),
        ("POST", "/tokens", {"name": "x", "scope": "deploy"}, lesser, 403, "not_allowed"),
        ("POST", "/users", {"name": "bob"}, lesser, 403, "not_allowed"),
        ("GET", "/audit", None, reader, 403, "not_allowed"),
        ("GET", "/apps/ship", None, None, 404, "no_app"),
        ("GET", "/nothing", None, None, 404, "not_found"),
        ("GET", "/deployments/1", None, None, 404, "no_deployment"),
        ("PUT", "/apps/shop", {"imag": "shop:1"}, None, 422, "cannot_be"),
        ("PUT", "/apps/shop/replicas", {"replicas": -1}, None, 404, "no_app"),
        ("POST", "/users", {"name": "Bob"}, None, 422, "cannot_be"),
    ):
        if path.endswith("replicas"):
            body = {"replicas": 1}
        answer = await captain.own(method, path, body, token)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]
    assert (await captain.own("PUT", "/apps/shop/replicas", {"replicas": -1})).json()["code"] == "not_as_described"


async def test_a_large_body_is_refused_before_it_is_read() -> None:
    """Whoever has no token could fill captain's memory with one; what is counted on its way goes on."""
    captain = Captain()
    for length in ({"Content-Length": str(2**24)}, {}):  # announced, and only found out
        headers = {"Content-Type": "application/json", **length}
        refused = await captain.send("POST", "/api/v1/plan", headers, content=b"[" + b"{}," * 2**18 + b"{}]")
        assert refused.status_code == 413, refused.text
    sent = await captain.send("POST", "/api/v1/apps/shop/builds", {}, content=b"x" * 2**20)
    assert sent.status_code == 401, "an upload is asked for a token, not for its length"


async def test_who_may_deploy_reaches_no_further_than_the_app() -> None:
    """A node's folder, a capability or a secret is given by an administrator, once; then it stays."""
    captain = Captain()
    captain.swarm.create_secret("stripe", b"x", {})
    deployer = captain.users.add_user("ann", Scope.DEPLOY)
    for more in ({"volumes": ["/:/host"]}, {"cap_add": ["SYS_ADMIN"]}, {"secrets": ["stripe"]}):
        for method in ("PUT", "PATCH"):
            await done(captain, (await captain.own("PUT", "/apps/shop", SHOP)).headers["Location"])
            asked = await captain.own(method, "/apps/shop", SHOP | more, deployer)
            refused = await done(captain, asked.headers["Location"])
            assert refused["state"] == "failed" and "Only an administrator may give shop" in str(refused["why"])
        await done(captain, (await captain.own("PATCH", "/apps/shop", more)).headers["Location"])
        asked = await captain.own("PATCH", "/apps/shop", {"image": "shop:2"}, deployer)
        assert (await done(captain, asked.headers["Location"]))["state"] == "live"


async def test_who_only_reads_sees_no_secrets() -> None:
    """Neither values of the environment nor the hash of a password that the edge asks for."""
    captain = Captain()
    await captain.caprover("POST", "/user/apps/appDefinitions/register", {"appName": "shop"})
    said = {"envVars": [{"key": "LEVEL", "value": "info"}], "httpAuth": {"user": "ann", "password": "open sesame"}}
    await captain.caprover("PATCH", "/user/apps/appDefinitions/update", {"appName": "shop", **said})
    seen = (await captain.own("GET", "/apps/shop")).json()["document"]
    assert seen["environment"] == {"LEVEL": "info"} and seen["http"]["basic_auth"]["password_hash"]
    reader = captain.users.add_user("ann", Scope.READ)
    shown = (await captain.own("GET", "/apps/shop", token=reader)).json()["document"]
    assert (shown["environment"], shown["http"]["basic_auth"]["password_hash"]) == ({"LEVEL": ""}, "")


async def test_users_and_tokens_come_and_go() -> None:
    """A secret is told once; an ended token is nobody's at once; who only reads sees no values."""
    captain = Captain()
    await done(captain, (await captain.own("PUT", "/apps/shop", SHOP)).headers["Location"])
    ann = (await captain.own("POST", "/users", {"name": "ann", "scope": "read"})).json()["token"]
    assert (await captain.own("GET", "/me", token=ann)).json() == {"user": "ann", "scope": "read", "apps": []}
    assert (await captain.own("GET", "/apps/shop", token=ann)).json()["document"]["environment"] == {"LEVEL": ""}
    made = (await captain.own("POST", "/tokens", {"name": "ci", "apps": ["shop"], "days": 30})).json()["token"]
    tokens = (await captain.own("GET", "/tokens")).json()
    assert [(token["user"], token["name"], token["apps"]) for token in tokens] == [
        ("admin", "first", []), ("admin", "ci", ["shop"]), ("ann", "first", []),
    ]  # fmt: skip
    assert not [token for token in tokens if made[3:] in str(token)]
    assert [token["user"] for token in (await captain.own("GET", "/tokens", token=ann)).json()] == ["ann"]
    assert (await captain.own("DELETE", f"/tokens/{tokens[1]['id']}", token=ann)).status_code == 422, "it is not hers"
    assert (await captain.own("DELETE", f"/tokens/{tokens[1]['id']}")).status_code == 204
    assert (await captain.own("GET", "/me", token=made)).status_code == 401
    assert (await captain.own("DELETE", "/users/ann")).status_code == 204
    assert (await captain.own("GET", "/me", token=ann)).status_code == 401
    audited = (await captain.own("GET", "/audit")).json()
    asked = [entry["what"] for entry in reversed(audited["entries"])]
    assert asked[:2] == ["PUT /api/v1/apps/shop", "POST /api/v1/users"]
    assert (audited["is_complete"], audited["why"], audited["next"]) == (True, "", None)
    page = (await captain.own("GET", "/audit?limit=2")).json()
    older = (await captain.own("GET", f"/audit?limit=1000&before={page['next']}")).json()
    assert [entry["what"] for entry in [*page["entries"], *older["entries"]]] == list(reversed(asked))
    captain.store.away = "no route to host"
    alone = (await captain.own("GET", "/audit")).json()
    assert (alone["is_complete"], alone["why"]) == (False, "no route to host") and alone["entries"]


async def test_the_document_describes_what_there_is() -> None:
    """For whoever generates a client."""
    captain = Captain()
    document = (await captain.own("GET", "/openapi.json", token="")).json()
    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == len(set(operations)) == 43
    assert document["servers"] == [{"url": "/api/v1"}]


@given(_json, _json)
def test_a_merge_patch_is_as_the_standard_says(before: object, patch: object) -> None:
    """Twice is once; nothing that the patch does not name is touched, and no null is left of it."""
    after = merged(before, patch)
    assert merged(after, patch) == after
    if isinstance(before, dict) and isinstance(patch, dict):
        assert isinstance(after, dict)
        assert {key: after[key] for key in before if key not in patch} == {
            k: v for k, v in before.items() if k not in patch
        }
        assert all(after.get(key) is not None or before.get(key) is None for key in patch if patch[key] is not None)
        assert not [key for key, value in patch.items() if value is None and key in after]
