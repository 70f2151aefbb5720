"""Somebody signed in with a browser, and links that let them in once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import SECRET, Base, CreatedAt, Id, Reference, UpdatedAt, length, one_of
from app.models.words import EMAIL_LENGTH

USER_AGENT_LENGTH = 300


class Session(Base):
    """Until it expires or is ended, which deletes the row. It acts for the organisation that its owner chose."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("secret_sha256"),
        ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["member.organisation_id", "member.account_id"],
            ondelete="SET NULL (organisation_id)",
        ),
        Index(None, "account_id"),
        Index(None, "expires_at"),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_sha256"),
        length("user_agent", USER_AGENT_LENGTH),
    )

    id: Mapped[Id]
    account_id: Mapped[Reference] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    organisation_id: Mapped[Reference | None]
    secret_sha256: Mapped[bytes] = mapped_column(info=SECRET)
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    client_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Purpose(StrEnum):
    """What a one-time token is for; it is good for nothing else."""

    SIGN_UP = "sign_up"
    MAGIC_LINK = "magic_link"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word, no password
    EMAIL_CHANGE = "email_change"
    FIRST_ADMINISTRATOR = "first_administrator"


class OneTimeToken(Base):
    """What a link holds: the hash of it. Before there is an account, it is of an address, or of nobody."""

    __tablename__ = "one_time_token"
    __table_args__ = (
        UniqueConstraint("secret_sha256"),
        Index(None, "account_id"),
        Index(None, "expires_at"),
        one_of("purpose", Purpose),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_sha256"),
        length("email", EMAIL_LENGTH, least=3),
    )

    id: Mapped[Id]
    purpose: Mapped[str]
    account_id: Mapped[Reference | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    email: Mapped[str | None]
    secret_sha256: Mapped[bytes] = mapped_column(info=SECRET)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
