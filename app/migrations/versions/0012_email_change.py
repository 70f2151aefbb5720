"""Links that give an account another address."""

from __future__ import annotations

from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHECK = "ck_one_time_token_purpose"
BEFORE = "'sign_up', 'magic_link', 'password_reset', 'first_administrator'"
NOW = "'sign_up', 'magic_link', 'password_reset', 'email_change', 'first_administrator'"


def upgrade() -> None:
    op.drop_constraint(op.f(CHECK), "one_time_token", type_="check")
    op.create_check_constraint(op.f(CHECK), "one_time_token", f"purpose IN ({NOW})")
    runs_code_of("0010", "0011")


def downgrade() -> None:
    op.execute("ALTER TABLE one_time_token NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM one_time_token WHERE purpose = 'email_change'")
    op.execute("ALTER TABLE one_time_token FORCE ROW LEVEL SECURITY")
    op.drop_constraint(op.f(CHECK), "one_time_token", type_="check")
    op.create_check_constraint(op.f(CHECK), "one_time_token", f"purpose IN ({BEFORE})")
    runs_code_of("0010")
