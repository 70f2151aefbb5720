"""Who changed what, when and why: of an organisation's rows, and of what belongs to none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    ACTING_OPERATOR,
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    in_organisation,
    length,
    matches,
)
from app.models.words import WORDS_PATTERN

OPERATOR_LENGTH = 200


class AuditEvent(Base):
    """One change of one row, with what was before and after. It is never changed, and outlives what it tells of.

    `account_id` is null where a program did it, or an operator in Studio, who then stands in `operator`.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        in_organisation(),
        ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["member.organisation_id", "member.account_id"],
            ondelete="SET NULL (account_id)",
        ),
        Index(None, "organisation_id", "id"),
        Index(None, "organisation_id", "account_id", postgresql_where=text("account_id IS NOT NULL")),
        Index(None, "organisation_id", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
        matches("action", WORDS_PATTERN),
        length("subject_table", 63),
        length("reason", 1_000),
        length("request_id", 64),
        length("operator", OPERATOR_LENGTH, least=1),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    account_id: Mapped[Reference | None]
    operator: Mapped[str | None] = mapped_column(server_default=ACTING_OPERATOR)
    action: Mapped[str]
    subject_table: Mapped[str | None]
    subject_id: Mapped[Reference | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(server_default="")
    request_id: Mapped[str | None]
    client_address: Mapped[str | None] = mapped_column(INET)
    created_at: Mapped[CreatedAt]


class PlatformAuditEvent(Base):
    """What an operator did to rows that belong to no organisation, or to an organisation as a whole.

    It hangs on nothing, so that it outlives an organisation, whose own events go with it. Only operators read it.
    """

    __tablename__ = "platform_audit_event"
    __table_args__ = (
        Index(None, "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
        matches("action", WORDS_PATTERN),
        length("operator", OPERATOR_LENGTH, least=1),
        length("subject_table", 63),
        length("reason", 1_000),
        length("request_id", 64),
    )

    id: Mapped[Id]
    operator: Mapped[str] = mapped_column(server_default=ACTING_OPERATOR)
    action: Mapped[str]
    subject_table: Mapped[str | None]
    subject_id: Mapped[Reference | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(server_default="")
    request_id: Mapped[str | None]
    client_address: Mapped[str | None] = mapped_column(INET)
    created_at: Mapped[CreatedAt]


class CaptainAuditEvent(Base):
    """What somebody asked captain for, and whether they got it. Captain gives the id, and so writes it once.

    `who` is one of captain's users, which are no accounts; empty for somebody who is none.
    """

    __tablename__ = "captain_audit_event"
    __table_args__ = (
        length("who", 200),
        length("client", 100),
        length("what", 1_000),
    )

    id: Mapped[Id]
    happened_at: Mapped[datetime]
    who: Mapped[str]
    client: Mapped[str]
    what: Mapped[str]
    went_well: Mapped[bool]
    created_at: Mapped[CreatedAt]
