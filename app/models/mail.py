"""Mail on its way out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Id, UpdatedAt, length, matches, not_negative
from app.models.words import EMAIL_LENGTH, EMAIL_PATTERN


class Mail(Base):
    """Written with what causes it, sent by the worker. Once it is sent its text goes: links in it let people in.

    At `expires_at` it is not worth sending any more: then it is dropped, `last_error` says why, and its text goes too.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_due", "send_at", postgresql_where=text("sent_at IS NULL")),
        Index(None, "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
        matches("recipient", EMAIL_PATTERN),
        length("recipient", EMAIL_LENGTH, least=3, of="recipient_length"),
        length("subject", 300, least=1),
        length("body_text", 20_000),
        length("body_html", 100_000),
        length("last_error", 1_000),
        *not_negative("attempts"),
    )

    id: Mapped[Id]
    recipient: Mapped[str]
    subject: Mapped[str]
    body_text: Mapped[str]
    body_html: Mapped[str]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    send_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
