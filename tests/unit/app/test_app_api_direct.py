"""The short way to the API's routes about content gives the answers that FastAPI's gives."""

from __future__ import annotations

import json
from itertools import product

import pytest

from app.accounts import service
from app.db import Database
from app.models.base import DEFAULT_ORGANISATION
from app.settings import Settings
from app.surfaces import api
from app.surfaces.api.direct import Direct
from tests.unit.app.asgi_client import Answer, ask

OF_PEOPLE = {"accounts", "sessions", "organisations"}
ID = "0198a0c1-2f3e-7abc-8def-0123456789ab"
TOKEN = ("Authorization", "Bearer the-token")
JSON = ("Content-Type", "application/json")
SENDERS: dict[str, tuple[tuple[str, str], ...]] = {
    "nobody": (),
    "a stranger": (("Authorization", "Bearer other"),),
    "a stranger in another way": (("Authorization", "Basic dGhlLXRva2Vu"),),
    "whoever has the token": (TOKEN,),
}
BODIES: dict[str, tuple[tuple[tuple[str, str], ...], bytes]] = {
    "no body": ((), b""),
    "no JSON": ((JSON,), b"{"),
    "a name twice": ((JSON,), b'{"title": "a", "title": "b"}'),
    "another type": ((("Content-Type", "text/plain"), ("Content-Length", "2")), b"{}"),
    "a list": ((JSON,), b"[1]"),
    "null": ((JSON,), b"null"),
    "an unknown member": ((("Content-Type", "application/merge-patch+json"),), b'{"nobody_knows": 1}'),
    "a title": ((JSON,), b'{"title": "a", "body": "b"}'),
    "wrong members": (
        (JSON,),
        json.dumps({"title": 5, "slug": "No Slug", "name": "\0", "status": "lost", "tags": ["a", "a"]}).encode(),
    ),
}
WRONG_QUERY = "?limit=0&limit=x&after=0&sort=up&status=lost&author=me&title=%07&published_from=1&tag=%00&nobody_knows=1"
WRONG_HEADERS = (("If-Match", "x" * 1001), ("Idempotency-Key", "a b"))


class DatabaseAway(Database):
    """What is not refused before is refused by it."""

    def __init__(self) -> None:
        self._away = True


@pytest.fixture(scope="module")
def direct() -> Direct:
    database = DatabaseAway()
    accounts = service.create(Settings(), database, secrets=("none",))
    return api.create(database, tokens=("the-token",), organisation_id=DEFAULT_ORGANISATION, accounts=accounts)


def content(direct: Direct) -> list[tuple[str, str]]:
    """Method and path of every operation about content, in the document's words."""
    return [
        (method.upper(), path)
        for path, methods in direct.openapi()["paths"].items()
        for method, operation in methods.items()
        if operation["tags"][0] not in OF_PEOPLE
    ]


def filled(path: str, value: str) -> str:
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


def comparable(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    return answer.status, {name: value for name, value in answer.headers.items() if name != "ratelimit"}, answer.body


def test_every_operation_about_content_is_on_the_short_way(direct: Direct) -> None:
    """None of them is left to FastAPI for something that only FastAPI can give."""
    slow = [
        (method, path)
        for method, path in content(direct)
        if (route := direct.find(method, filled(path, ID))) is None or not path.endswith(route.path)
    ]
    assert content(direct) and not slow


@pytest.mark.parametrize("sender", SENDERS)
async def test_what_is_refused_is_refused_in_the_same_words(direct: Direct, sender: str) -> None:
    """Senders, bodies, ids, parameters and headers that are wrong in many ways: the answer is FastAPI's."""
    statuses = set()
    for (method, path), (headers, body) in product(content(direct), BODIES.values()):
        sent = (*SENDERS[sender], *headers, *(WRONG_HEADERS if body else ()))
        for address in (filled(path, "no-id") + WRONG_QUERY, filled(path, ID)):
            answer, theirs = [
                await ask(app, address, method=method, headers=sent, body=[body]) for app in (direct, direct.api)
            ]
            assert comparable(answer) == comparable(theirs), (method, address, body)
            statuses.add(answer.status)
    assert statuses == ({400, 415, 422, 503} if sender == "whoever has the token" else {400, 401, 415})


async def test_what_is_not_in_the_table_is_answered_by_fastapi(direct: Direct) -> None:
    """Unknown addresses and methods, an empty part of an address, and HEAD."""
    for method, path in (
        ("GET", "/api/v1/nothing"),
        ("PUT", f"/api/v1/sites/{ID}"),
        ("HEAD", "/api/v1/sites"),
        ("GET", "/api/v1/sites//posts"),
        ("GET", "/api/v1/sites/"),
        ("GET", "/api/v1"),
    ):
        assert direct.find(method, path) is None
        answer, theirs = [await ask(app, path, method=method, headers=[TOKEN]) for app in (direct, direct.api)]
        assert comparable(answer) == comparable(theirs)
        assert answer.status in {404, 405}
