"""Subscribers of a site, and what is known of its media."""

from __future__ import annotations

from typing import Any

import pytest

from app.models.base import DEFAULT_ORGANISATION
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client
from tests.integration.app.test_app_api_keys import new_key
from tests.integration.app.test_app_ways import refused


@pytest.fixture
def path(site: Any) -> str:
    return f"/api/v1/sites/{site['id']}/subscribers"


# ---- subscribers -----------------------------------------------------------------------------------------------------


def test_an_address_is_added_once(app: Client, path: str) -> None:
    """In lower case, whatever its capitals, pending unless they confirmed elsewhere; its secret is in no answer."""
    made = app.post(path, {"email": " Ada@Example.org "})
    assert (made.status, made.json["email"], made.json["status"]) == (201, "ada@example.org", "pending")
    assert made.json["confirmed_at"] is made.json["unsubscribed_at"] is None
    assert set(made.json) == {
        *("id", "site_id", "email", "status", "confirmed_at", "unsubscribed_at", "created_at", "updated_at", "etag")
    }
    refused(app.post(path, {"email": "ADA@example.org"}), 409, "subscriber_exists")
    refused(app.post(path, {"email": "nobody"}), 422, "invalid", "/email")
    refused(app.post(path, {"email": "a@b.example", "status": "gone"}), 422, "invalid", "/status")
    active = app.post(path, {"email": "b@example.org", "status": "active"}).json
    assert active["confirmed_at"] is not None
    suppressed = app.post(path, {"email": "c@example.org", "status": "unsubscribed"}).json
    assert suppressed["unsubscribed_at"] is not None and suppressed["confirmed_at"] is None


def test_a_status_says_when(app: Client, path: str) -> None:
    """Confirmed when it became active, unsubscribed when it was said; pending begins anew. In one version."""
    made = app.post(path, {"email": "ada@example.org"}).json
    one = f"{path}/{made['id']}"

    def become(status: str) -> Any:
        changed = app.ask("PATCH", one, {"status": status})
        assert (changed.status, changed.json["status"]) == (200, status), changed.body
        return changed.json

    active = become("active")
    left = become("unsubscribed")
    assert (left["confirmed_at"], left["unsubscribed_at"] is not None) == (active["confirmed_at"], True)
    assert become("unsubscribed")["unsubscribed_at"] == left["unsubscribed_at"]
    back = become("active")
    assert (back["confirmed_at"], back["unsubscribed_at"]) == (active["confirmed_at"], None)
    assert become("bounced")["confirmed_at"] == active["confirmed_at"]
    assert become("pending")["confirmed_at"] is None
    refused(app.ask("PATCH", one, {"status": "active"}, headers={"If-Match": made["etag"]}), 412, "changed_meanwhile")
    refused(app.ask("PATCH", one, {"email": "b@example.org"}), 422, "invalid", "/email")
    refused(app.ask("DELETE", one, headers={"If-Match": made["etag"]}), 412, "changed_meanwhile")
    assert app.ask("DELETE", one).status == 204
    refused(app.get(one), 404, "subscriber_not_found")


def test_subscribers_are_listed(app: Client, path: str) -> None:
    """By status and by address, both ways, in pages that stay right while others come and go."""
    made = [app.post(path, {"email": f"{name}@example.org"}).json for name in "abcd"]
    app.ask("PATCH", f"{path}/{made[1]['id']}", {"status": "active"})
    assert [one["email"][0] for one in app.get(f"{path}?status=active").json["items"]] == ["b"]
    assert [one["email"][0] for one in app.get(f"{path}?email=C@EXAMPLE.org").json["items"]] == ["c"]
    first = app.get(f"{path}?sort=-id&limit=2").json
    app.post(path, {"email": "e@example.org"})
    app.ask("DELETE", f"{path}/{made[2]['id']}")
    second = app.get(f"{path}?sort=-id&limit=2&after={first['next']}").json
    assert [one["email"][0] for one in first["items"] + second["items"]] == list("dcba")
    for query in ("email=%00", "status=gone", "sort=email", "after=x"):
        refused(app.get(f"{path}?{query}"), 422, "invalid")


def test_only_who_manages_sees_subscribers(app: Client, site: Any, path: str) -> None:
    """Neither a key that reads content nor one that writes it; nor one of another site."""
    made = app.post(path, {"email": "ada@example.org"}).json
    for scope in ("read_content", "write_content"):
        key = new_key(app, scope)["secret"]
        for answer in (
            *(app.get(path, token=key), app.get(f"{path}/{made['id']}", token=key)),
            *(
                app.post(path, {"email": "b@example.org"}, token=key),
                app.ask("DELETE", f"{path}/{made['id']}", token=key),
            ),
        ):
            refused(answer, 403, "scope_missing")
    other = app.post("/api/v1/sites", {"slug": f"other-{site['id'][-12:]}", "title": "Other"}).json
    key = new_key(app, "manage", site_id=other["id"])["secret"]
    refused(app.get(path, token=key), 404, "site_not_found")
    refused(app.get(f"{path}/{made['id']}", token=key), 404, "subscriber_not_found")


# ---- media -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def media(platform: Platform, site: Any) -> Any:
    """A picture of the site; nothing can be uploaded yet."""
    return platform.superuser(
        "INSERT INTO media (organisation_id, site_id, file_name, content_type, content_sha256, content, size_bytes,"
        f" width_pixels, height_pixels) VALUES ('{DEFAULT_ORGANISATION}', '{site['id']}', 'tide.png', 'image/png',"
        " sha256('tide'), 'tide', 4, 2, 1) RETURNING id"
    ).strip()


def test_what_is_known_of_media_is_read_and_described(app: Client, site: Any, media: str) -> None:
    """Without what the file holds; the alternative text alone is changed, in the version that was read."""
    path = f"/api/v1/sites/{site['id']}/media"
    (listed,) = app.get(f"{path}?sort=-id").json["items"]
    assert (listed["file_name"], listed["size_bytes"], listed["alternative_text"]) == ("tide.png", 4, "")
    assert "content" not in listed and "object_key" not in listed
    one, old = f"{path}/{media}", {"If-Match": listed["etag"]}
    assert app.get(one).json == listed
    changed = app.ask("PATCH", one, {"alternative_text": "High tide\nat noon"}, headers=old)
    assert (changed.status, changed.json["alternative_text"]) == (200, "High tide\nat noon")
    refused(app.ask("PATCH", one, {"alternative_text": ""}, headers=old), 412, "changed_meanwhile")
    refused(app.ask("PATCH", one, {"file_name": "b.png"}), 422, "invalid", "/file_name")
    refused(app.ask("PATCH", one, {"alternative_text": "a" * 1001}), 422, "invalid", "/alternative_text")
    reads = new_key(app, "read_content")["secret"]
    assert app.get(one, token=reads).json == changed.json, "by the id that a post has"
    refused(app.get(path, token=reads), 403, "scope_missing")
    refused(app.ask("DELETE", one, token=reads), 403, "scope_missing")


def test_a_post_outlives_its_cover(app: Client, site: Any, media: str) -> None:
    """Without a cover it is another version."""
    path = f"/api/v1/sites/{site['id']}"
    post = app.post(f"{path}/posts", {"title": "Tide", "body": "", "cover_media_id": media}).json
    assert app.ask("DELETE", f"{path}/media/{media}").status == 204
    now = app.get(f"{path}/posts/{post['id']}").json
    assert now["cover_media_id"] is None and now["etag"] != post["etag"]
    refused(app.get(f"{path}/media/{media}"), 404, "media_not_found")
