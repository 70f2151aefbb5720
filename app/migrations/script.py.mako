"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    # The older revisions whose code can run on this schema: name ${repr(down_revision)} if it can, or rollouts
    # and rollbacks stop here.
    runs_code_of()


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
