"""A site as its readers see it."""

from __future__ import annotations

import html
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app import acting
from app.asgi import App, Receive, Scope, Send
from app.db import Database
from app.errors import PlatformError
from app.posts import queries as posts
from app.posts.queries import PostRow
from app.settings import Settings
from app.sites import queries as sites
from app.sites.queries import SiteRow
from app.surfaces.pages import answer_page, fill, method_not_allowed, template

POSTS_ON_A_PAGE = 20


@dataclass(frozen=True)
class FrontPage:
    """A site and its newest posts."""

    site: SiteRow
    posts: list[PostRow]


def create(settings: Settings, database: Database) -> App:
    """The surface as an ASGI application; the site is `scope["flotilla.slug"]`."""
    index = template("blog", "index")
    missing = fill(template("blog", "missing"), {"domain": settings.domain})
    away = fill(template("blog", "away"), {})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            raise method_not_allowed()
        try:
            front = await _front_page_of(database, scope["flotilla.slug"]) if scope["path"] == "/" else None
        except PlatformError as error:
            await answer_page(scope, send, error.status, away)
            return
        if front is None:
            await answer_page(scope, send, 404, missing)
            return
        values = {"title": front.site["title"], "domain": settings.domain}
        page = fill(index, values, fragments={"articles": _articles(front.posts)})
        await answer_page(scope, send, 200, page)

    return app


async def _front_page_of(database: Database, slug: str) -> FrontPage | None:
    reader = acting.reader(slug)
    return None if reader is None else await database.read(reader, _front_page, slug)


async def _front_page(connection: AsyncConnection, slug: str) -> FrontPage | None:
    site = await sites.by_slug(connection, slug)
    if site is None:
        return None
    return FrontPage(site, await posts.newest(connection, site["id"], limit=POSTS_ON_A_PAGE))


def _articles(rows: list[PostRow]) -> str:
    if not rows:
        return "<p class=empty>Nothing has been published here yet.</p>"
    return "\n".join(
        f"<article><h2>{html.escape(row['title'])}</h2>"
        f"<time datetime={row['created_at'].isoformat()}>{row['created_at']:%d %B %Y}</time>"
        f"<p>{html.escape(row['body'])}</p></article>"
        for row in rows
    )
