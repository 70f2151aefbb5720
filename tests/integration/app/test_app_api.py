"""The REST API and the pages, with the real database behind them."""

from __future__ import annotations

from typing import Any

from app.models.base import NO_ID
from tests.docker_cli import Container
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client


def test_a_post_comes_back_as_it_was_sent(app: Client, site: Any) -> None:
    """Created, listed and counted by nobody but the worker: the site's own counter does not move."""
    text = "Line “quotes” & <tags>\n🚀 ' \\ %s :x"
    made = app.post(f"/api/v1/sites/{site['id']}/posts", {"title": text[:20], "body": text})
    assert made.status == 201
    assert {"id", "site_id", "title", "body", "created_at"} < set(made.json)
    assert (made.json["site_id"], made.json["body"]) == (site["id"], text)
    listed = app.get(f"/api/v1/sites/{site['id']}/posts")
    shown = {name: value for name, value in made.json.items() if name not in {"tags", "authors"}}
    assert (listed.status, listed.json) == (200, {"items": [shown], "next": None})
    assert app.get(f"/api/v1/sites/{site['id']}").json == {**site, "post_count": 0}


def test_pages_cover_everything_once(app: Client, site: Any) -> None:
    """Following `next` gives every post in the order of the ids, none twice; the last page has none."""
    path = f"/api/v1/sites/{site['id']}/posts"
    made = [app.post(path, {"title": f"Post {number}", "body": ""}).json["id"] for number in range(7)]
    found: list[str] = []
    after: str | None = NO_ID
    while after is not None:
        page = app.get(f"{path}?limit=3&after={after}").json
        assert len(page["items"]) <= 3
        found += [post["id"] for post in page["items"]]
        after = page["next"]
    assert found == made
    assert app.get(f"{path}?limit=7").json["next"] is None


def test_sites_are_listed(app: Client, site: Any) -> None:
    """Each once, in the order of their making."""
    listed = app.get("/api/v1/sites?limit=1000").json["items"]
    assert listed.count(site) == 1
    before = listed.index(site)
    after = NO_ID if before == 0 else listed[before - 1]["id"]
    assert app.get(f"/api/v1/sites?limit=1&after={after}").json["items"] == [site]


def test_a_slug_is_given_once(app: Client, site: Any) -> None:
    """The second site of that name gets 409, and is not there."""
    refused = app.post("/api/v1/sites", {"slug": site["slug"], "title": "Another"})
    assert (refused.status, refused.json["code"]) == (409, "slug_taken")
    assert app.get(f"/api/v1/sites/{site['id']}").json["title"] == "A site"


def test_an_unknown_site_is_404_everywhere(app: Client) -> None:
    """Reading it, listing its posts, adding one."""
    unknown = "/api/v1/sites/ffffffff-ffff-7fff-8fff-ffffffffffff"
    answers = [app.get(unknown), app.get(f"{unknown}/posts"), app.post(f"{unknown}/posts", {"title": "a", "body": ""})]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "site_not_found")] * 3


def test_nothing_without_the_token(app: Client, site: Any) -> None:
    """401, and what was sent is not saved; the OpenAPI document alone is public."""
    path = f"/api/v1/sites/{site['id']}/posts"
    for token in (None, "wrong", ""):
        assert app.get(path, token=token).status == 401
        assert app.post(path, {"title": "a", "body": ""}, token=token).status == 401
    assert app.get(path).json["items"] == []
    assert app.get("/api/v1/openapi.json", token=None).json["openapi"].startswith("3.")


def test_a_blog_shows_its_posts_to_readers(app: Client, site: Any) -> None:
    """With what authors write shown as text; another site's name is 404 with the blog's own page."""
    app.post(f"/api/v1/sites/{site['id']}/posts", {"title": "<script>alert(1)</script>", "body": "Hello, readers"})
    page = app.get("/", host=f"{site['slug']}.blogs.localhost", token=None)
    assert page.status == 200
    assert "Hello, readers" in page.body.decode()
    assert "<script>" not in page.body.decode()
    assert "&lt;script&gt;" in page.body.decode()
    assert app.get("/", host="unknown.blogs.localhost", token=None).status == 404


def test_connections_are_opened_at_the_start_and_kept(
    platform: Platform, shared_app: tuple[Container, Client], site: Any
) -> None:
    """As many as the pool's size, before and after requests the same ones."""
    container, client = shared_app

    def connections() -> set[tuple[object, object]]:
        with platform.servers.connect(platform.pgbouncer, "flotilla_stats", dbname="pgbouncer") as stats:
            cursor = stats.execute("SHOW CLIENTS")
            columns = [column.name for column in cursor.description or ()]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        return {
            (row["port"], row["connect_time"])
            for row in rows
            if row["application_name"] == "flotilla-app" and row["addr"] == container.ip
        }

    before = connections()
    assert len(before) == 3
    for _ in range(30):
        assert client.get(f"/api/v1/sites/{site['id']}/posts").status == 200
        assert client.post(f"/api/v1/sites/{site['id']}/posts", {"title": "a", "body": ""}).status == 201
    assert connections() == before
    assert client.metric("flotilla_engine_pool_size") == 3
    assert client.metric("flotilla_engine_pool_checked_out") == 0
