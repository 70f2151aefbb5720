"""What organisations may have: plans with their limits, and exceptions for one organisation."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    UpdatedAt,
    in_organisation,
    length,
    matches,
    not_negative,
    one_of,
)
from app.models.words import WORDS_PATTERN

# Made by the first migration, without limits.
DEFAULT_PLAN = "00000000-0000-7000-8000-000000000001"


class Resource(StrEnum):
    """What can be limited; the unit is in the word."""

    SITES = "sites"
    MEMBERS = "members"
    POSTS = "posts"
    SUBSCRIBERS = "subscribers"
    MEDIA_BYTES = "media_bytes"
    PAGE_VIEWS_PER_MONTH = "page_views_per_month"
    REQUESTS_PER_MINUTE = "requests_per_minute"


class Plan(Base):
    """New organisations get the default one, of which there is at most one."""

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("slug"),
        Index("uq_plan_is_default", "is_default", unique=True, postgresql_where=text("is_default")),
        matches("slug", WORDS_PATTERN),
        length("name", 200, least=1),
    )

    id: Mapped[Id]
    slug: Mapped[str]
    name: Mapped[str]
    is_default: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class PlanLimit(Base):
    """The most of a resource that a plan allows. Without a row there is no limit."""

    __tablename__ = "plan_limit"
    __table_args__ = (one_of("resource", Resource), *not_negative("most"))

    plan_id: Mapped[Reference] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    most: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class OrganisationLimit(Base):
    """An exception for one organisation, in place of its plan's limit."""

    __tablename__ = "organisation_limit"
    __table_args__ = (in_organisation(), one_of("resource", Resource), *not_negative("most"))

    organisation_id: Mapped[OrganisationId] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    most: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
