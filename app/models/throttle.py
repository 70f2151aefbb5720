"""Counters of what failed too often."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Id, UpdatedAt, matches, not_negative


class Throttle(Base):
    """All replicas count here. The key is a hash, so nothing tells who tried; `app/accounts/pauses.py` makes it."""

    __tablename__ = "throttle"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(None, "expires_at"),
        matches("key", "^[0-9a-f]{64}$"),
        *not_negative("failures"),
    )

    id: Mapped[Id]
    key: Mapped[str]
    failures: Mapped[int] = mapped_column(server_default="0")
    blocked_until: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
