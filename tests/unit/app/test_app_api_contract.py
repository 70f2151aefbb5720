"""The REST API without a database: the token, the OpenAPI document, the forms of errors."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from app.accounts import service
from app.asgi import App
from app.db import Database
from app.keys.secret import secret
from app.models.base import DEFAULT_ORGANISATION
from app.models.words import WORDS_PATTERN
from app.settings import Settings
from app.surfaces import api
from app.surfaces.api.patterns import SENTENCES, WEBHOOK_PATTERN
from tests.unit.app.asgi_client import ask

TOKEN = "the-token"
AUTHORIZED = ("Authorization", f"Bearer {TOKEN}")
JSON = ("Content-Type", "application/json")
OF_PEOPLE = ("accounts", "sessions", "organisations")
"""Tags of routes that know people by their session, and not by a token."""
WITHOUT_SESSION = {
    ("post", "/sign-ups"),
    ("post", "/sign-ups/show"),
    ("post", "/sign-ups/finish"),
    ("post", "/welcome"),
    ("post", "/session"),
    ("post", "/session/links"),
    ("post", "/session/by-link"),
    ("post", "/password-resets"),
    ("post", "/password-resets/finish"),
    ("post", "/invitations/show"),
    ("post", "/invitations/accept-new"),
}
"""How a session begins, and what is done with a link."""
POSTS = "/api/v1/sites/0198a0c1-2f3e-7abc-8def-0123456789ab/posts"


class NoDatabase(Database):
    """Any use of it is an error: what is tested here ends before."""

    def __init__(self) -> None: ...


class Nobody(NoDatabase):
    """Knows no key."""

    async def read(self, *_: object) -> Any:
        return None


@pytest.fixture
def platform() -> App:
    database = NoDatabase()
    return api.create(
        database,
        tokens=(TOKEN,),
        organisation_id=DEFAULT_ORGANISATION,
        accounts=service.create(Settings(), database, secrets=("none",)),
    )


async def openapi(platform: App) -> Any:
    document = await ask(platform, "/api/v1/openapi.json")
    assert document.status == 200
    return document.json()


async def test_the_openapi_document_is_public_and_complete(platform: App) -> None:
    """Every route of the contract, each with the token's security and the errors that it can give."""
    document = await openapi(platform)
    routes = {
        (method, path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation["tags"][0] not in OF_PEOPLE
    }
    assert routes == {
        ("get", "/api/v1/sites"),
        ("post", "/api/v1/sites"),
        ("get", "/api/v1/sites/{site_id}"),
        ("patch", "/api/v1/sites/{site_id}"),
        ("delete", "/api/v1/sites/{site_id}"),
        ("get", "/api/v1/sites/{site_id}/posts"),
        ("post", "/api/v1/sites/{site_id}/posts"),
        ("get", "/api/v1/sites/{site_id}/posts/{post_id}"),
        ("patch", "/api/v1/sites/{site_id}/posts/{post_id}"),
        ("delete", "/api/v1/sites/{site_id}/posts/{post_id}"),
        ("get", "/api/v1/sites/{site_id}/posts/{post_id}/revisions"),
        ("get", "/api/v1/sites/{site_id}/posts/{post_id}/revisions/{revision_id}"),
        ("post", "/api/v1/sites/{site_id}/posts/{post_id}/revisions/{revision_id}/restore"),
        ("get", "/api/v1/sites/{site_id}/tags"),
        ("post", "/api/v1/sites/{site_id}/tags"),
        ("get", "/api/v1/sites/{site_id}/tags/{tag_id}"),
        ("patch", "/api/v1/sites/{site_id}/tags/{tag_id}"),
        ("delete", "/api/v1/sites/{site_id}/tags/{tag_id}"),
        ("get", "/api/v1/sites/{site_id}/redirects"),
        ("post", "/api/v1/sites/{site_id}/redirects"),
        ("get", "/api/v1/sites/{site_id}/redirects/{redirect_id}"),
        ("patch", "/api/v1/sites/{site_id}/redirects/{redirect_id}"),
        ("delete", "/api/v1/sites/{site_id}/redirects/{redirect_id}"),
        ("get", "/api/v1/sites/{site_id}/navigation"),
        ("post", "/api/v1/sites/{site_id}/navigation"),
        ("get", "/api/v1/sites/{site_id}/navigation/{item_id}"),
        ("patch", "/api/v1/sites/{site_id}/navigation/{item_id}"),
        ("delete", "/api/v1/sites/{site_id}/navigation/{item_id}"),
        ("get", "/api/v1/sites/{site_id}/media"),
        ("post", "/api/v1/sites/{site_id}/media"),
        ("get", "/api/v1/sites/{site_id}/media/{media_id}"),
        ("get", "/api/v1/sites/{site_id}/media/{media_id}/content"),
        ("patch", "/api/v1/sites/{site_id}/media/{media_id}"),
        ("delete", "/api/v1/sites/{site_id}/media/{media_id}"),
        ("get", "/api/v1/sites/{site_id}/subscribers"),
        ("post", "/api/v1/sites/{site_id}/subscribers"),
        ("get", "/api/v1/sites/{site_id}/subscribers/{subscriber_id}"),
        ("patch", "/api/v1/sites/{site_id}/subscribers/{subscriber_id}"),
        ("delete", "/api/v1/sites/{site_id}/subscribers/{subscriber_id}"),
        ("get", "/api/v1/webhooks"),
        ("post", "/api/v1/webhooks"),
        ("get", "/api/v1/webhooks/{webhook_id}"),
        ("patch", "/api/v1/webhooks/{webhook_id}"),
        ("delete", "/api/v1/webhooks/{webhook_id}"),
        ("get", "/api/v1/webhooks/{webhook_id}/deliveries"),
        ("get", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}"),
        ("get", "/api/v1/api-keys"),
        ("post", "/api/v1/api-keys"),
        ("get", "/api/v1/api-keys/{key_id}"),
        ("delete", "/api/v1/api-keys/{key_id}"),
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"][0] in OF_PEOPLE:
                public = (method, path.removeprefix("/api/v1")) in WITHOUT_SESSION
                assert operation.get("security", []) == ([] if public else [{"session": []}]), (method, path)
                continue
            assert operation["security"] == [{"token": []}], (method, path)
            assert {"401", "422", "503"} <= set(operation["responses"]), (method, path)
            ends = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]["$ref"]
            assert ends.endswith("/Problem"), (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Bearer wrong")],
        [("Authorization", TOKEN)],
        [("Authorization", f"Basic {TOKEN}")],
    ],
)
async def test_no_route_answers_without_the_token(platform: App, headers: list[tuple[str, str]]) -> None:
    """401 in our form, with WWW-Authenticate, for every route, before its parameters count."""
    for path, methods in (await openapi(platform))["paths"].items():
        for method, operation in methods.items():
            if operation["tags"][0] in OF_PEOPLE:
                continue
            refused = await ask(platform, re.sub(r"\{\w+\}", "1", path), method=method.upper(), headers=headers)
            assert refused.status == 401, (method, path)
            assert refused.headers["www-authenticate"] == "Bearer"
            assert refused.json()["code"] == "unauthorized"


async def test_a_refusal_says_whether_a_key_was_sent() -> None:
    """Somebody who forgot it and somebody who mistyped it look for different things; whether one exists is not told."""
    platform = api.create(
        Nobody(),
        tokens=(TOKEN,),
        organisation_id=DEFAULT_ORGANISATION,
        accounts=service.create(Settings(), NoDatabase(), secrets=("none",)),
    )

    async def said(*headers: tuple[str, str]) -> str:
        refused = await ask(platform, "/api/v1/sites", headers=list(headers))
        assert refused.status == 401
        return str(refused.json()["detail"])

    assert (await said()).startswith("This needs an API key: send one in the header")
    assert "has to be `Bearer`, a space, and the key" in await said(("Authorization", TOKEN))
    wrong = await said(("Authorization", "Bearer wrong"))
    assert wrong.startswith("The API key that was sent is not valid")
    # A key of the right form, which the database has to be asked about: there never was one, or it was revoked.
    assert await said(("Authorization", f"Bearer {secret('a' * 30)}")) == wrong


async def test_what_does_not_fit_a_pattern_is_told_in_a_sentence(platform: App) -> None:
    """Never as the regular expression: every pattern of the document has words of its own."""
    document = json.dumps(await openapi(platform))
    patterns = {json.loads(f'"{found}"') for found in re.findall(r'"pattern": "((?:[^"\\\\]|\\\\.)*)"', document)}
    assert {WEBHOOK_PATTERN, WORDS_PATTERN} <= patterns and patterns - SENTENCES.keys() == set()
    for url in ("ftp://example.org/hook", "foo", "http://", "https://a b"):
        body = json.dumps({"url": url, "events": ["post.published"]}).encode()
        refused = await ask(platform, "/api/v1/webhooks", method="POST", headers=[AUTHORIZED, JSON], body=[body])
        assert refused.status == 422
        assert (
            refused.json()["detail"]
            == "url: This is no address of a webhook; give one such as https://example.org/hook."
        )


async def test_a_file_in_a_form_is_answered_with_how_it_is_sent(platform: App) -> None:
    """Before anything else that is missing: it would not help to mend that."""
    form = ("Content-Type", "multipart/form-data; boundary=x")
    refused = await ask(
        platform, POSTS.replace("posts", "media"), method="POST", headers=[AUTHORIZED, form], body=[b"--x"]
    )
    assert (refused.status, refused.json()["code"]) == (415, "unsupported_media_type")
    assert "--data-binary @picture.png" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/api/v1/sites", b'{"slug":', 400, "JSON"),
        ("/api/v1/sites", b"{}", 422, "slug"),
        ("/api/v1/sites", b"[]", 422, "body"),
        ("/api/v1/sites", json.dumps({"slug": "a", "title": ""}).encode(), 422, "title"),
        ("/api/v1/sites", json.dumps({"slug": "a", "title": "x" * 201}).encode(), 422, "title"),
        ("/api/v1/sites", json.dumps({"slug": "a", "title": "a\0b"}).encode(), 422, "U+0000"),
        ("/api/v1/sites", b'{"slug": "a", "title": "\\ud800"}', 422, "title"),
        (POSTS, json.dumps({"title": "a"}).encode(), 422, "body"),
        (POSTS, json.dumps({"title": "a", "body": "x" * 200_001}).encode(), 422, "body"),
        ("/api/v1/sites/0/posts", json.dumps({"title": "a", "body": ""}).encode(), 422, "site_id"),
        (
            "/api/v1/sites/0198A0C1-2F3E-7ABC-8DEF-0123456789AB/posts",
            json.dumps({"title": "a", "body": ""}).encode(),
            422,
            "site_id",
        ),
        ("/api/v1/nothing", b"{}", 404, "openapi.json"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_sentence(
    platform: App, path: str, body: bytes, status: int, says: str
) -> None:
    """The message names the field, and the database is not asked."""
    refused = await ask(platform, path, method="POST", headers=[AUTHORIZED, JSON], body=[body])
    assert refused.status == status
    assert says in refused.json()["detail"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "after=0", "after=0198a0c1-2f3e-7abc-8def-0123456789abc"]
)
async def test_pages_have_limits(platform: App, query: str) -> None:
    """At most 1000 at once, from a position that can be."""
    refused = await ask(platform, f"{POSTS}?{query}", headers=[AUTHORIZED])
    assert (refused.status, refused.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/sites", "GET, POST"),
        ("/invitations/show", "POST"),
        ("/invitations/0198a0c1-2f3e-7abc-8def-0123456789ab", "DELETE"),
    ],
)
async def test_a_wrong_method_gets_405_in_our_form(platform: App, path: str, methods: str) -> None:
    """With the methods that there are; a word beside an id has its own."""
    refused = await ask(platform, f"/api/v1{path}", method="PUT", headers=[AUTHORIZED])
    assert (refused.status, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == methods
