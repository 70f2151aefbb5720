"""Keys of second factors are sealed, with keys that are sealed themselves.

A contracting migration: older code cannot read a sealed key. There is no release that runs it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CHECK = "ck_credential_totp_key"


def upgrade() -> None:
    op.create_table(
        "sealing_key",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("key_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("opener", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(opener) = 32", name=op.f("ck_sealing_key_opener")),
        sa.CheckConstraint("octet_length(sealed) = 64", name=op.f("ck_sealing_key_sealed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing_key")),
        sa.UniqueConstraint("key_id", "opener", name=op.f("uq_sealing_key_key_id_opener")),
    )
    op.execute(
        "REVOKE ALL ON sealing_key FROM flotilla_app, flotilla_reader, flotilla_worker, flotilla_doorkeeper,"
        " flotilla_content, flotilla_operator"
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON sealing_key TO flotilla_app")
    op.execute("GRANT SELECT ON sealing_key TO flotilla_operator")
    op.drop_constraint(op.f(CHECK), "credential", type_="check")
    op.create_check_constraint(op.f(CHECK), "credential", "char_length(totp_key) BETWEEN 16 AND 200")
    runs_code_of()


def downgrade() -> None:
    op.execute("ALTER TABLE credential NO FORCE ROW LEVEL SECURITY")
    # A key that nobody has: codes are refused and recovery codes are not, so that no password is enough by itself.
    op.execute(
        "UPDATE credential SET totp_key = upper(translate(md5(gen_random_uuid()::text), '0189', 'ghij'))"
        " WHERE totp_key LIKE 'sealed:%'"
    )
    op.execute("ALTER TABLE credential FORCE ROW LEVEL SECURITY")
    op.drop_constraint(op.f(CHECK), "credential", type_="check")
    op.create_check_constraint(op.f(CHECK), "credential", "char_length(totp_key) BETWEEN 16 AND 64")
    op.drop_table("sealing_key")
    runs_code_of("0010", "0011", "0012")
