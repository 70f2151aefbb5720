# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""A client that waits for each answer."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from flotilla_sdk import codec
from flotilla_sdk.models import NewPost, NewSite, Post, PostPage, Site, SitePage
from flotilla_sdk.transport import Transport


class Client(Transport):
    """Flotilla, API version 1. Every method raises ApiError when the API says no."""

    def create_site(
        self,
        body: NewSite,
    ) -> Site:
        """Creates a site at `<slug>.<blog domain>`."""
        return Site.from_json(
            self._call(
                "POST",
                "/api/v1/sites",
                body=body,
            )
        )

    def list_sites(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> SitePage:
        """Lists the sites in the order of their ids.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return SitePage.from_json(
            self._call(
                "GET",
                "/api/v1/sites",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    def iterate_sites(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> Iterator[Site]:
        """Everything that `list_sites` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = self.list_sites(limit=limit, after=after)
            yield from _page.items
            if _page.next is None:
                return
            after = _page.next

    def get_site(
        self,
        site_id: UUID,
    ) -> Site:
        """Shows a site."""
        return Site.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}",
            )
        )

    def create_post(
        self,
        site_id: UUID,
        body: NewPost,
    ) -> Post:
        """Adds a post to a site. The answer means that it is saved."""
        return Post.from_json(
            self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                body=body,
            )
        )

    def list_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> PostPage:
        """Lists a site's posts in the order of their ids.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return PostPage.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    def iterate_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> Iterator[Post]:
        """Everything that `list_posts` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = self.list_posts(site_id, limit=limit, after=after)
            yield from _page.items
            if _page.next is None:
                return
            after = _page.next
