"""A revision says which operator made it in Studio."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "revision", sa.Column("operator", sa.Text, server_default=sa.text("acting_operator()"), nullable=True)
    )
    op.create_check_constraint(op.f("ck_revision_operator"), "revision", "char_length(operator) BETWEEN 1 AND 200")
    runs_code_of("0010", "0011", "0012")


def downgrade() -> None:
    op.drop_column("revision", "operator")
    runs_code_of("0010", "0011")
