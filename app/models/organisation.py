"""A company, or whatever else several people do together: the tenant. And who may do what in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Id, OrganisationId, Reference, UpdatedAt, in_organisation, length, one_of

NAME_LENGTH = 200


class Organisation(Base):
    """Everything but accounts and plans belongs to one. What it may have is its plan's, and its own limits first."""

    __tablename__ = "organisation"
    __table_args__ = (Index(None, "plan_id"), length("name", NAME_LENGTH, least=1))

    id: Mapped[Id]
    name: Mapped[str]
    plan_id: Mapped[Reference] = mapped_column(ForeignKey("plan.id", ondelete="RESTRICT"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Role(StrEnum):
    """Each may do what the next may, and more."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    WRITER = "writer"


class Member(Base):
    """An account in an organisation. Whoever left stays, with `ended_at`: posts go on naming their authors."""

    __tablename__ = "member"
    __table_args__ = (
        in_organisation(),
        UniqueConstraint("organisation_id", "account_id"),
        Index(None, "account_id"),
        one_of("role", Role),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    account_id: Mapped[Reference] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    role: Mapped[str]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
