"""A picture or another file of a site."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Double, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, Id, OrganisationId, Reference, UpdatedAt, in_site, length, parent_in_site
from app.models.shown import READ, WRITE


class Media(Base):
    """The same content twice is one. It is here, or in an object store under `object_key`."""

    __tablename__ = "media"
    __table_args__ = (
        in_site(),
        parent_in_site(),
        UniqueConstraint("site_id", "content_sha256"),
        length("file_name", 255, least=1),
        length("content_type", 255, least=3),
        length("alternative_text", 1_000),
        length("object_key", 1_000, least=1),
        CheckConstraint("octet_length(content_sha256) = 32", name="content_sha256"),
        CheckConstraint("num_nonnulls(content, object_key) = 1", name="content"),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
        CheckConstraint("content IS NULL OR octet_length(content) = size_bytes", name="content_size"),
        CheckConstraint("width_pixels > 0 AND height_pixels > 0", name="pixels"),
        CheckConstraint("(width_pixels IS NULL) = (height_pixels IS NULL)", name="both_pixels"),
        CheckConstraint("duration_seconds >= 0", name="duration_seconds"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference] = mapped_column(info=READ)
    file_name: Mapped[str] = mapped_column(info=READ)
    content_type: Mapped[str] = mapped_column(info=READ)
    content_sha256: Mapped[bytes]
    content: Mapped[bytes | None]
    object_key: Mapped[str | None]
    size_bytes: Mapped[int] = mapped_column(BigInteger, info=READ)
    width_pixels: Mapped[int | None] = mapped_column(info=READ)
    height_pixels: Mapped[int | None] = mapped_column(info=READ)
    duration_seconds: Mapped[float | None] = mapped_column(Double, info=READ)
    alternative_text: Mapped[str] = mapped_column(server_default="", info=WRITE)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
