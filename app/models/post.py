"""A post of a site."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Key

TITLE_LENGTH = 200
BODY_LENGTH = 200_000


class Post(Base):
    """Nothing but the key is unique: the same title and body twice are two posts."""

    __tablename__ = "post"
    __table_args__ = (
        Index(None, "site_id", "id"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH}", name="title"),
        CheckConstraint(f"char_length(body) <= {BODY_LENGTH}", name="body"),
    )

    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("site.id", ondelete="CASCADE"))
    title: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[CreatedAt]
