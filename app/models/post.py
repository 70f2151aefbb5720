"""A post of a site."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    UpdatedAt,
    in_site,
    length,
    matches,
    one_of,
    parent_in_site,
)
from app.models.shown import READ, WRITE
from app.models.words import LANGUAGE_PATTERN, URL_LENGTH, URL_PATTERN, WORDS_PATTERN

TITLE_LENGTH = 200
BODY_LENGTH = 200_000
SLUG_LENGTH = 200
EXCERPT_LENGTH = 1_000


class PostStatus(StrEnum):
    """Readers see what is published; who has its address sees what is unlisted; nobody else sees the others."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    UNLISTED = "unlisted"
    ARCHIVED = "archived"


class Post(Base):
    """The same title and body twice are two posts; the address is unique in a site and language.

    `published_at` is the time of publishing, in the future while it is scheduled. `language` is the site's if it is
    null. Posts of one `translation_group_id` are the same post in several languages. `seo_…` and `canonical_url` take
    the place of what is said to search engines otherwise.
    """

    __tablename__ = "post"
    __table_args__ = (
        in_site(),
        parent_in_site(),
        in_site("cover_media_id", parent="media", ondelete="SET NULL (cover_media_id)"),
        UniqueConstraint("site_id", "language", "slug", postgresql_nulls_not_distinct=True),
        Index(
            "uq_post_translation",
            "site_id",
            "translation_group_id",
            "language",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("translation_group_id IS NOT NULL"),
        ),
        # What readers are shown, newest first, and what the worker publishes next.
        Index("ix_post_published", "site_id", "published_at", "id", postgresql_where=text("status = 'published'")),
        Index("ix_post_scheduled", "published_at", postgresql_where=text("status = 'scheduled'")),
        Index(
            "ix_post_cover",
            *("organisation_id", "site_id", "cover_media_id"),
            postgresql_where=text("cover_media_id IS NOT NULL"),
        ),
        one_of("status", PostStatus),
        CheckConstraint(
            "published_at IS NOT NULL OR status IN ('draft', 'archived')",
            name="published_at",
        ),
        length("title", TITLE_LENGTH, least=1),
        matches("slug", WORDS_PATTERN),
        length("slug", SLUG_LENGTH, least=1, of="slug_length"),
        length("body", BODY_LENGTH),
        length("excerpt", EXCERPT_LENGTH),
        matches("language", LANGUAGE_PATTERN),
        length("seo_title", TITLE_LENGTH),
        length("seo_description", EXCERPT_LENGTH),
        matches("canonical_url", URL_PATTERN),
        length("canonical_url", URL_LENGTH, of="canonical_url_length"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference] = mapped_column(info=READ)
    slug: Mapped[str] = mapped_column(info=WRITE)
    title: Mapped[str] = mapped_column(info=WRITE)
    body: Mapped[str] = mapped_column(info=WRITE)
    excerpt: Mapped[str] = mapped_column(server_default="", info=WRITE)
    status: Mapped[str] = mapped_column(server_default=PostStatus.DRAFT.value, info=WRITE)
    published_at: Mapped[datetime | None] = mapped_column(info=WRITE)
    language: Mapped[str | None] = mapped_column(info=WRITE)
    translation_group_id: Mapped[Reference | None] = mapped_column(info=WRITE)
    cover_media_id: Mapped[Reference | None] = mapped_column(info=WRITE)
    seo_title: Mapped[str | None] = mapped_column(info=WRITE)
    seo_description: Mapped[str | None] = mapped_column(info=WRITE)
    canonical_url: Mapped[str | None] = mapped_column(info=WRITE)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
