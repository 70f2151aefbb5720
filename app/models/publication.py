"""What publishing makes: rendered pages, and the numbered sequence of their appearances that edges follow."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    in_site,
    length,
    matches,
    parent_in_site,
)
from app.models.words import PATH_PATTERN, URL_LENGTH


class Artefact(Base):
    """A page or another file as edges serve it, with its compressed forms. Another content is another artefact."""

    __tablename__ = "artefact"
    __table_args__ = (
        in_site(),
        parent_in_site(),
        UniqueConstraint("site_id", "path", "content_sha256"),
        matches("path", PATH_PATTERN),
        length("path", URL_LENGTH, of="path_length"),
        length("content_type", 255, least=3),
        CheckConstraint("octet_length(content_sha256) = 32", name="content_sha256"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference]
    path: Mapped[str]
    content_type: Mapped[str]
    content_sha256: Mapped[bytes]
    content: Mapped[bytes]
    content_gzip: Mapped[bytes | None]
    content_brotli: Mapped[bytes | None]
    created_at: Mapped[CreatedAt]


class Publication(Base):
    """From this number on, the artefact is what stands at the path; without one, nothing does."""

    __tablename__ = "publication"
    __table_args__ = (
        in_site(),
        in_site("artefact_id", parent="artefact"),
        UniqueConstraint("sequence"),
        Index(None, "organisation_id", "site_id", "artefact_id"),
        Index(None, "site_id", "path", "sequence"),
        matches("path", PATH_PATTERN),
        length("path", URL_LENGTH, of="path_length"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference]
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    path: Mapped[str]
    artefact_id: Mapped[Reference | None]
    created_at: Mapped[CreatedAt]
