"""What is known of requests to the API: answers that are given again, and how many there were."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import SECRET, Base, CreatedAt, OrganisationId, Reference, UpdatedAt, in_organisation, not_negative


class IdempotencyKey(Base):
    """The answer to a request that had an `Idempotency-Key`, which is given again for the same key and request.

    `key_sha256` is of the key and of who sent it; `request_sha256` of all that makes the request what it is.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (
        in_organisation(),
        Index(None, "created_at"),
        CheckConstraint("octet_length(key_sha256) = 32", name="key_sha256"),
        CheckConstraint("octet_length(request_sha256) = 32", name="request_sha256"),
        CheckConstraint("status BETWEEN 200 AND 299", name="status"),
    )

    organisation_id: Mapped[OrganisationId] = mapped_column(primary_key=True)
    key_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    request_sha256: Mapped[bytes]
    status: Mapped[int] = mapped_column(SmallInteger)
    etag: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(info=SECRET)  # of a new key, it holds the key itself
    created_at: Mapped[CreatedAt]


class RequestCount(Base):
    """How many requests a key sent in a minute, to all replicas. `caller_id` is its id, zeros for the bundle's."""

    __tablename__ = "request_count"
    __table_args__ = (in_organisation(), Index(None, "minute_at"), *not_negative("requests"))

    organisation_id: Mapped[OrganisationId] = mapped_column(primary_key=True)
    caller_id: Mapped[Reference] = mapped_column(primary_key=True)
    minute_at: Mapped[datetime] = mapped_column(primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
