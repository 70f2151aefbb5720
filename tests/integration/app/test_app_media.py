"""Pictures and other files: uploaded, shown, and of how many bytes a plan allows."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from app.models.base import DEFAULT_ORGANISATION
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Answer, Client
from tests.integration.app.test_app_api_keys import new_key
from tests.integration.app.test_app_resources import together
from tests.integration.app.test_app_ways import refused

FILE = {"Content-Type": "application/octet-stream"}


def picture(size: int, *, width: int = 640) -> bytes:
    """A PNG of so many bytes, as far as its head says."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, 480)
    return head + bytes(size - len(head))


@pytest.fixture
def media(site: Any) -> str:
    return f"/api/v1/sites/{site['id']}/media"


def uploaded(app: Client, media: str, content: bytes, name: str = "tide.png", **options: Any) -> Answer:
    return app.post(f"{media}?file_name={quote(name)}", content, headers=FILE, **options)


def test_a_file_is_kept_and_given_back(app: Client, media: str) -> None:
    """Byte for byte, with the type that it is found to have; as large as an upload may be."""
    content = bytes(range(256)).join([picture(30), bytes(8 * 2**20 - 30 - 256)])
    made = app.post(f"{media}?file_name=Gezeiten%20%C3%B6.html&alternative_text=High", content, headers=FILE)
    assert made.status == 201, made.body
    said = {name: made.json[name] for name in ("file_name", "content_type", "size_bytes", "alternative_text")}
    assert said == {
        "file_name": "Gezeiten ö.html.png",
        "content_type": "image/png",
        "size_bytes": 8 * 2**20,
        "alternative_text": "High",
    }
    assert (made.json["width_pixels"], made.json["height_pixels"]) == (640, 480)
    assert app.get(f"{media}/{made.json['id']}").json == made.json
    reads = new_key(app, "read_content")["secret"]
    shown = app.get(f"{media}/{made.json['id']}/content", token=reads)
    assert (shown.status, shown.body == content) == (200, True)
    assert shown.headers["content-type"] == "image/png" and shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-disposition"] == "inline; filename*=UTF-8''Gezeiten%20%C3%B6.html.png"
    assert "sandbox" in shown.headers["content-security-policy"]
    again = app.get(f"{media}/{made.json['id']}/content", headers={"If-None-Match": shown.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    refused(uploaded(app, media, content + b"x"), 413, "too_large")
    paper = uploaded(app, media, b"%PDF-1.7 tide", "tide.pdf").json
    assert app.get(f"{media}/{paper['id']}/content").headers["content-disposition"].startswith("attachment; ")


def test_the_same_content_is_one_file(app: Client, media: str, site: Any) -> None:
    """Of a site, also when it comes several times at once; another site has its own."""
    answers: list[Answer] = []
    together([lambda: answers.append(uploaded(app, media, picture(100))) for _ in range(4)])
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    other = app.post("/api/v1/sites", {"slug": f"m-{site['id'][-12:]}", "title": "Other"}).json
    theirs = uploaded(app, f"/api/v1/sites/{other['id']}/media", picture(100)).json
    assert theirs["id"] != answers[0].json["id"]
    refused(app.get(f"{media}/{theirs['id']}/content"), 404, "media_not_found")


@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>", b"\x89PNG"])
def test_what_is_no_such_file_is_refused(app: Client, media: str, content: bytes) -> None:
    """Whatever it is called, and what its sender says that it is; the answer names what is taken."""
    for kind in ("application/octet-stream", "image/png"):
        answer = app.post(f"{media}?file_name=a.png", content, headers={"Content-Type": kind})
        refused(answer, 415, "unsupported_media_type")
        assert "PNG, JPEG" in answer.json["detail"]
    assert app.get(media).json["items"] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b.png", "a\r\nSet-Cookie: x.png", "a\0.png", "", "x" * 256])
def test_a_name_that_is_a_path_or_no_text_is_refused(app: Client, media: str, name: str) -> None:
    """422 at the name; nothing is kept."""
    answer = uploaded(app, media, picture(100), name)
    refused(answer, 422, "invalid", "/file_name")
    assert app.get(media).json["items"] == []


@pytest.fixture
def room(platform: Platform) -> Iterator[int]:
    """The plan leaves so many bytes."""
    present = platform.superuser(
        f"SELECT coalesce(sum(size_bytes), 0) FROM media WHERE organisation_id = '{DEFAULT_ORGANISATION}'"
    )
    platform.superuser(
        "INSERT INTO organisation_limit (organisation_id, resource, most)"
        f" VALUES ('{DEFAULT_ORGANISATION}', 'media_bytes', {int(present) + 1000})"
    )
    yield 1000
    platform.superuser("DELETE FROM organisation_limit")


def test_a_plan_limits_the_bytes_of_all_files(app: Client, media: str, site: Any, room: int) -> None:
    """To the byte, of those who send at once too; what is there already can be sent again, and deleting makes room."""
    key = new_key(app, "write_content", site_id=site["id"])["secret"]
    refused(uploaded(app, media, picture(room + 1)), 403, "limit_reached")
    answers: list[Answer] = []
    sizes = ((1, 600), (2, 600), (3, 600))
    together(
        [
            lambda width=width, size=size: answers.append(uploaded(app, media, picture(size, width=width), token=key))
            for width, size in sizes
        ]
    )
    assert sorted(answer.status for answer in answers) == [201, 403, 403], [answer.body for answer in answers]
    (kept,) = (answer.json for answer in answers if answer.status == 201)
    beyond = uploaded(app, media, picture(401))
    refused(beyond, 403, "limit_reached")
    assert beyond.json["limit"]["resource"] == "media_bytes" and "bytes of media" in beyond.json["detail"]
    assert uploaded(app, media, picture(400)).status == 201
    assert uploaded(app, media, picture(600, width=kept["width_pixels"])).json["id"] == kept["id"]
    assert app.ask("DELETE", f"{media}/{kept['id']}").status == 204
    assert uploaded(app, media, picture(600, width=9)).status == 201


def test_who_reads_content_uploads_nothing(app: Client, media: str, site: Any) -> None:
    """403; and a key of another site finds no such site."""
    reads = new_key(app, "read_content")["secret"]
    refused(uploaded(app, media, picture(100), token=reads), 403, "scope_missing")
    other = app.post("/api/v1/sites", {"slug": f"n-{site['id'][-12:]}", "title": "Other"}).json
    theirs = new_key(app, "write_content", site_id=other["id"])["secret"]
    refused(uploaded(app, media, picture(100), token=theirs), 404, "site_not_found")
