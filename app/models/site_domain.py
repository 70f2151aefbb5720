"""The domains of their own that sites have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Id, OrganisationId, Reference, UpdatedAt, in_site, length, matches

HOST_PATTERN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$"


class SiteDomain(Base):
    """A custom domain. Anyone may claim a name; it is one site's once that site has proved that it is theirs."""

    __tablename__ = "site_domain"
    __table_args__ = (
        in_site(),
        UniqueConstraint("site_id", "host"),
        Index("uq_site_domain_host", "host", unique=True, postgresql_where=text("verified_at IS NOT NULL")),
        Index("uq_site_domain_is_primary", "site_id", unique=True, postgresql_where=text("is_primary")),
        matches("host", HOST_PATTERN),
        length("host", 253, of="host_length"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference]
    host: Mapped[str]
    is_primary: Mapped[bool] = mapped_column(server_default="false")
    verified_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
