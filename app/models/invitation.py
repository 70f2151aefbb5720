"""An invitation to an organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    SECRET,
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    UpdatedAt,
    in_organisation,
    length,
    matches,
    one_of,
)
from app.models.organisation import Role
from app.models.words import EMAIL_LENGTH, EMAIL_PATTERN


class Invitation(Base):
    """By mail it is for who has that address; without one, for who has the link. It is accepted once."""

    __tablename__ = "invitation"
    __table_args__ = (
        in_organisation(),
        ForeignKeyConstraint(
            ["organisation_id", "invited_by_account_id"],
            ["member.organisation_id", "member.account_id"],
            ondelete="SET NULL (invited_by_account_id)",
        ),
        UniqueConstraint("secret_sha256"),
        Index(None, "organisation_id", "id"),
        Index(None, "organisation_id", "invited_by_account_id"),
        one_of("role", Role),
        matches("email", EMAIL_PATTERN),
        length("email", EMAIL_LENGTH, least=3, of="email_length"),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_sha256"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    email: Mapped[str | None]
    role: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(info=SECRET)
    invited_by_account_id: Mapped[Reference | None]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
