"""Addresses that are told what happens, and every time that they were."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Double, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    SECRET,
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    Settings,
    UpdatedAt,
    Words,
    in_organisation,
    in_site,
    length,
    matches,
    not_negative,
    one_of,
    parent_in_organisation,
)
from app.models.shown import READ, WRITE
from app.models.words import URL_LENGTH, URL_PATTERN


class Webhook(Base):
    """Of an organisation; with `site_id`, for that site alone. What is sent is signed with `signing_key`."""

    __tablename__ = "webhook"
    __table_args__ = (
        in_organisation(),
        parent_in_organisation(),
        in_site(),
        Index(None, "organisation_id", "site_id"),
        matches("url", URL_PATTERN),
        length("url", URL_LENGTH, of="url_length"),
        CheckConstraint("octet_length(signing_key) >= 32", name="signing_key"),
        CheckConstraint("cardinality(events) > 0", name="events"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference | None] = mapped_column(info=WRITE)
    url: Mapped[str] = mapped_column(info=WRITE)
    events: Mapped[Words] = mapped_column(info=WRITE)
    signing_key: Mapped[bytes] = mapped_column(info=SECRET)
    paused_at: Mapped[datetime | None] = mapped_column(info=READ)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class DeliveryStatus(StrEnum):
    """Failed is for good: it was tried often enough."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookDelivery(Base):
    """One event for one webhook, and what became of it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        in_organisation("webhook_id", parent="webhook"),
        Index(None, "organisation_id", "webhook_id", "id"),
        Index("ix_webhook_delivery_due", "next_attempt_at", postgresql_where=text("status = 'pending'")),
        one_of("status", DeliveryStatus),
        length("event", 100, least=1),
        CheckConstraint("(status = 'pending') = (next_attempt_at IS NOT NULL)", name="next_attempt_at"),
        CheckConstraint("response_status BETWEEN 100 AND 599", name="response_status"),
        length("last_error", 1_000),
        *not_negative("attempts", "response_seconds"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    webhook_id: Mapped[Reference] = mapped_column(info=READ)
    event: Mapped[str] = mapped_column(info=READ)
    payload: Mapped[Settings] = mapped_column(info=READ)
    status: Mapped[str] = mapped_column(server_default=DeliveryStatus.PENDING.value, info=READ)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0", info=READ)
    next_attempt_at: Mapped[datetime | None] = mapped_column(server_default=text("now()"), info=READ)
    response_status: Mapped[int | None] = mapped_column(SmallInteger, info=READ)
    response_seconds: Mapped[float | None] = mapped_column(Double, info=READ)
    last_error: Mapped[str | None] = mapped_column(info=READ)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
