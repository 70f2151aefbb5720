"""A person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Id, Reference, UpdatedAt, length, matches
from app.models.words import EMAIL_LENGTH, EMAIL_PATTERN, LANGUAGE_PATTERN, TIME_ZONE_PATTERN

NAME_LENGTH = 200


class Account(Base):
    """Belongs to no organisation: its memberships say where it may do what. An address is one whatever its capitals."""

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_email", text("lower(email)"), unique=True),
        matches("email", EMAIL_PATTERN),
        length("email", EMAIL_LENGTH, least=3, of="email_length"),
        length("name", NAME_LENGTH),
        matches("language", LANGUAGE_PATTERN),
        matches("time_zone", TIME_ZONE_PATTERN),
    )

    id: Mapped[Id]
    email: Mapped[str]
    email_verified_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="en")
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class PlatformAdministrator(Base):
    """An account that administers the platform itself, over all organisations."""

    __tablename__ = "platform_administrator"
    __table_args__ = (UniqueConstraint("account_id"),)

    id: Mapped[Id]
    account_id: Mapped[Reference] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
