"""The sentence that every migration ends with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_TABLE = sa.table("schema_compatibility", sa.column("code_revision", sa.Text))


def runs_code_of(*older_revisions: str) -> None:
    """States anew which older revisions' code can run on the schema as it is now."""
    op.execute(_TABLE.delete())
    if older_revisions:
        op.bulk_insert(_TABLE, [{"code_revision": revision} for revision in older_revisions])
