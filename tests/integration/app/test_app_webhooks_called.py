"""Webhooks are called: by the worker's job, with a real server that receives."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app import acting
from app.db import Database
from app.posts.publishing import publish_due
from app.settings import Settings
from app.webhooks import sending
from app.webhooks.address import Address
from app.webhooks.delivering import Delivering
from tests.docker_cli import Resources, docker, eventually
from tests.integration.app.conftest import Platform
from tests.integration.app.hook_server import Message, Receiver, hook_server
from tests.integration.app.http_client import Client
from tests.integration.app.smtp_server import certificate
from tests.integration.app.test_app_api_keys import new_key

HOOKS = "/api/v1/webhooks"
EVERYTHING = ["post.changed", "post.deleted", "post.published"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with hook_server() as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_left(platform: Platform) -> Iterator[None]:
    """No webhook of another test is called, here or there."""
    platform.superuser("DELETE FROM webhook")
    yield
    platform.superuser("DELETE FROM webhook")


def hooked(platform: Platform, app: Client, url: str, **said: Any) -> Any:
    """A webhook for that address, which the API would not take: it is this machine's."""
    made = app.post(HOOKS, {"url": "https://example.org/", "events": EVERYTHING, **said})
    assert made.status == 201, made.body
    platform.superuser(f"UPDATE webhook SET url = '{url}' WHERE id = '{made.json['id']}'")
    return made.json


def worked(
    platform: Platform, *, allowed: Callable[[Address], bool] | None = lambda address: True, stopping: bool = False
) -> int:
    """A run of the worker's job in this process, which reaches this machine unless `allowed` is None; what arrived."""
    settings = Settings(
        database_host=platform.pgbouncer.ip,
        database_password_file=platform.servers.secrets / "db_app_password",
    )

    async def run() -> int:
        database = Database(settings, application="flotilla-worker", pool_size=1)
        try:
            await database.write_within(10, acting.worker(), publish_due)
            return await Delivering(database, lambda: stopping, allowed).run_once()
        finally:
            await database.close()

    return asyncio.run(run())


def delivery(app: Client, webhook: Any) -> Any:
    """The only one of a webhook."""
    (found,) = app.get(f"{HOOKS}/{webhook['id']}/deliveries").json["items"]
    return found


def verify(message: Message, secret: str) -> None:
    """As a receiver does, by the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message.headers['webhook-id']}.{message.headers['webhook-timestamp']}.".encode() + message.body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert message.headers["webhook-signature"] == f"v1,{expected}"


def test_what_happens_to_a_post_is_told_in_its_order(
    platform: Platform, app: Client, site: Any, receiver: Receiver
) -> None:
    """Signed, with when it is sent; that a draft is written is told nobody. What arrived is not sent again."""
    webhook = hooked(platform, app, receiver.url("/ok?from=us"), site_id=site["id"])
    posts = f"/api/v1/sites/{site['id']}/posts"
    post = app.post(posts, {"title": "Tide – high", "body": "Text", "status": "draft"}).json
    for change in ({"status": "published"}, {"title": "Low"}):
        assert app.ask("PATCH", f"{posts}/{post['id']}", change).status == 200
    assert app.ask("DELETE", f"{posts}/{post['id']}").status == 204
    due = app.post(posts, {"title": "Due", "body": "", "status": "scheduled", "published_at": "2001-01-01T00:00:00Z"})
    assert worked(platform) == 4 and worked(platform) == 0

    told = [json.loads(message.body) for message in receiver.messages]
    assert [one["type"] for one in told] == ["post.published", "post.changed", "post.deleted", "post.published"]
    assert [one["data"]["title"] for one in told] == ["Tide – high", "Low", "Low", "Due"]
    assert {one["data"]["id"] for one in told} == {post["id"], due.json["id"]}
    assert told[0]["data"].keys() == {
        *("id", "site_id", "slug", "title", "status", "language", "published_at", "updated_at")
    }
    listed = app.get(f"{HOOKS}/{webhook['id']}/deliveries").json["items"]
    for message, one in zip(receiver.messages, listed, strict=True):
        verify(message, webhook["secret"])
        assert message.path == "/ok?from=us" and message.headers["content-type"] == "application/json"
        assert message.headers["webhook-id"] == one["id"]
        assert (one["status"], one["attempts"], one["response_status"]) == ("delivered", 1, 204)
        assert one["last_error"] is None and one["next_attempt_at"] is None and one["response_seconds"] > 0


def test_who_is_told_is_who_asked(platform: Platform, app: Client, site: Any, receiver: Receiver) -> None:
    """For this event, of this site or of all, not paused; also what is done with a key that does not see the webhook.

    Of another organisation nobody is.
    """
    other = app.post("/api/v1/sites", {"slug": f"b-{site['id'][-12:]}", "title": "Other"}).json
    told = {
        name: hooked(platform, app, receiver.url(f"/{name}"), **said)
        for name, said in {
            "of-all": {},
            "of-the-site": {"site_id": site["id"]},
            "of-another": {"site_id": other["id"]},
            "of-deleting": {"events": ["post.deleted"]},
            "paused": {"paused": True},
        }.items()
    }
    stranger = "0000000d-0000-7000-8000-000000000000"
    platform.superuser(
        f"INSERT INTO organisation (id, name, plan_id) SELECT '{stranger}', 'x', id FROM plan LIMIT 1",
        "INSERT INTO webhook (organisation_id, url, events, signing_key) VALUES"
        f" ('{stranger}', '{receiver.url('/stranger')}', ARRAY['post.published'], sha256('x'))",
    )
    key = new_key(app, "write_content", site_id=site["id"])["secret"]
    assert app.post(f"/api/v1/sites/{site['id']}/posts", {"title": "a", "body": ""}, token=key).status == 201
    assert worked(platform) == 2
    assert sorted(message.path for message in receiver.messages) == ["/of-all", "/of-the-site"]
    assert app.get(f"{HOOKS}/{told['paused']['id']}/deliveries").json["items"] == []
    receiver.messages.clear()
    assert app.ask("DELETE", f"/api/v1/sites/{site['id']}").status == 204
    assert worked(platform) == 2, "a site takes its posts and its own webhooks along"
    assert sorted(message.path for message in receiver.messages) == ["/of-all", "/of-deleting"]
    platform.superuser(f"DELETE FROM organisation WHERE id = '{stranger}'")


def test_what_does_not_arrive_is_tried_again_and_given_up(
    platform: Platform, app: Client, site: Any, receiver: Receiver
) -> None:
    """With a longer pause each time, the same id and the reason; the eighth time it has failed for good."""
    webhook = hooked(platform, app, receiver.url("/error"))
    app.post(f"/api/v1/sites/{site['id']}/posts", {"title": "a", "body": ""})
    pauses = []
    for attempt in range(1, 9):
        assert worked(platform, stopping=True) == 0
        assert len(receiver.messages) == attempt - 1, "a worker that is to stop begins nothing"
        assert worked(platform) == 0
        now = delivery(app, webhook)
        assert (now["attempts"], now["response_status"], now["last_error"]) == (attempt, 500, "it answered 500")
        pause = (
            f"SELECT extract(epoch FROM next_attempt_at - updated_at) FROM webhook_delivery WHERE id = '{now['id']}'"
        )
        pauses.append(platform.superuser(pause).strip())
        assert worked(platform) == 0 and len(receiver.messages) == attempt, "not before its time"
        if now["status"] == "pending":
            platform.superuser(f"UPDATE webhook_delivery SET next_attempt_at = now() WHERE id = '{now['id']}'")
    assert (now["status"], pauses.pop()) == ("failed", "")
    seconds = [float(pause) for pause in pauses]
    assert all(later > 3 * sooner for sooner, later in pairwise(seconds)), seconds
    assert {message.headers["webhook-id"] for message in receiver.messages} == {now["id"]}
    verify(receiver.messages[-1], webhook["secret"])


def test_answers_that_are_none_are_said_and_hold_up_nobody(
    platform: Platform, app: Client, site: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect is not followed; silence, an answer without end, and what is no HTTP end with their reasons."""
    monkeypatch.setattr(sending, "SECONDS", 1.0)
    reasons = {
        "/elsewhere": "it answered 302, and redirects are not followed",
        "/silent": "there was no answer within 1 s",
        "/endless": "",
        "/no-http": "what was answered is no HTTP",
    }
    webhooks = {path: hooked(platform, app, receiver.url(path)) for path in reasons}
    webhooks["/ok"] = hooked(platform, app, receiver.url("/ok"))
    webhooks["no name"] = hooked(platform, app, "http://nowhere.invalid/")
    webhooks["closed"] = hooked(platform, app, "http://127.0.0.1:1/")
    webhooks["wrong"] = hooked(platform, app, "http://a..b/")
    app.post(f"/api/v1/sites/{site['id']}/posts", {"title": "a", "body": ""})
    assert worked(platform) == 1
    for path, reason in {
        **reasons,
        "no name": "nowhere.invalid leads nowhere",
        "closed": "it cannot be reached",
    }.items():
        told = delivery(app, webhooks[path])
        assert told["status"] == "pending" and reason in told["last_error"], told
        assert told["response_status"] == (302 if path == "/elsewhere" else None)
    assert (
        "no HTTP" in delivery(app, webhooks["/endless"])["last_error"]
        or "too much" in (delivery(app, webhooks["/endless"])["last_error"])
    )
    assert len(receiver.at("/ok")) == 1 and delivery(app, webhooks["/ok"])["status"] == "delivered"


def test_a_server_is_known_by_its_certificate(
    platform: Platform, app: Client, site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the name that the address has; one whose certificate nobody vouches for is told nothing."""
    pem, context = certificate(tmp_path)
    with hook_server(context) as receiver:
        webhook = hooked(platform, app, f"https://localhost:{receiver.port}/ok")
        app.post(f"/api/v1/sites/{site['id']}/posts", {"title": "a", "body": ""})
        assert worked(platform) == 0 and receiver.messages == []
        assert "the certificate is not to be trusted" in delivery(app, webhook)["last_error"]
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        platform.superuser("UPDATE webhook_delivery SET next_attempt_at = now()")
        assert worked(platform) == 1 and len(receiver.messages) == 1


def test_nothing_is_sent_into_this_network(
    platform: Platform, app: Client, site: Any, receiver: Receiver, resources: Resources
) -> None:
    """By a worker as it runs: where a name leads is looked at when it is connected to. Nothing comes; why, is said."""
    gateway = docker("network", "inspect", platform.servers.network, "-f", "{{(index .IPAM.Config 0).Gateway}}").strip()
    by_name = app.post(HOOKS, {"url": "http://pgbouncer:6432/", "events": EVERYTHING})
    assert by_name.status == 201, "whatever a name leads to now"
    webhooks = {
        "leads to 127.0.0.1": hooked(platform, app, receiver.url("/ok")),
        f"{gateway} leads to {gateway}": hooked(platform, app, f"http://{gateway}:{receiver.port}/ok"),
        "localhost leads to": hooked(platform, app, f"http://localhost:{receiver.port}/ok"),
        f"pgbouncer leads to {platform.pgbouncer.ip}": by_name.json,
    }
    app.post(f"/api/v1/sites/{site['id']}/posts", {"title": "a", "body": ""})
    worker, client = platform.worker(resources, {"FLOTILLA_WEBHOOK_SECONDS": "0.2"})
    for reason, webhook in webhooks.items():
        eventually(lambda webhook=webhook: delivery(app, webhook)["attempts"] == 1, 20)
        eventually(lambda webhook=webhook: delivery(app, webhook)["last_error"], 20)
        assert reason in delivery(app, webhook)["last_error"]
    assert receiver.messages == []
    assert client.metric('flotilla_jobs_total{job="webhooks",outcome="done"}') >= 1
    assert "did not arrive" in worker.logs()
    assert worked(platform, allowed=None) == 0 and receiver.messages == []
