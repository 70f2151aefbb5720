"""What posts are about."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
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
    parent_in_site,
)
from app.models.post import EXCERPT_LENGTH, SLUG_LENGTH
from app.models.words import WORDS_PATTERN


class Tag(Base):
    """What posts of a site are about."""

    __tablename__ = "tag"
    __table_args__ = (
        in_site(),
        parent_in_site(),
        UniqueConstraint("site_id", "slug"),
        matches("slug", WORDS_PATTERN),
        length("slug", SLUG_LENGTH, least=1, of="slug_length"),
        length("name", 200, least=1),
        length("description", EXCERPT_LENGTH),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference]
    slug: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class PostTag(Base):
    """A tag of a post."""

    __tablename__ = "post_tag"
    __table_args__ = (
        in_site("post_id", parent="post"),
        in_site("tag_id", parent="tag"),
        Index(None, "organisation_id", "site_id", "tag_id"),
    )

    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference]
    post_id: Mapped[Reference] = mapped_column(primary_key=True)
    tag_id: Mapped[Reference] = mapped_column(primary_key=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
