"""Keys that short secrets of accounts are sealed with, themselves sealed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import SECRET, Base, CreatedAt, Id, Reference


class SealingKey(Base):
    """One key for one generation of the app's password, from which what opens it follows; made again, never changed."""

    __tablename__ = "sealing_key"
    __table_args__ = (
        UniqueConstraint("key_id", "opener"),
        CheckConstraint("octet_length(opener) = 32", name="opener"),
        CheckConstraint("octet_length(sealed) = 64", name="sealed"),
    )

    id: Mapped[Id]
    key_id: Mapped[Reference]
    opener: Mapped[bytes] = mapped_column(info=SECRET)
    sealed: Mapped[bytes] = mapped_column(info=SECRET)
    created_at: Mapped[CreatedAt]
