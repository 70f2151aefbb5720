"""A mail says until when it is worth sending, and whether it was dropped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mail", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mail", sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True))
    # Of what was kept until now nobody wrote down for how long its link is good: none is longer than 7 days.
    op.execute("ALTER TABLE mail NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE mail SET expires_at = created_at + interval '7 days' WHERE sent_at IS NULL")
    op.execute("ALTER TABLE mail FORCE ROW LEVEL SECURITY")
    runs_code_of("0010")


def downgrade() -> None:
    op.drop_column("mail", "dropped_at")
    op.drop_column("mail", "expires_at")
    runs_code_of("0009")
