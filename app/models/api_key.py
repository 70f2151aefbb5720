"""A key with which programs use the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    SECRET,
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    UpdatedAt,
    Words,
    in_organisation,
    in_site,
    length,
)
from app.models.scopes import Scope


class ApiKey(Base):
    """Of an organisation; with `site_id`, for that site alone. Only the hash of what the client sends is kept."""

    __tablename__ = "api_key"
    __table_args__ = (
        in_organisation(),
        in_site(),
        UniqueConstraint("secret_sha256"),
        Index(None, "organisation_id", "site_id"),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_sha256"),
        CheckConstraint(
            f"scopes <@ ARRAY[{', '.join(repr(scope.value) for scope in Scope)}] AND cardinality(scopes) > 0",
            name="scopes",
        ),
        length("name", 200, least=1),
        length("prefix", 16, least=4),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference | None]
    name: Mapped[str]
    prefix: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(info=SECRET)
    scopes: Mapped[Words]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
