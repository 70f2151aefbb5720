# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""What the API takes and gives. A member that was left out is `UNSET`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime as DateTime
from uuid import UUID

from flotilla_sdk import codec
from flotilla_sdk.codec import UNSET

__all__ = [
    "NewPost",
    "NewSite",
    "Post",
    "PostPage",
    "Site",
    "SitePage",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A post to create."""

    title: str
    body: str

    @classmethod
    def from_json(cls, value: object) -> NewPost:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewPost")
        return cls(
            title=codec.required(members, "title", codec.string),
            body=codec.required(members, "body", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "title": self.title,
                "body": self.body,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """A site to create."""

    slug: str
    title: str

    @classmethod
    def from_json(cls, value: object) -> NewSite:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewSite")
        return cls(
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "slug": self.slug,
                "title": self.title,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post."""

    id: UUID
    site_id: UUID
    title: str
    body: str
    created_at: DateTime

    @classmethod
    def from_json(cls, value: object) -> Post:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Post")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            title=codec.required(members, "title", codec.string),
            body=codec.required(members, "body", codec.string),
            created_at=codec.required(members, "created_at", codec.date_time),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "title": self.title,
                "body": self.body,
                "created_at": self.created_at,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """Posts in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Post]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> PostPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "PostPage")
        return cls(
            items=codec.required(members, "items", codec.array(Post.from_json)),
            next=codec.required(members, "next", codec.nullable(codec.uuid)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "items": self.items,
                "next": self.next,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site; `post_count` may be some seconds old."""

    id: UUID
    slug: str
    title: str
    post_count: int
    created_at: DateTime

    @classmethod
    def from_json(cls, value: object) -> Site:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Site")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
            post_count=codec.required(members, "post_count", codec.integer),
            created_at=codec.required(members, "created_at", codec.date_time),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "slug": self.slug,
                "title": self.title,
                "post_count": self.post_count,
                "created_at": self.created_at,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage:
    """Sites in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Site]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> SitePage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SitePage")
        return cls(
            items=codec.required(members, "items", codec.array(Site.from_json)),
            next=codec.required(members, "next", codec.nullable(codec.uuid)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "items": self.items,
                "next": self.next,
            }
        )
