"""Which code can run on which schema."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

# The schema that this code was written for: the newest revision in `app/migrations/versions`.
REVISION = "0018"


class SchemaCompatibility(Base):
    """The older revisions whose code can run on the present schema. Every migration states them anew."""

    __tablename__ = "schema_compatibility"

    code_revision: Mapped[str] = mapped_column(primary_key=True)


def fits(code_revision: str, schema_revision: str | None, compatible: Collection[str]) -> bool:
    """Whether code of a revision can run on a schema of a revision that names what is `compatible` with it.

    The same revision always fits; a newer schema does if it says so; no schema at all never does, nor does an
    older one.
    """
    return schema_revision is not None and (code_revision == schema_revision or code_revision in compatible)
