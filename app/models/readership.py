"""Who reads a site: subscribers by name, page views as numbers by day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    SECRET,
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    UpdatedAt,
    in_site,
    length,
    matches,
    not_negative,
    one_of,
)
from app.models.shown import READ, WRITE
from app.models.words import EMAIL_LENGTH, EMAIL_PATTERN, PATH_PATTERN, URL_LENGTH


class SubscriberStatus(StrEnum):
    """Nobody is written to who has not confirmed."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


class Subscriber(Base):
    """Somebody who wants a site's posts by e-mail. `token_sha256` is of what stands in the links that they get."""

    __tablename__ = "subscriber"
    __table_args__ = (
        in_site(),
        Index("uq_subscriber_email", "site_id", text("lower(email)"), unique=True),
        Index(None, "organisation_id", "site_id", "id"),
        matches("email", EMAIL_PATTERN),
        length("email", EMAIL_LENGTH, least=3, of="email_length"),
        one_of("status", SubscriberStatus),
        CheckConstraint("status <> 'active' OR confirmed_at IS NOT NULL", name="confirmed_at"),
        CheckConstraint("octet_length(token_sha256) = 32", name="token_sha256"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference] = mapped_column(info=READ)
    email: Mapped[str] = mapped_column(info=WRITE)
    status: Mapped[str] = mapped_column(server_default=SubscriberStatus.PENDING.value, info=WRITE)
    token_sha256: Mapped[bytes] = mapped_column(info=SECRET)
    confirmed_at: Mapped[datetime | None] = mapped_column(info=READ)
    unsubscribed_at: Mapped[datetime | None] = mapped_column(info=READ)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class PageViewDay(Base):
    """How often a page was seen on one day of the site's time zone."""

    __tablename__ = "page_view_day"
    __table_args__ = (
        in_site(),
        Index(None, "organisation_id", "site_id", "day"),
        matches("path", PATH_PATTERN),
        length("path", URL_LENGTH, of="path_length"),
        *not_negative("views", "visitors"),
        CheckConstraint("visitors <= views", name="visitors_among_views"),
    )

    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger, server_default="0")
    visitors: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
