"""What happened to an account and is no organisation's: sign-ins and what they are made with."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Id, Reference, length, matches
from app.models.session import USER_AGENT_LENGTH
from app.models.words import WORDS_PATTERN


class AccountEvent(Base):
    """Never changed. What is an organisation's, invitations for one, is in `audit_event`."""

    __tablename__ = "account_event"
    __table_args__ = (
        Index(None, "account_id", "id"),
        matches("action", WORDS_PATTERN),
        length("user_agent", USER_AGENT_LENGTH),
        length("request_id", 64),
    )

    id: Mapped[Id]
    account_id: Mapped[Reference] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    action: Mapped[str]
    client_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str] = mapped_column(server_default="")
    request_id: Mapped[str | None]
    created_at: Mapped[CreatedAt]
