"""What cannot be taken: a clear 4xx in our form, never a 5xx, and nothing stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.models.post import BODY_LENGTH, TITLE_LENGTH
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Answer, Client

Send = Callable[[bytes], Answer]


@pytest.fixture
def path(site: Any) -> str:
    return f"/api/v1/sites/{site['id']}/posts"


def body(**said: object) -> bytes:
    return json.dumps({"title": "a", "body": "", **said}).encode()


DEEP = 100_000
BODIES: dict[str, tuple[bytes, int]] = {
    "no JSON": (b"title=a", 400),
    "half of it": (b'{"title": "a"', 400),
    "a name twice": (b'{"title": "a", "title": "b", "body": ""}', 400),
    "NaN": (b'{"title": "a", "body": NaN}', 400),
    "infinity": (b'{"title": "a", "body": -Infinity}', 400),
    "a number without end": (b'{"title": "a", "body": 1e999}', 400),
    "a time that is a number": (body(published_at=0), 422),
    "a time that is a number as text": (body(published_at="0.5"), 422),
    "no UTF-8": (b'{"title": "\xff\xfe", "body": ""}', 400),
    "UTF-16": ('{"title": "a", "body": ""}'.encode("utf-16"), 400),
    "a byte order mark": (b"\xef\xbb\xbf" + body(), 400),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, 400),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400),
    "deep in a member": (b'{"title": ' + b"[" * DEEP + b"]" * DEEP + b', "body": ""}', 400),
    "a number of many digits": (b'{"title": "a", "body": ' + b"9" * 10_000 + b"}", 400),
    "nothing": (b"", 422),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "a number as title": (body(title=1), 422),
    "no title": (body(title="  "), 422),
    "a title too long": (body(title="x" * (TITLE_LENGTH + 1)), 422),
    "a body too long": (body(body="x" * (BODY_LENGTH + 1)), 422),
    "U+0000": (body(body="a\0b"), 422),
    "an escape sequence": (body(body="\x1b[31m"), 422),
    "a line end in a title": (body(title="a\r\nSet-Cookie: b=c"), 422),
    "half a surrogate pair": (b'{"title": "a", "body": "\\ud800"}', 422),
    "half a pair as a name": (b'{"title": "a", "body": "", "\\udfff": 1}', 422),
    "a member that is not known": (body(stauts="draft"), 422),
    "null where there has to be something": (body(body=None), 422),
    "a status that is none": (body(status="gone"), 422),
    "a time without a zone": (body(published_at="2026-01-01T00:00:00"), 422),
    "a year that no calendar has": (body(published_at="0001-01-01T00:00:00+23:59"), 422),
    "a year too far": (body(published_at="9999-12-31T23:59:59-23:59"), 422),
    "a slug of two words": (body(slug="Two Words"), 422),
    "an address of a script": (body(canonical_url="javascript:alert(1)"), 422),
    "an address with a line end": (body(canonical_url="https://a\r\nX: y"), 422),
    "a language that is none": (body(language="'; DROP TABLE post; --"), 422),
    "media that is not there": (body(cover_media_id="01990000-0000-7000-8000-000000000001"), 422),
    "an author who is no member": (body(authors=["01990000-0000-7000-8000-000000000001"]), 422),
    "an author twice": (body(authors=["01990000-0000-7000-8000-000000000001"] * 2), 422),
    "a tag that is none": (body(tags=["a b"]), 422),
    "too many tags": (body(tags=[f"t{number}" for number in range(51)]), 422),
    "more than is taken at once": (body(body="x" * 1_100_000), 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_taken_is_refused(app: Client, platform: Platform, path: str, name: str) -> None:
    """With a sentence, and where there is a place, with the place; the site stays empty."""
    sent, status = BODIES[name]
    refused = app.post(path, sent)
    assert refused.status == status, refused.body
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json["status"], bool(refused.json["detail"])) == (status, True)
    if status == 422:
        assert refused.json["errors"][0]["where"] == "body"
    assert app.get(path).json["items"] == []
    of_site = f"WHERE site_id = '{path.split('/')[-2]}'"
    assert platform.superuser(*(f"SELECT count(*) FROM {table} {of_site}" for table in ("revision", "tag"))) == "0\n0"


def test_what_looks_like_sql_is_text(app: Client, path: str) -> None:
    """And comes back as it was sent, wherever it may be."""
    for text in (
        "'; DROP TABLE post; --",
        '" OR 1=1 --',
        "%s %(a)s :title {x} $1 \\",
        "/* */ ?::uuid",
        "\u202e🚀 ' \\",
    ):
        made = app.post(path, {"title": text, "body": text, "excerpt": text, "seo_title": text, "reason": text})
        assert made.status == 201, made.body
        assert {made.json[name] for name in ("title", "body", "excerpt", "seo_title")} == {text}
        assert app.get(f"{path}/{made.json['id']}").json == made.json
        app.ask("DELETE", f"{path}/{made.json['id']}")


@pytest.mark.parametrize(
    "query", ["title=';DROP+TABLE+post;--", "title=%25s%25(a)s", "tag='", "title=:x", "title=\\", "language=%C3%28"]
)
def test_what_looks_like_sql_in_an_address_is_text(app: Client, path: str, query: str) -> None:
    """It finds nothing."""
    app.post(path, {"title": "a", "body": ""})
    assert (app.get(f"{path}?{query}").status, app.get(f"{path}?{query}").json["items"]) == (200, [])


@pytest.mark.parametrize(
    "target", ["/api/v1/sites/%00", "/api/v1/sites/..%2f", "/api/v1/sites/'", "/api/v1/sites/1/posts"]
)
def test_an_id_that_is_none_is_refused(app: Client, target: str) -> None:
    """422 with its name, or 404 where no address is like it."""
    assert app.get(target).status in {404, 422}


def test_bodies_say_that_they_are_json(app: Client, path: str) -> None:
    """A form or a text is 415; JSON with a charset is JSON."""
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ):
        refused = app.post(path, body(), headers={"Content-Type": kind})
        assert (refused.status, refused.json["code"]) == (415, "unsupported_media_type")
    assert app.post(path, body(), headers={"Content-Type": "application/json; charset=utf-8"}).status == 201


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match", "Idempotency-Key", "X-Request-ID", "Content-Type"])
def test_headers_of_any_form_are_no_mistake_of_ours(app: Client, path: str, header: str) -> None:
    """They are refused, or mean nothing; never a 5xx, and none comes back as a header of its own."""
    post = app.post(path, {"title": "a", "body": ""}).json
    for value in ("", "\xff", '"', '"' * 500, "W/*", ",,,", '"ffffffffffffffff"', "a\tb", "x" * 6000):
        for method, content in (("PATCH", {"title": "b"}), ("GET", None)):
            answer = app.ask(method, f"{path}/{post['id']}", content, headers={header: value})
            assert answer.status < 500, (value, answer.body)


def test_settings_of_a_theme_are_bounded(app: Client, site: Any) -> None:
    """Any JSON, but neither without end nor with what PostgreSQL cannot hold."""
    one = f"/api/v1/sites/{site['id']}"
    for settings in ({"a": "x" * 30_000}, {"a": "\0"}, {"\0": 1}, [], None):
        assert app.ask("PATCH", one, {"theme_settings": settings}).status == 422, settings
    assert app.ask("PATCH", one, b'{"theme_settings": {"a": "\\ud800"}}').status == 422
    assert app.ask("PATCH", one, b'{"theme_settings": {"a": 1e999}}').status == 400
    deep = b'{"theme_settings": {"a": ' + b"[" * 300 + b"]" * 300 + b"}}"
    assert app.ask("PATCH", one, deep).status < 500
    assert app.get(one).json["theme_settings"] in ({}, json.loads(deep)["theme_settings"])
