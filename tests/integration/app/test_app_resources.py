"""Sites and posts as resources: changing, versions, revisions, lists, and doing a thing once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Answer, Client


@pytest.fixture
def path(site: Any) -> str:
    return f"/api/v1/sites/{site['id']}/posts"


@pytest.fixture
def post(app: Client, path: str) -> Any:
    made = app.post(path, {"title": "First", "body": "Text"})
    assert made.status == 201, made.body
    return made.json


def test_a_post_has_all_that_the_model_has(app: Client, path: str) -> None:
    """What is sent is what is there, for everybody who reads it; tags are made, once."""
    said = {
        "title": "A post",
        "body": "Text\n\twith lines",
        "slug": "a-post",
        "excerpt": "In short",
        "status": "unlisted",
        "published_at": "2026-02-03T04:05:06Z",
        "language": "de-AT",
        "translation_group_id": "01990000-0000-7000-8000-000000000001",
        "seo_title": "Said",
        "seo_description": "to engines",
        "canonical_url": "https://example.org/ä?b=c",
        "tags": ["one", "two"],
    }
    made = app.post(path, {**said, "reason": "First draft"})
    assert made.status == 201, made.body
    assert {name: made.json[name] for name in said} == said
    read = app.get(f"{path}/{made.json['id']}")
    assert read.json == made.json and read.headers["etag"] == made.headers["etag"] == made.json["etag"]
    changed = app.ask("PATCH", f"{path}/{made.json['id']}", {"tags": ["three", "two"], "seo_title": None})
    assert (changed.json["tags"], changed.json["seo_title"], changed.json["title"]) == (
        ["three", "two"],
        None,
        "A post",
    )
    (revision,) = app.get(f"{path}/{made.json['id']}/revisions?limit=1").json["items"]
    assert revision["reason"] == "First draft"
    twice = app.post(path, {"title": "Another", "body": "", "slug": "a-post", "language": "de-AT"})
    assert (twice.status, twice.json["code"]) == (409, "slug_taken")


def test_a_title_and_a_body_are_enough(app: Client, path: str) -> None:
    """The post is published at once, under an address made of its title; the same twice are two."""
    one, two = (app.post(path, {"title": "Ein Fächer", "body": ""}).json for _ in range(2))
    assert one["status"] == "published" and one["published_at"] is not None
    assert one["slug"].startswith("ein-facher-") and one["slug"] != two["slug"]


def test_a_draft_is_published_now_and_a_scheduled_one_says_when(app: Client, path: str) -> None:
    """A time in the future does not outlive publishing at once."""
    draft = app.post(path, {"title": "a", "body": "", "status": "draft"}).json
    assert draft["published_at"] is None
    one = f"{path}/{draft['id']}"
    refused = app.ask("PATCH", one, {"status": "scheduled"})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/published_at")
    later = app.ask("PATCH", one, {"status": "scheduled", "published_at": "2099-01-01T00:00:00Z"})
    assert (later.status, later.json["published_at"]) == (200, "2099-01-01T00:00:00Z")
    now = app.ask("PATCH", one, {"status": "published"})
    assert now.json["published_at"] < "2099"
    assert app.post(path, {"title": "a", "body": "", "status": "scheduled"}).status == 422


def test_a_change_is_refused_for_who_read_another_version(app: Client, path: str, post: Any) -> None:
    """412 with how it is now, and its ETag; nothing is changed. With the newer version it is done."""
    one, old = f"{path}/{post['id']}", {"If-Match": post["etag"]}
    first = app.ask("PATCH", one, {"title": "Second"}, headers=old)
    assert first.status == 200 and first.json["etag"] != post["etag"]
    for method, content in (("PATCH", {"title": "Third"}), ("DELETE", None)):
        refused = app.ask(method, one, content, headers=old)
        assert (refused.status, refused.json["code"]) == (412, "changed_meanwhile")
        assert refused.json["current"] == first.json and refused.headers["etag"] == first.json["etag"]
    assert app.get(one).json == first.json
    for form in ("{}", '"1", {}', "*"):
        tag = form.format(app.get(one).json["etag"])
        assert app.ask("PATCH", one, {"title": "Third"}, headers={"If-Match": tag}).status == 200, tag
    assert app.ask("PATCH", one, {"title": "Last wins"}).status == 200
    assert app.ask("DELETE", one).status == 204
    assert app.ask("DELETE", one).status == app.get(one).status == 404


def test_of_many_changes_of_one_version_one_is_done(app: Client, path: str, post: Any) -> None:
    """At the same time, without one being lost."""
    answers: list[Answer] = []

    def change(number: int) -> None:
        headers = {"If-Match": post["etag"]}
        answers.append(app.ask("PATCH", f"{path}/{post['id']}", {"title": f"By {number}"}, headers=headers))

    together([lambda number=number: change(number) for number in range(8)])
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    (done,) = (answer for answer in answers if answer.status == 200)
    assert app.get(f"{path}/{post['id']}").json == done.json


def together(calls: list[Any]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_what_one_has_is_not_sent_again(app: Client, path: str, site: Any, post: Any) -> None:
    """304 without a body for the version that was read, also of a site."""
    for address, tag in ((f"{path}/{post['id']}", post["etag"]), (f"/api/v1/sites/{site['id']}", site["etag"])):
        same = app.get(address, headers={"If-None-Match": f'"x", {tag}'})
        assert (same.status, same.body, same.headers["etag"]) == (304, b"", tag)
        assert app.get(address, headers={"If-None-Match": '"1"'}).status == 200


def test_every_save_can_be_brought_back(app: Client, path: str, post: Any) -> None:
    """A revision for each, oldest first, with its reason; restoring one is a save as well."""
    one = f"{path}/{post['id']}"
    app.ask("PATCH", one, {"title": "Second", "body": "Other text", "reason": "Better"})
    revisions = app.get(f"{one}/revisions").json["items"]
    assert [(revision["title"], revision["reason"]) for revision in revisions] == [("First", ""), ("Second", "Better")]
    assert app.get(f"{one}/revisions/{revisions[0]['id']}").json["body"] == "Text"
    stale = app.post(f"{one}/revisions/{revisions[0]['id']}/restore", None, headers={"If-Match": post["etag"]})
    assert stale.status == 412
    restored = app.post(f"{one}/revisions/{revisions[0]['id']}/restore", None)
    assert (restored.status, restored.json["title"], restored.json["body"]) == (200, "First", "Text")
    assert len(app.get(f"{one}/revisions").json["items"]) == 3
    other = app.post(path, {"title": "Other", "body": ""}).json
    assert app.post(f"{path}/{other['id']}/revisions/{revisions[0]['id']}/restore", None).status == 404


def test_tags_change_the_posts_that_have_them(app: Client, site: Any, path: str) -> None:
    """A post is shown with the tag's new slug, in a new version; without the tag once that is deleted."""
    tags = f"/api/v1/sites/{site['id']}/tags"
    post = app.post(path, {"title": "a", "body": "", "tags": ["old", "other"]}).json
    (old, other) = app.get(tags).json["items"]
    assert (old["slug"], old["name"]) == ("old", "old")
    assert app.ask("PATCH", f"{tags}/{old['id']}", {"slug": "other"}).json["code"] == "slug_taken"
    assert app.ask("PATCH", f"{tags}/{old['id']}", {"slug": "new"}, headers={"If-Match": '"1"'}).status == 412
    assert app.ask("PATCH", f"{tags}/{old['id']}", {"slug": "new", "name": "New"}).json["name"] == "New"
    renamed = app.get(f"{path}/{post['id']}").json
    assert renamed["tags"] == ["new", "other"] and renamed["etag"] != post["etag"]
    assert app.ask("DELETE", f"{tags}/{other['id']}", headers={"If-Match": '"1"'}).status == 412
    assert app.get(f"{path}/{post['id']}").json == renamed, "a refused change changes no version"
    assert app.ask("DELETE", f"{tags}/{other['id']}").status == 204
    assert app.get(f"{path}/{post['id']}").json["tags"] == ["new"]


def test_a_site_changes(app: Client, site: Any) -> None:
    """All of it but what the platform counts; and goes with everything on it."""
    said = {"title": "New", "base_path": "/blog", "language": "fr", "time_zone": "Europe/Paris", "theme": "dark"}
    one = f"/api/v1/sites/{site['id']}"
    changed = app.ask("PATCH", one, {**said, "theme_settings": {"a": [1]}}, headers={"If-Match": site["etag"]})
    assert changed.status == 200, changed.body
    assert {name: changed.json[name] for name in said} == said and changed.json["theme_settings"] == {"a": [1]}
    assert app.ask("PATCH", one, {"title": "x"}, headers={"If-Match": site["etag"]}).status == 412
    assert app.ask("PATCH", one, {"slug": "www"}).json["errors"][0]["pointer"] == "/slug"
    app.post(f"{one}/posts", {"title": "a", "body": ""})
    assert app.ask("DELETE", one, headers={"If-Match": site["etag"]}).status == 412
    assert app.ask("DELETE", one).status == 204
    assert app.get(one).status == app.get(f"{one}/posts").status == 404


# ---- lists ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sort",
    ["id", "-id", "title", "-title", "updated_at", "-published_at"],
    ids=lambda sort: sort.replace("-", "falling_"),
)
def test_pages_are_in_order_and_complete_while_others_write(app: Client, path: str, sort: str) -> None:
    """What was there from the beginning comes once, also among posts that are sorted alike."""
    titles = ["b", "a", "b", "c", "b"]
    there = [app.post(path, {"title": title, "body": ""}).json["id"] for title in titles]
    seen: list[Any] = []
    query = f"?limit=2&sort={sort}"
    while True:
        page = app.get(path + query).json
        seen += page["items"]
        app.post(path, {"title": "b", "body": "written meanwhile"})
        if page["next"] is None or len(seen) > 20:
            break
        query = f"?limit=2&sort={sort}&after={page['next']}"
    ids = [one["id"] for one in seen]
    assert len(set(ids)) == len(ids) and set(there) <= set(ids)
    by = sort.removeprefix("-")
    keys = [(one[by], one["id"]) for one in seen]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_lists_are_filtered(app: Client, path: str) -> None:
    """By what a post is, alone and together."""
    for title, said in {
        "Old": {"published_at": "2001-01-01T00:00:00Z", "tags": ["x"]},
        "New": {"tags": ["x", "y"], "language": "fr"},
        "100%": {"status": "draft"},
    }.items():
        assert app.post(path, {"title": title, "body": "", **said}).status == 201

    def titles(query: str) -> list[str]:
        answer = app.get(f"{path}?{query}")
        assert answer.status == 200, answer.body
        return [post["title"] for post in answer.json["items"]]

    assert titles("status=draft") == titles("title=100%25") == ["100%"]
    assert titles("title=1%25") == titles("title=%25") == titles("tag=z") == []
    assert titles("tag=x") == ["Old", "New"] and titles("tag=x&tag=y") == titles("title=nE") == ["New"]
    assert titles("language=fr&status=published") == ["New"]
    assert titles("published_before=2002-01-01T00:00:00Z") == ["Old"]
    assert titles("published_from=2002-01-01T00:00:00Z") == ["New"]
    assert titles("author=01990000-0000-7000-8000-000000000001") == []


@pytest.mark.parametrize(
    "query",
    [
        *("sort=body", "sort=title;drop", "after=x", "sort=title&after=x", "sort=title&after=%00", "status=gone"),
        *("published_from=yesterday", "sort=-title&after=WyJ0aXRsZSIsICJhIiwgIjAxOTkwMDAwIl0", "title=%00", "limit=0"),
    ],
)
def test_a_wrong_list_is_refused(app: Client, path: str, query: str) -> None:
    """With what would be right."""
    refused = app.get(f"{path}?{query}")
    assert (refused.status, refused.json["code"]) == (422, "invalid")
    assert refused.json["errors"][0]["where"] == "query"


# ---- once ----------------------------------------------------------------------------------------------------------


def test_a_request_with_a_key_is_done_once(app: Client, path: str) -> None:
    """The answer is the same, also the ETag; another request with the key is refused, and so nothing is done."""
    headers = {"Idempotency-Key": "a key"[2:]}
    first, again = (app.post(path, {"title": "Once", "body": ""}, headers=headers) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert (again.body, again.headers["etag"]) == (first.body, first.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    other = app.post(path, {"title": "Twice", "body": ""}, headers=headers)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert [post["title"] for post in app.get(path).json["items"]] == ["Once"]


def test_at_the_same_time_it_is_done_once_too(app: Client, path: str) -> None:
    """Whoever comes while it is under way is told so, or gets the answer."""
    answers: list[Answer] = []
    headers = {"Idempotency-Key": path[-42:-6]}
    together([lambda: answers.append(app.post(path, {"title": "Once", "body": "x" * 100_000}, headers=headers))] * 8)
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    assert {answer.json["code"] for answer in answers if answer.status == 409} <= {"under_way"}
    assert len(app.get(path).json["items"]) == 1


def test_what_failed_is_not_kept(app: Client, platform: Platform, path: str, site: Any) -> None:
    """It may be sent again with the same key, put right."""
    headers = {"Idempotency-Key": site["id"]}
    assert app.post(path, {"title": "", "body": ""}, headers=headers).status == 422
    taken = app.post("/api/v1/sites", {"slug": site["slug"], "title": "a"}, headers=headers)
    assert taken.json["code"] == "slug_taken"
    assert app.post(path, {"title": "Right", "body": ""}, headers=headers).status == 201
    assert (
        app.post(path, {"title": "x", "body": ""}, headers={"Idempotency-Key": "ä".encode().decode("latin-1")}).status
        == 422
    )
