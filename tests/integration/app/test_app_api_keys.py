"""API keys: what each may do, for whom, and for how long; and limits on what a plan allows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.keys.secret import digest, secret
from app.models.base import DEFAULT_ORGANISATION
from app.models.plan import DEFAULT_PLAN
from tests.docker_cli import Container, DockerError, Resources, eventually
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client

NO_KEY = "fl_000000000000000000000000000000000000"


def new_key(app: Client, *scopes: str, **said: Any) -> Any:
    made = app.post("/api/v1/api-keys", {"name": "A key", "scopes": scopes, **said})
    assert made.status == 201, made.body
    return made.json


@pytest.fixture
def posts(app: Client, site: Any) -> dict[str, Any]:
    """A post of each status on the test's site."""
    made = {}
    for status in ("published", "draft", "scheduled", "unlisted", "archived"):
        body = {"title": status, "body": "", "status": status, "published_at": "2030-01-01T00:00:00Z"}
        made[status] = app.post(f"/api/v1/sites/{site['id']}/posts", body)
        assert made[status].status == 201, made[status].body
    return {status: answer.json for status, answer in made.items()}


def test_a_key_is_made_listed_and_revoked_at_the_shell(shared_app: tuple[Container, Client], site: Any) -> None:
    """Its secret is all of standard output, and listed never; for an organisation that is not there, none is made."""
    container, app = shared_app
    command = ("python", "-m", "app", "key")
    key = container.exec(*command, "create", "--name", "The window", "--scope", "read_content", "--days", "2").strip()
    assert app.get("/api/v1/sites", token=key).status == 200
    refused = app.post("/api/v1/sites", {"slug": "by-shell", "title": "x"}, token=key)
    assert (refused.status, refused.json["code"]) == (403, "scope_missing")
    line = next(line for line in container.exec(*command, "list").splitlines() if key[:11] in line)
    assert "The window" in line and "read_content" in line and key not in line
    days = app.get(f"/api/v1/api-keys/{line.split()[0]}").json
    made, until = (datetime.fromisoformat(days[name]) for name in ("created_at", "expires_at"))
    assert timedelta(days=1, hours=23) < until - made < timedelta(days=2, hours=1)
    assert "is revoked" in container.exec(*command, "revoke", line.split()[0])
    eventually(lambda: app.get("/api/v1/sites", token=key).status == 401, 20)
    elsewhere = (
        "create",
        "--name",
        "x",
        "--scope",
        "manage",
        "--organisation",
        "0" * 8 + "-0000-7000-8000-" + "9" * 12,
    )
    with pytest.raises(DockerError, match="There is no organisation"):
        container.exec(*command, *elsewhere)


def test_a_key_that_reads_content_sees_what_is_published(app: Client, site: Any, posts: dict[str, Any]) -> None:
    """In lists what is published alone, by its id what is unlisted too; drafts never, and it changes nothing."""
    key = new_key(app, "read_content")["secret"]
    path = f"/api/v1/sites/{site['id']}/posts"
    for query in ("", "?sort=title", "?status=published", "?status=draft", "?status=unlisted", "?title=D"):
        assert {post["title"] for post in app.get(path + query, token=key).json["items"]} <= {"published"}, query
    assert len(app.get(path, token=key).json["items"]) == 1
    seen = {status: app.get(f"{path}/{post['id']}", token=key).status for status, post in posts.items()}
    assert seen == {"published": 200, "unlisted": 200, "draft": 404, "scheduled": 404, "archived": 404}
    refused = app.post(path, {"title": "a", "body": ""}, token=key)
    assert (refused.status, refused.json["code"], refused.json["scope"]) == (403, "scope_missing", "write_content")
    assert "write_content" in refused.json["detail"]
    assert app.get("/api/v1/api-keys", token=key).json["scope"] == "manage"


def test_a_key_that_writes_manages_nothing(app: Client, site: Any) -> None:
    """Posts, and neither sites nor keys."""
    key = new_key(app, "read_content", "write_content")["secret"]
    made = app.post(f"/api/v1/sites/{site['id']}/posts", {"title": "a", "body": "", "status": "draft"}, token=key)
    assert made.status == 201
    assert app.get(f"/api/v1/sites/{site['id']}/posts/{made.json['id']}", token=key).status == 200
    for answer in (
        app.post("/api/v1/sites", {"slug": "not-mine", "title": "a"}, token=key),
        app.ask("DELETE", f"/api/v1/sites/{site['id']}", token=key),
        app.post("/api/v1/api-keys", {"name": "a", "scopes": ["manage"]}, token=key),
    ):
        assert (answer.status, answer.json["code"], answer.json["scope"]) == (403, "scope_missing", "manage")


def test_a_key_of_a_site_sees_no_other(app: Client, site: Any) -> None:
    """Of the same organisation: neither the site nor its posts, nor keys of others; and it makes keys for its site."""
    other = app.post("/api/v1/sites", {"slug": f"other-{time.time_ns()}", "title": "Another"}).json
    theirs = app.post(f"/api/v1/sites/{other['id']}/posts", {"title": "theirs", "body": ""}).json
    key = new_key(app, "manage", site_id=site["id"])["secret"]
    assert [one["id"] for one in app.get("/api/v1/sites", token=key).json["items"]] == [site["id"]]
    path = f"/api/v1/sites/{other['id']}"
    post = f"{path}/posts/{theirs['id']}"
    for answer in (
        *(app.get(path, token=key), app.get(f"{path}/posts", token=key), app.get(post, token=key)),
        *(app.post(f"{path}/posts", {"title": "a", "body": ""}, token=key), app.ask("DELETE", post, token=key)),
        *(app.ask("PATCH", path, {"title": "mine"}, token=key), app.ask("DELETE", path, token=key)),
        app.get(f"/api/v1/sites/{site['id']}/posts/{theirs['id']}", token=key),
    ):
        assert answer.status == 404, answer.body
    assert app.post("/api/v1/sites", {"slug": "one-more", "title": "a"}, token=key).json["code"] == "key_of_one_site"
    assert new_key_for(app, key, None)["site_id"] == site["id"]
    assert (
        app.post("/api/v1/api-keys", {"name": "a", "scopes": ["manage"], "site_id": other["id"]}, token=key).status
        == 422
    )
    assert {one["site_id"] for one in app.get("/api/v1/api-keys", token=key).json["items"]} == {site["id"]}
    assert app.get(post).status == 200


def new_key_for(app: Client, token: str, site_id: str | None) -> Any:
    return app.post("/api/v1/api-keys", {"name": "a", "scopes": ["manage"], "site_id": site_id}, token=token).json


def test_the_secret_is_shown_once_and_kept_nowhere(app: Client, platform: Platform) -> None:
    """The database has its hash; what is listed has its beginning, and when it was used."""
    made = new_key(app, "read_content")
    secret = made["secret"]
    assert secret.startswith("fl_") and made["prefix"] == secret[:11]
    dump = platform.superuser("SELECT api_key::text FROM api_key", "SELECT idempotency_key::text FROM idempotency_key")
    assert secret not in dump and secret.encode().hex() not in dump
    shown = app.get(f"/api/v1/api-keys/{made['id']}")
    assert secret not in shown.body.decode() and "secret" not in shown.json
    assert app.get("/api/v1/sites", token=secret).status == 200
    eventually(lambda: app.get(f"/api/v1/api-keys/{made['id']}").json["last_used_at"] is not None)
    assert app.get(f"/api/v1/api-keys/{made['id']}").json["etag"] == made["etag"], "using a key is no change of it"
    refused = app.post("/api/v1/api-keys", {"name": "a", "scopes": ["manage"]}, headers={"Idempotency-Key": "k"})
    assert (refused.status, refused.json["code"]) == (400, "not_idempotent")


def test_a_key_ends(app: Client) -> None:
    """Revoked or expired, it is let in no more once replicas have forgotten it; one that is none never was."""
    revoked, expired = new_key(app, "manage"), new_key(app, "manage", expires_at="2001-01-01T00:00:00Z")
    assert app.get("/api/v1/sites", token=expired["secret"]).status == 401
    assert app.get("/api/v1/sites", token=revoked["secret"]).status == 200
    stale = {"If-Match": '"1"'}
    assert app.ask("DELETE", f"/api/v1/api-keys/{revoked['id']}", headers=stale).status == 412
    assert app.ask("DELETE", f"/api/v1/api-keys/{revoked['id']}").status == 204
    eventually(lambda: app.get("/api/v1/sites", token=revoked["secret"]).status == 401, 20)
    assert app.get(f"/api/v1/api-keys/{revoked['id']}").json["revoked_at"] is not None
    for nothing in (NO_KEY, revoked["secret"][:-1] + "0", "fl_", "fl_" + "é" * 36):
        assert app.get("/api/v1/sites", headers={"Authorization": f"Bearer {nothing}"}, token=None).status == 401


# ---- limits --------------------------------------------------------------------------------------------------------


@pytest.fixture
def limits(platform: Platform) -> Iterator[Any]:
    """Sets a limit of the default organisation; all are taken back."""

    def limit(resource: str, most: int) -> None:
        platform.superuser(
            "INSERT INTO organisation_limit (organisation_id, resource, most)"
            f" VALUES ('{DEFAULT_ORGANISATION}', '{resource}', {most})"
        )

    yield limit
    platform.superuser("DELETE FROM organisation_limit")


def test_limits_of_the_plan_bind(app: Client, platform: Platform, site: Any, limits: Any) -> None:
    """403 that names the limit, for a key of one site too, which does not see all that is counted."""
    path = f"/api/v1/sites/{site['id']}/posts"
    app.post(path, {"title": "a", "body": ""})
    key = new_key(app, "write_content", site_id=site["id"])["secret"]
    of_all = f"WHERE organisation_id = '{DEFAULT_ORGANISATION}'"
    limits("sites", int(platform.superuser(f"SELECT count(*) FROM site {of_all}")))
    limits("posts", most := int(platform.superuser(f"SELECT count(*) + 1 FROM post {of_all}")))
    assert app.post(path, {"title": "the last", "body": ""}, token=key).status == 201
    for token in (key, None):
        refused = app.post(path, {"title": "one more", "body": ""}, **({"token": token} if token else {}))
        assert (refused.status, refused.json["code"]) == (403, "limit_reached")
        assert refused.json["limit"] == {"resource": "posts", "most": most}
    assert app.post("/api/v1/sites", {"slug": "beyond", "title": "a"}).json["limit"]["resource"] == "sites"
    limits("subscribers", int(platform.superuser(f"SELECT count(*) + 1 FROM subscriber {of_all}")))
    added = [app.post(f"/api/v1/sites/{site['id']}/subscribers", {"email": f"{name}@example.org"}) for name in "ab"]
    assert [answer.status for answer in added] == [201, 403] and added[1].json["limit"]["resource"] == "subscribers"
    assert {post["title"] for post in app.get(path).json["items"]} == {"a", "the last"}


OTHERS = "0000000c-0000-7000-8000-000000000000"


@pytest.fixture
def keys_of_another(platform: Platform) -> Iterator[tuple[str, str]]:
    """Two keys of an organisation that may send 30 requests in a minute."""
    keys = [secret("k" * 29 + letter) for letter in "ab"]
    platform.superuser(
        f"INSERT INTO organisation (id, name, plan_id) VALUES ('{OTHERS}', 'Another', '{DEFAULT_PLAN}')",
        "INSERT INTO organisation_limit (organisation_id, resource, most)"
        f" VALUES ('{OTHERS}', 'requests_per_minute', 30)",
        *(
            "INSERT INTO api_key (organisation_id, name, prefix, secret_sha256, scopes)"
            f" VALUES ('{OTHERS}', 'k', 'fl_k', '\\x{digest(key).hex()}', ARRAY['manage'])"
            for key in keys
        ),
    )
    yield keys[0], keys[1]
    platform.superuser(f"DELETE FROM organisation WHERE id = '{OTHERS}'")


def test_a_key_may_send_so_many_requests_in_a_minute(
    platform: Platform, resources: Resources, app: Client, keys_of_another: tuple[str, str]
) -> None:
    """To all replicas together; then 429 with the time to wait, and other keys go on. Answers say what is left."""
    key, other = keys_of_another
    _, second = platform.replica(resources)
    path = "/api/v1/sites"
    eventually(lambda: all("ratelimit" in client.get(path, token=key).headers for client in (app, second)), 20)
    seen = [app.get(path, token=key) for _ in range(31)]
    refused = seen[-1]
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == '"minute";q=30;w=60'
    assert refused.headers["ratelimit"].startswith('"minute";r=0;t=')
    if int(refused.headers["retry-after"]) > 10:  # else the minute may end meanwhile
        eventually(lambda: second.get(path, token=key).status == 429, 8)
    assert app.get(path, token=other).status == 200
    assert app.get(path, token=other).json["items"] == []
