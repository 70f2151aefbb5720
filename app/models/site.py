"""A site: one blog with its address and its looks."""

from __future__ import annotations

from sqlalchemy import Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Settings,
    UpdatedAt,
    in_organisation,
    length,
    matches,
    not_negative,
    parent_in_organisation,
)
from app.models.shown import READ, WRITE
from app.models.words import BASE_PATH_PATTERN, LANGUAGE_PATTERN, TIME_ZONE_PATTERN, WORDS_PATTERN

SLUG_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
TITLE_LENGTH = 200


class Site(Base):
    """`slug` is its DNS label under the blog domain; `post_count` is brought up to date by the worker.

    `base_path` is where it begins on its custom domains: `/`, or `/blog` beside pages of somebody else.
    """

    __tablename__ = "site"
    __table_args__ = (
        in_organisation(),
        parent_in_organisation(),
        UniqueConstraint("slug"),
        matches("slug", SLUG_PATTERN),
        length("title", TITLE_LENGTH, least=1),
        matches("base_path", BASE_PATH_PATTERN),
        matches("language", LANGUAGE_PATTERN),
        matches("time_zone", TIME_ZONE_PATTERN),
        matches("theme", WORDS_PATTERN),
        *not_negative("post_count"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    slug: Mapped[str] = mapped_column(info=WRITE)
    title: Mapped[str] = mapped_column(info=WRITE)
    base_path: Mapped[str] = mapped_column(server_default="/", info=WRITE)
    language: Mapped[str] = mapped_column(server_default="en", info=WRITE)
    time_zone: Mapped[str] = mapped_column(server_default="UTC", info=WRITE)
    theme: Mapped[str] = mapped_column(server_default="default", info=WRITE)
    theme_settings: Mapped[Settings] = mapped_column(info=WRITE)
    post_count: Mapped[int] = mapped_column(Integer, server_default="0", info=READ)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
