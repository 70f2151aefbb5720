"""Webhooks, with a secret that is shown once, and what was delivered to them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from app.models.base import DEFAULT_ORGANISATION
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client
from tests.integration.app.test_app_api_keys import new_key
from tests.integration.app.test_app_ways import refused

HOOKS = "/api/v1/webhooks"
URL = "https://example.org/hook"


@pytest.fixture(autouse=True)
def nothing_left(platform: Platform) -> Iterator[None]:
    """Other files' tests look at the first webhook that there is, which is to be their own."""
    yield
    platform.superuser("DELETE FROM webhook")


@pytest.fixture
def webhook(app: Client, site: Any) -> Any:
    made = app.post(HOOKS, {"url": URL, "events": ["post.published"], "site_id": site["id"]})
    assert made.status == 201, made.body
    return made.json


def test_the_secret_is_shown_once(app: Client, platform: Platform, webhook: Any) -> None:
    """It is the key that what is sent is signed with; no other answer has it, nor one that would be kept."""
    key = base64.b64decode(webhook["secret"].removeprefix("whsec_"), validate=True)
    assert len(key) == 32 and webhook["secret"].startswith("whsec_")
    kept = platform.superuser(f"SELECT encode(signing_key, 'hex') FROM webhook WHERE id = '{webhook['id']}'")
    assert kept.strip() == key.hex()
    for answer in (
        app.get(f"{HOOKS}/{webhook['id']}"),
        app.get(HOOKS),
        app.ask("PATCH", f"{HOOKS}/{webhook['id']}", {}),
    ):
        assert answer.status == 200 and webhook["secret"][6:] not in answer.body.decode()
        assert "secret" not in answer.json and "signing_key" not in answer.json
    twice = app.post(HOOKS, {"url": URL, "events": ["post.published"]}, headers={"Idempotency-Key": "a"})
    refused(twice, 400, "not_idempotent")


def test_an_address_of_this_network_is_refused(app: Client, webhook: Any) -> None:
    """When it is made and when it is changed; and so is an event that there is not, and none."""
    for url in ("http://127.0.0.1:5432/", "http://169.254.169.254/", "https://user:word@example.org/", "http://[::1]/"):
        refused(app.post(HOOKS, {"url": url, "events": ["post.published"]}), 422, "invalid", "/url")
        refused(app.ask("PATCH", f"{HOOKS}/{webhook['id']}", {"url": url}), 422, "invalid", "/url")
    for events, pointer in (([], "/events"), (["post.eaten"], "/events/0")):
        refused(app.ask("PATCH", f"{HOOKS}/{webhook['id']}", {"events": events}), 422, "invalid", pointer)
    assert app.get(f"{HOOKS}/{webhook['id']}").json["url"] == URL
    nowhere = {"url": URL, "events": ["post.published"], "site_id": "0198a0c1-2f3e-7abc-8def-0123456789ab"}
    refused(app.post(HOOKS, nowhere), 422, "invalid", "/site_id")


def test_a_webhook_is_changed_and_paused(app: Client, webhook: Any) -> None:
    """In the version that was read; paused again it is paused since when it was."""
    one = f"{HOOKS}/{webhook['id']}"
    change = {"events": ["post.deleted", "post.changed", "post.deleted"], "paused": True}
    changed = app.ask("PATCH", one, change, headers={"If-Match": webhook["etag"]})
    assert changed.status == 200 and changed.json["events"] == ["post.changed", "post.deleted"]
    assert changed.json["paused_at"] is not None
    refused(app.ask("PATCH", one, {"paused": False}, headers={"If-Match": webhook["etag"]}), 412, "changed_meanwhile")
    assert app.ask("PATCH", one, {"paused": True}).json["paused_at"] == changed.json["paused_at"]
    assert app.ask("PATCH", one, {"paused": False}).json["paused_at"] is None
    assert app.get(f"{HOOKS}?site_id={webhook['site_id']}").json["items"] == [app.get(one).json]
    assert app.ask("DELETE", one).status == 204
    refused(app.get(one), 404, "webhook_not_found")
    refused(app.get(f"{one}/deliveries"), 404, "webhook_not_found")


def test_deliveries_are_read(app: Client, platform: Platform, webhook: Any) -> None:
    """The newest first if it is asked for, page after page; by what became of them; one with what was sent."""
    made = "INSERT INTO webhook_delivery (organisation_id, webhook_id, event, payload, status, {} VALUES ("
    of = f"'{DEFAULT_ORGANISATION}', '{webhook['id']}', 'post.published'"
    done = "attempts, next_attempt_at, response_status, response_seconds)"
    platform.superuser(
        made.format(done) + f"{of}, '{{\"n\": 1}}', 'delivered', 1, NULL, 204, 0.25)",
        made.format(done) + f"{of}, '{{\"n\": 2}}', 'failed', 9, NULL, NULL, NULL)",
        made.format("attempts)") + f"{of}, '{{\"n\": 3}}', 'pending', 0)",
    )
    path = f"{HOOKS}/{webhook['id']}/deliveries"
    listed = app.get(path).json["items"]
    assert [one["status"] for one in listed] == ["delivered", "failed", "pending"]
    assert [(one["response_status"], one["next_attempt_at"] is None) for one in listed] == [
        (204, True),
        (None, True),
        (None, False),
    ]
    newest = app.get(f"{path}?sort=-id&limit=2").json
    rest = app.get(f"{path}?sort=-id&limit=2&after={newest['next']}").json
    assert newest["items"] + rest["items"] == listed[::-1] and rest["next"] is None
    assert app.get(f"{path}?status=failed&event=post.published").json["items"] == [listed[1]]
    assert app.get(f"{path}?event=post.changed").json["items"] == []
    whole = app.get(f"{path}/{listed[0]['id']}").json
    assert whole == {**listed[0], "payload": {"n": 1}}
    refused(app.get(f"{path}/{webhook['id']}"), 404, "delivery_not_found")
    assert app.ask("DELETE", f"{path}/{listed[0]['id']}").status == 405


def test_a_key_of_a_site_has_the_webhooks_of_that_site(
    app: Client, platform: Platform, site: Any, webhook: Any
) -> None:
    """Its own are of its site; those of the organisation or of another are not there, nor what was sent to them."""
    other = app.post("/api/v1/sites", {"slug": f"other-{site['id'][-12:]}", "title": "Other"}).json
    key = new_key(app, "manage", site_id=other["id"])["secret"]
    of_all = app.post(HOOKS, {"url": URL, "events": ["post.published"]}).json
    for hook in (webhook, of_all):
        platform.superuser(
            "INSERT INTO webhook_delivery (organisation_id, webhook_id, event)"
            f" VALUES ('{DEFAULT_ORGANISATION}', '{hook['id']}', 'post.published')"
        )
        one = f"{HOOKS}/{hook['id']}"
        (delivery,) = app.get(f"{one}/deliveries").json["items"]
        for path in (one, f"{one}/deliveries"):
            refused(app.get(path, token=key), 404, "webhook_not_found")
        refused(app.get(f"{one}/deliveries/{delivery['id']}", token=key), 404, "delivery_not_found")
        refused(app.ask("PATCH", one, {"paused": True}, token=key), 404, "webhook_not_found")
        refused(app.ask("DELETE", one, token=key), 404, "webhook_not_found")
    made = app.post(HOOKS, {"url": URL, "events": ["post.published"]}, token=key)
    assert (made.status, made.json["site_id"]) == (201, other["id"])
    theirs = {"url": URL, "events": ["post.published"], "site_id": site["id"]}
    refused(app.post(HOOKS, theirs, token=key), 422, "invalid", "/site_id")
    assert [one["id"] for one in app.get(HOOKS, token=key).json["items"]] == [made.json["id"]]
    writes = new_key(app, "write_content")["secret"]
    refused(app.get(HOOKS, token=writes), 403, "scope_missing")
    refused(app.get(f"{HOOKS}/{webhook['id']}/deliveries", token=writes), 403, "scope_missing")
    app.ask("DELETE", f"{HOOKS}/{of_all['id']}")
