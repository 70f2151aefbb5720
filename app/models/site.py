"""A site: one tenant's blog."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Key

SLUG_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
TITLE_LENGTH = 200


class Site(Base):
    """`slug` is its DNS label under the blog domain; `post_count` is brought up to date by the worker."""

    __tablename__ = "site"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint(f"slug ~ '{SLUG_PATTERN}'", name="slug"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH}", name="title"),
    )

    id: Mapped[Key]
    slug: Mapped[str]
    title: Mapped[str]
    post_count: Mapped[int] = mapped_column(Integer, server_default="0")
    created_at: Mapped[CreatedAt]
