# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""A client for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime as DateTime
from typing import Literal
from uuid import UUID

from flotilla_sdk import codec
from flotilla_sdk.models import (
    AddressChange,
    AddressOnly,
    ApiKey,
    ApiKeyPage,
    ApiKeyWithSecret,
    AuthenticatorCode,
    AuthenticatorKey,
    CurrentSession,
    Delivery,
    DeliveryPage,
    InvitationList,
    InvitationToken,
    LinkSignIn,
    LinkToken,
    ListedDelivery,
    ListedPost,
    ListedRevision,
    MadeInvitation,
    Media,
    MediaChange,
    MediaPage,
    Member,
    MemberChange,
    MemberPage,
    NavigationItem,
    NavigationItemChange,
    NavigationPage,
    NewApiKey,
    NewInvitation,
    NewMember,
    NewNavigationItem,
    NewOrganisation,
    NewPost,
    NewRedirect,
    NewSite,
    NewSubscriber,
    NewTag,
    NewWebhook,
    PasswordChange,
    PasswordReset,
    PasswordSignIn,
    Post,
    PostChange,
    PostPage,
    Proof,
    RecoveryCodes,
    Redirect,
    RedirectChange,
    RedirectPage,
    Revision,
    RevisionPage,
    SessionChoice,
    SessionList,
    ShownInvitation,
    ShownSignUp,
    SignUp,
    Site,
    SiteChange,
    SitePage,
    Subscriber,
    SubscriberChange,
    SubscriberPage,
    Tag,
    TagChange,
    TagPage,
    Webhook,
    WebhookChange,
    WebhookPage,
    WebhookWithSecret,
    Welcome,
)
from flotilla_sdk.transport import AsyncTransport


class AsyncClient(AsyncTransport):
    """Flotilla, API version 1. Every method raises ApiError when the API says no."""

    async def create_site(
        self,
        body: NewSite,
        *,
        idempotency_key: str | None = None,
    ) -> Site:
        """Creates a site at `<slug>.<blog domain>`.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Site.from_json(
            await self._call(
                "POST",
                "/api/v1/sites",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def list_sites(
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
            await self._call(
                "GET",
                "/api/v1/sites",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    async def iterate_sites(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> AsyncIterator[Site]:
        """Everything that `list_sites` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_sites(limit=limit, after=after)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_site(
        self,
        site_id: UUID,
    ) -> Site:
        """Shows a site."""
        return Site.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}",
            )
        )

    async def change_site(
        self,
        site_id: UUID,
        body: SiteChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Site:
        """Changes what is sent of a site; the rest stays.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Site.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_site(
        self,
        site_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a site with everything on it.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def create_post(
        self,
        site_id: UUID,
        body: NewPost,
        *,
        idempotency_key: str | None = None,
    ) -> Post:
        """Adds a post to a site. The answer means that it is saved.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Post.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def list_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: str | None = None,
        sort: Literal["id", "-id", "published_at", "-published_at", "updated_at", "-updated_at", "title", "-title"] | None = None,
        status: Literal["draft", "scheduled", "published", "unlisted", "archived"] | None = None,
        tag: str | None = None,
        author: UUID | None = None,
        language: str | None = None,
        title: str | None = None,
        published_from: DateTime | None = None,
        published_before: DateTime | None = None,
    ) -> PostPage:
        """Lists a site's posts. Sorted by `published_at`, it has those alone that have such a time.

        `limit`: At most so many.

        `after`: `next` of the page before, in the same order.

        `sort`: What they are sorted by; with `-`, the other way round.

        `status`: A key that reads content sees what is published alone.

        `title`: How the title begins, whatever its capitals.
        """
        return PostPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                query={
                    "limit": limit,
                    "after": after,
                    "sort": sort,
                    "status": status,
                    "tag": tag,
                    "author": author,
                    "language": language,
                    "title": title,
                    "published_from": published_from,
                    "published_before": published_before,
                },
            )
        )

    async def iterate_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: str | None = None,
        sort: Literal["id", "-id", "published_at", "-published_at", "updated_at", "-updated_at", "title", "-title"] | None = None,
        status: Literal["draft", "scheduled", "published", "unlisted", "archived"] | None = None,
        tag: str | None = None,
        author: UUID | None = None,
        language: str | None = None,
        title: str | None = None,
        published_from: DateTime | None = None,
        published_before: DateTime | None = None,
    ) -> AsyncIterator[ListedPost]:
        """Everything that `list_posts` lists, page after page.

        `limit`: At most so many.

        `after`: `next` of the page before, in the same order.

        `sort`: What they are sorted by; with `-`, the other way round.

        `status`: A key that reads content sees what is published alone.

        `title`: How the title begins, whatever its capitals.
        """
        while True:
            _page = await self.list_posts(site_id, limit=limit, after=after, sort=sort, status=status, tag=tag, author=author, language=language, title=title, published_from=published_from, published_before=published_before)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_post(
        self,
        site_id: UUID,
        post_id: UUID,
    ) -> Post:
        """Shows a post."""
        return Post.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}",
            )
        )

    async def change_post(
        self,
        site_id: UUID,
        post_id: UUID,
        body: PostChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Post:
        """Changes what is sent of a post; the rest stays. Every save keeps a revision.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Post.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_post(
        self,
        site_id: UUID,
        post_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a post with its revisions.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def list_revisions(
        self,
        site_id: UUID,
        post_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> RevisionPage:
        """Lists what a post was each time that it was saved, the oldest first.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return RevisionPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}/revisions",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    async def iterate_revisions(
        self,
        site_id: UUID,
        post_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> AsyncIterator[ListedRevision]:
        """Everything that `list_revisions` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_revisions(site_id, post_id, limit=limit, after=after)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_revision(
        self,
        site_id: UUID,
        post_id: UUID,
        revision_id: UUID,
    ) -> Revision:
        """Shows a post as it was saved once."""
        return Revision.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}/revisions/{codec.segment(revision_id)}",
            )
        )

    async def restore_revision(
        self,
        site_id: UUID,
        post_id: UUID,
        revision_id: UUID,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Post:
        """Gives a post the title, the text and the excerpt of a revision; that is a save like any other.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Post.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}/revisions/{codec.segment(revision_id)}/restore",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
            )
        )

    async def create_tag(
        self,
        site_id: UUID,
        body: NewTag,
        *,
        idempotency_key: str | None = None,
    ) -> Tag:
        """Makes a tag for a site's posts.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Tag.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/tags",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def list_tags(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> TagPage:
        """Lists a site's tags in the order of their ids.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return TagPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/tags",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    async def iterate_tags(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> AsyncIterator[Tag]:
        """Everything that `list_tags` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_tags(site_id, limit=limit, after=after)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_tag(
        self,
        site_id: UUID,
        tag_id: UUID,
    ) -> Tag:
        """Shows a tag."""
        return Tag.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/tags/{codec.segment(tag_id)}",
            )
        )

    async def change_tag(
        self,
        site_id: UUID,
        tag_id: UUID,
        body: TagChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Tag:
        """Changes what is sent of a tag; posts that have it are shown with its new slug.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Tag.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/tags/{codec.segment(tag_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_tag(
        self,
        site_id: UUID,
        tag_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a tag and takes it from its posts.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/tags/{codec.segment(tag_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def list_media(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        sort: Literal["id", "-id"] | None = None,
    ) -> MediaPage:
        """Lists a site's pictures and files, those of drafts too, in the order of ids: with `-id`, the newest first.

        `limit`: At most so many.

        `sort`: The order of their making; with `-`, the other way round.
        """
        return MediaPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/media",
                query={
                    "limit": limit,
                    "after": after,
                    "sort": sort,
                },
            )
        )

    async def iterate_media(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        sort: Literal["id", "-id"] | None = None,
    ) -> AsyncIterator[Media]:
        """Everything that `list_media` lists, page after page.

        `limit`: At most so many.

        `sort`: The order of their making; with `-`, the other way round.
        """
        while True:
            _page = await self.list_media(site_id, limit=limit, after=after, sort=sort)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def upload_media(
        self,
        site_id: UUID,
        body: bytes,
        *,
        file_name: str,
        alternative_text: str | None = None,
        idempotency_key: str | None = None,
    ) -> Media:
        """Keeps a file, which is the body. What the site has already, by its content, is answered as it is there.

        `file_name`: How the file is called; it gets an ending of its type.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Media.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/media",
                query={
                    "file_name": file_name,
                    "alternative_text": alternative_text,
                },
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def get_media_content(
        self,
        site_id: UUID,
        media_id: UUID,
    ) -> bytes:
        """The file itself, with its type; pictures are to be shown, everything else to be saved."""
        _read: bytes = codec.content(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/media/{codec.segment(media_id)}/content",
                raw=True,
            )
        )
        return _read

    async def get_media(
        self,
        site_id: UUID,
        media_id: UUID,
    ) -> Media:
        """Shows what is known of a picture or file, such as a post's `cover_media_id`."""
        return Media.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/media/{codec.segment(media_id)}",
            )
        )

    async def change_media(
        self,
        site_id: UUID,
        media_id: UUID,
        body: MediaChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Media:
        """Changes the alternative text of a picture or file.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Media.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/media/{codec.segment(media_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_media(
        self,
        site_id: UUID,
        media_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a picture or file. Posts that had it as their cover have none then, and are in another version.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/media/{codec.segment(media_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def create_redirect(
        self,
        site_id: UUID,
        body: NewRedirect,
        *,
        idempotency_key: str | None = None,
    ) -> Redirect:
        """Says for a path of a site that it leads elsewhere, or that it is gone.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Redirect.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/redirects",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def list_redirects(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        from_path: str | None = None,
    ) -> RedirectPage:
        """Lists a site's redirects in the order of their ids.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.

        `from_path`: The one of this path.
        """
        return RedirectPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/redirects",
                query={
                    "limit": limit,
                    "after": after,
                    "from_path": from_path,
                },
            )
        )

    async def iterate_redirects(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        from_path: str | None = None,
    ) -> AsyncIterator[Redirect]:
        """Everything that `list_redirects` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.

        `from_path`: The one of this path.
        """
        while True:
            _page = await self.list_redirects(site_id, limit=limit, after=after, from_path=from_path)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_redirect(
        self,
        site_id: UUID,
        redirect_id: UUID,
    ) -> Redirect:
        """Shows a redirect."""
        return Redirect.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/redirects/{codec.segment(redirect_id)}",
            )
        )

    async def change_redirect(
        self,
        site_id: UUID,
        redirect_id: UUID,
        body: RedirectChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Redirect:
        """Changes what is sent of a redirect; the rest stays.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Redirect.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/redirects/{codec.segment(redirect_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_redirect(
        self,
        site_id: UUID,
        redirect_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a redirect.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/redirects/{codec.segment(redirect_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def create_navigation_item(
        self,
        site_id: UUID,
        body: NewNavigationItem,
        *,
        idempotency_key: str | None = None,
    ) -> NavigationItem:
        """Puts an entry into a menu of a site. Those behind its place move on, and are in another version.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return NavigationItem.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/navigation",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def list_navigation(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        menu: Literal["header", "footer"] | None = None,
    ) -> NavigationPage:
        """Lists the entries of a site's menus in the order of their ids; `parent_id` and `position` say where they
        are.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return NavigationPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/navigation",
                query={
                    "limit": limit,
                    "after": after,
                    "menu": menu,
                },
            )
        )

    async def iterate_navigation(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        menu: Literal["header", "footer"] | None = None,
    ) -> AsyncIterator[NavigationItem]:
        """Everything that `list_navigation` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_navigation(site_id, limit=limit, after=after, menu=menu)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_navigation_item(
        self,
        site_id: UUID,
        item_id: UUID,
    ) -> NavigationItem:
        """Shows an entry of a menu."""
        return NavigationItem.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/navigation/{codec.segment(item_id)}",
            )
        )

    async def change_navigation_item(
        self,
        site_id: UUID,
        item_id: UUID,
        body: NavigationItemChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> NavigationItem:
        """Changes what is sent of an entry, or moves it: below another parent it is last unless `position` says
        where.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return NavigationItem.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/navigation/{codec.segment(item_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_navigation_item(
        self,
        site_id: UUID,
        item_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Takes an entry out of its menu, with all that is below it.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/navigation/{codec.segment(item_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def create_subscriber(
        self,
        site_id: UUID,
        body: NewSubscriber,
        *,
        idempotency_key: str | None = None,
    ) -> Subscriber:
        """Adds a subscriber to a site. Nothing is mailed to them by that.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Subscriber.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/subscribers",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def list_subscribers(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        sort: Literal["id", "-id"] | None = None,
        status: Literal["pending", "active", "unsubscribed", "bounced"] | None = None,
        email: str | None = None,
    ) -> SubscriberPage:
        """Lists a site's subscribers in the order of ids: with `-id`, the newest first.

        `limit`: At most so many.

        `sort`: The order of their making; with `-`, the other way round.

        `email`: The one with this address, whatever its capitals.
        """
        return SubscriberPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/subscribers",
                query={
                    "limit": limit,
                    "after": after,
                    "sort": sort,
                    "status": status,
                    "email": email,
                },
            )
        )

    async def iterate_subscribers(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        sort: Literal["id", "-id"] | None = None,
        status: Literal["pending", "active", "unsubscribed", "bounced"] | None = None,
        email: str | None = None,
    ) -> AsyncIterator[Subscriber]:
        """Everything that `list_subscribers` lists, page after page.

        `limit`: At most so many.

        `sort`: The order of their making; with `-`, the other way round.

        `email`: The one with this address, whatever its capitals.
        """
        while True:
            _page = await self.list_subscribers(site_id, limit=limit, after=after, sort=sort, status=status, email=email)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_subscriber(
        self,
        site_id: UUID,
        subscriber_id: UUID,
    ) -> Subscriber:
        """Shows a subscriber."""
        return Subscriber.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/subscribers/{codec.segment(subscriber_id)}",
            )
        )

    async def change_subscriber(
        self,
        site_id: UUID,
        subscriber_id: UUID,
        body: SubscriberChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Subscriber:
        """Changes a subscriber's status, and with it the times when they confirmed and unsubscribed.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Subscriber.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/subscribers/{codec.segment(subscriber_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_subscriber(
        self,
        site_id: UUID,
        subscriber_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a subscriber; who unsubscribed and is deleted can be added again as if they never had been there.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/subscribers/{codec.segment(subscriber_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def create_webhook(
        self,
        body: NewWebhook,
    ) -> WebhookWithSecret:
        """Makes a webhook. Its secret is in this answer and nowhere else: an Idempotency-Key is refused here."""
        return WebhookWithSecret.from_json(
            await self._call(
                "POST",
                "/api/v1/webhooks",
                body=body,
            )
        )

    async def list_webhooks(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        site_id: UUID | None = None,
    ) -> WebhookPage:
        """Lists the webhooks in the order of their ids; with `site_id`, those of that site alone.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return WebhookPage.from_json(
            await self._call(
                "GET",
                "/api/v1/webhooks",
                query={
                    "limit": limit,
                    "after": after,
                    "site_id": site_id,
                },
            )
        )

    async def iterate_webhooks(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        site_id: UUID | None = None,
    ) -> AsyncIterator[Webhook]:
        """Everything that `list_webhooks` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_webhooks(limit=limit, after=after, site_id=site_id)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_webhook(
        self,
        webhook_id: UUID,
    ) -> Webhook:
        """Shows a webhook."""
        return Webhook.from_json(
            await self._call(
                "GET",
                f"/api/v1/webhooks/{codec.segment(webhook_id)}",
            )
        )

    async def change_webhook(
        self,
        webhook_id: UUID,
        body: WebhookChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Webhook:
        """Changes what is sent of a webhook, pauses it or lets it go on; its secret stays.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Webhook.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/webhooks/{codec.segment(webhook_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    async def delete_webhook(
        self,
        webhook_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a webhook with what was delivered to it.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/webhooks/{codec.segment(webhook_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def list_webhook_deliveries(
        self,
        webhook_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        sort: Literal["id", "-id"] | None = None,
        status: Literal["pending", "delivered", "failed"] | None = None,
        event: str | None = None,
    ) -> DeliveryPage:
        """Lists what was sent to a webhook, or is to be, in the order of ids: with `-id`, the newest first.

        `limit`: At most so many.

        `sort`: The order of their making; with `-`, the other way round.
        """
        return DeliveryPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/webhooks/{codec.segment(webhook_id)}/deliveries",
                query={
                    "limit": limit,
                    "after": after,
                    "sort": sort,
                    "status": status,
                    "event": event,
                },
            )
        )

    async def iterate_webhook_deliveries(
        self,
        webhook_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
        sort: Literal["id", "-id"] | None = None,
        status: Literal["pending", "delivered", "failed"] | None = None,
        event: str | None = None,
    ) -> AsyncIterator[ListedDelivery]:
        """Everything that `list_webhook_deliveries` lists, page after page.

        `limit`: At most so many.

        `sort`: The order of their making; with `-`, the other way round.
        """
        while True:
            _page = await self.list_webhook_deliveries(webhook_id, limit=limit, after=after, sort=sort, status=status, event=event)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_webhook_delivery(
        self,
        webhook_id: UUID,
        delivery_id: UUID,
    ) -> Delivery:
        """Shows one delivery with what is sent."""
        return Delivery.from_json(
            await self._call(
                "GET",
                f"/api/v1/webhooks/{codec.segment(webhook_id)}/deliveries/{codec.segment(delivery_id)}",
            )
        )

    async def create_api_key(
        self,
        body: NewApiKey,
    ) -> ApiKeyWithSecret:
        """Makes a key. Its secret is in this answer and nowhere else: an Idempotency-Key is refused here."""
        return ApiKeyWithSecret.from_json(
            await self._call(
                "POST",
                "/api/v1/api-keys",
                body=body,
            )
        )

    async def list_api_keys(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> ApiKeyPage:
        """Lists the keys in the order of their ids, those too that were revoked.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return ApiKeyPage.from_json(
            await self._call(
                "GET",
                "/api/v1/api-keys",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    async def iterate_api_keys(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> AsyncIterator[ApiKey]:
        """Everything that `list_api_keys` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_api_keys(limit=limit, after=after)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_api_key(
        self,
        key_id: UUID,
    ) -> ApiKey:
        """Shows a key."""
        return ApiKey.from_json(
            await self._call(
                "GET",
                f"/api/v1/api-keys/{codec.segment(key_id)}",
            )
        )

    async def revoke_api_key(
        self,
        key_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Revokes a key for good; replicas that know it let it in for some seconds more. It goes on being listed.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/api-keys/{codec.segment(key_id)}",
            headers={
                "if-match": if_match,
            },
        )

    async def start_sign_up(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to an address, with which to go on. Whether it has an account already, only the mail says."""
        await self._call(
            "POST",
            "/api/v1/sign-ups",
            body=body,
        )

    async def show_sign_up(
        self,
        body: LinkToken,
    ) -> ShownSignUp:
        """Which address a link to sign up was mailed to. It is not used up by that."""
        return ShownSignUp.from_json(
            await self._call(
                "POST",
                "/api/v1/sign-ups/show",
                body=body,
            )
        )

    async def finish_sign_up(
        self,
        body: SignUp,
    ) -> CurrentSession:
        """Makes the account whose address the link was mailed to, and signs it in: the answer sets the cookie."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/sign-ups/finish",
                body=body,
            )
        )

    async def welcome(
        self,
        body: Welcome,
    ) -> CurrentSession:
        """Makes the first administrator of the platform, with the link that `up.sh` printed, and signs them in."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/welcome",
                body=body,
            )
        )

    async def get_session(
        self,
    ) -> CurrentSession:
        """Who is signed in."""
        return CurrentSession.from_json(
            await self._call(
                "GET",
                "/api/v1/session",
            )
        )

    async def sign_in(
        self,
        body: PasswordSignIn,
    ) -> CurrentSession:
        """Signs in with a password: the answer sets the cookie. 401 `code_required` if the account has a second
        factor.
        """
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/session",
                body=body,
            )
        )

    async def sign_out(
        self,
    ) -> None:
        """Ends this session."""
        await self._call(
            "DELETE",
            "/api/v1/session",
        )

    async def choose_organisation(
        self,
        body: SessionChoice,
    ) -> CurrentSession:
        """The session acts for another organisation from now on, with a new cookie."""
        return CurrentSession.from_json(
            await self._call(
                "PATCH",
                "/api/v1/session",
                body=body,
            )
        )

    async def send_sign_in_link(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to sign in with; to an address without an account, one to sign up with."""
        await self._call(
            "POST",
            "/api/v1/session/links",
            body=body,
        )

    async def sign_in_by_link(
        self,
        body: LinkSignIn,
    ) -> CurrentSession:
        """Signs in with a link that was mailed: the answer sets the cookie, and the link is used up."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/session/by-link",
                body=body,
            )
        )

    async def list_sessions(
        self,
    ) -> SessionList:
        """Lists the places where the account is signed in."""
        return SessionList.from_json(
            await self._call(
                "GET",
                "/api/v1/sessions",
            )
        )

    async def end_all_sessions(
        self,
    ) -> None:
        """Signs the account out everywhere, here too: at once on this replica, within 3 s on the others."""
        await self._call(
            "DELETE",
            "/api/v1/sessions",
        )

    async def end_session(
        self,
        session_id: UUID,
    ) -> None:
        """Signs the account out in one place."""
        await self._call(
            "DELETE",
            f"/api/v1/sessions/{codec.segment(session_id)}",
        )

    async def start_password_reset(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to choose a new password with; to an address without an account, one to sign up with."""
        await self._call(
            "POST",
            "/api/v1/password-resets",
            body=body,
        )

    async def finish_password_reset(
        self,
        body: PasswordReset,
    ) -> None:
        """Sets a new password with a link that was mailed. Every session of the account ends."""
        await self._call(
            "POST",
            "/api/v1/password-resets/finish",
            body=body,
        )

    async def change_password(
        self,
        body: PasswordChange,
    ) -> CurrentSession:
        """Sets a new password. This session goes on with a new cookie, all others end."""
        return CurrentSession.from_json(
            await self._call(
                "PUT",
                "/api/v1/account/password",
                body=body,
            )
        )

    async def start_email_change(
        self,
        body: AddressChange,
    ) -> None:
        """Mails a link to a new address for the account. If that has an account already, only the mail says so."""
        await self._call(
            "POST",
            "/api/v1/account/email",
            body=body,
        )

    async def finish_email_change(
        self,
        body: LinkToken,
    ) -> CurrentSession:
        """The account has the new address now. This session goes on with a new cookie, all others end."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/account/email/confirm",
                body=body,
            )
        )

    async def set_up_authenticator(
        self,
        body: Proof,
    ) -> AuthenticatorKey:
        """Makes a key for an authenticator app. It counts once it is confirmed with a code."""
        return AuthenticatorKey.from_json(
            await self._call(
                "POST",
                "/api/v1/account/authenticator",
                body=body,
            )
        )

    async def confirm_authenticator(
        self,
        body: AuthenticatorCode,
    ) -> RecoveryCodes:
        """From now on the account asks for codes. The answer has recovery codes, and all other sessions end."""
        return RecoveryCodes.from_json(
            await self._call(
                "POST",
                "/api/v1/account/authenticator/confirm",
                body=body,
            )
        )

    async def renew_recovery_codes(
        self,
        body: Proof,
    ) -> RecoveryCodes:
        """Makes new recovery codes in place of the old ones."""
        return RecoveryCodes.from_json(
            await self._call(
                "POST",
                "/api/v1/account/authenticator/recovery-codes",
                body=body,
            )
        )

    async def remove_authenticator(
        self,
        body: Proof,
    ) -> None:
        """The password is enough again."""
        await self._call(
            "POST",
            "/api/v1/account/authenticator/remove",
            body=body,
        )

    async def create_organisation(
        self,
        body: NewOrganisation,
    ) -> CurrentSession:
        """Makes an organisation, with oneself as owner. The session acts for it from now on, with a new cookie."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/organisations",
                body=body,
            )
        )

    async def list_invitations(
        self,
    ) -> InvitationList:
        """Lists the invitations that nobody has accepted yet."""
        return InvitationList.from_json(
            await self._call(
                "GET",
                "/api/v1/invitations",
            )
        )

    async def invite(
        self,
        body: NewInvitation,
    ) -> MadeInvitation:
        """Invites somebody to the session's organisation. Owners and admins may, with a role that is not above
        theirs.
        """
        return MadeInvitation.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations",
                body=body,
            )
        )

    async def take_invitation_back(
        self,
        invitation_id: UUID,
    ) -> None:
        """Takes an invitation back: its link is good for nothing from now on."""
        await self._call(
            "DELETE",
            f"/api/v1/invitations/{codec.segment(invitation_id)}",
        )

    async def show_invitation(
        self,
        body: InvitationToken,
    ) -> ShownInvitation:
        """What an invitation's link is for. It is not used up by that."""
        return ShownInvitation.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations/show",
                body=body,
            )
        )

    async def accept_invitation(
        self,
        body: InvitationToken,
    ) -> CurrentSession:
        """Joins the organisation. The session acts for it from now on, with a new cookie."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations/accept",
                body=body,
            )
        )

    async def accept_invitation_as_new_member(
        self,
        body: NewMember,
    ) -> CurrentSession:
        """Makes an account for the address that was invited by mail, joins, and signs in."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations/accept-new",
                body=body,
            )
        )

    async def list_members(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> MemberPage:
        """Lists who is in the session's organisation, in the order of their accounts' ids. Owners and admins may.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return MemberPage.from_json(
            await self._call(
                "GET",
                "/api/v1/members",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    async def iterate_members(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> AsyncIterator[Member]:
        """Everything that `list_members` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_members(limit=limit, after=after)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def change_member(
        self,
        account_id: UUID,
        body: MemberChange,
        *,
        if_match: str | None = None,
    ) -> Member:
        """Gives a member another role: neither theirs nor the new one may be above one's own. The last owner stays
        one.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        return Member.from_json(
            await self._call(
                "PATCH",
                f"/api/v1/members/{codec.segment(account_id)}",
                headers={
                    "if-match": if_match,
                },
                body=body,
            )
        )

    async def remove_member(
        self,
        account_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Ends a membership: oneself may leave, owners and admins remove others. The last owner stays, as do posts.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        await self._call(
            "DELETE",
            f"/api/v1/members/{codec.segment(account_id)}",
            headers={
                "if-match": if_match,
            },
        )
