"""Asking the database whether its schema fits this code."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.schema_compatibility import REVISION, fits

_PRESENT = text(
    "SELECT (SELECT version_num FROM alembic_version), ARRAY(SELECT code_revision FROM schema_compatibility)"
)


class SchemaMismatch(Exception):
    """The schema is not there yet, or is one that this code cannot run on; the message says which."""


async def require_fitting(connection: AsyncConnection) -> None:
    """Raises SchemaMismatch unless the schema is the expected one or newer and marked compatible."""
    try:
        revision, compatible = (await connection.execute(_PRESENT)).one()
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42P01":  # undefined_table
            raise
        revision, compatible = None, []
    if not fits(REVISION, revision, compatible):
        found = f"schema {revision}" if revision else "no schema"
        raise SchemaMismatch(f"schema {REVISION}, found {found}; run the migrations of this release")
