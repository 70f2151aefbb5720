"""Who comes with an API key is found by the key's hash, by a role that sees nothing else."""

from __future__ import annotations

from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION acting_secret_sha256() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE"
        " RETURN decode(nullif(current_setting('flotilla.secret_sha256', true), ''), 'hex')"
    )
    op.execute("REVOKE ALL ON FUNCTION acting_secret_sha256() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION acting_secret_sha256() TO flotilla_doorkeeper")
    op.execute(
        "GRANT SELECT (id, organisation_id, site_id, scopes, expires_at, revoked_at) ON api_key TO flotilla_doorkeeper"
    )
    op.execute(
        "CREATE POLICY doorkeeper ON api_key FOR SELECT TO flotilla_doorkeeper"
        " USING (secret_sha256 = acting_secret_sha256())"
    )
    runs_code_of("0007")


def downgrade() -> None:
    op.execute("DROP POLICY doorkeeper ON api_key")
    op.execute("REVOKE ALL ON api_key FROM flotilla_doorkeeper")
    op.execute("DROP FUNCTION acting_secret_sha256()")
    runs_code_of()
