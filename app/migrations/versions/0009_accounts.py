"""Accounts: how people prove who they are, sessions, invitations, counters of failures, mail on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.compatibility import runs_code_of

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEVER_CHANGED = "account_event"
TABLES = {
    "mail": "INSERT",
    "throttle": "",
    "account_event": "SELECT, INSERT",
    "credential": "SELECT, INSERT, UPDATE, DELETE",
    "one_time_token": "SELECT, INSERT, UPDATE, DELETE",
    "platform_administrator": "SELECT",
    "recovery_code": "SELECT, INSERT, UPDATE, DELETE",
    "invitation": "SELECT, INSERT, UPDATE, DELETE",
    "session": "SELECT, INSERT, UPDATE, DELETE",
}
"""What the app's own role may do with each."""

GRANTS = (
    "SELECT (id, email) ON account TO flotilla_doorkeeper",
    "SELECT, UPDATE, DELETE ON mail TO flotilla_worker",
    "SELECT, INSERT, UPDATE, DELETE ON throttle TO flotilla_doorkeeper",
    "SELECT (expires_at), DELETE ON throttle TO flotilla_worker",
    "SELECT, INSERT, UPDATE (used_at) ON one_time_token TO flotilla_doorkeeper",
    "SELECT (expires_at), DELETE ON one_time_token TO flotilla_worker",
    "SELECT (id, name) ON organisation TO flotilla_doorkeeper",
    "SELECT, INSERT ON platform_administrator TO flotilla_doorkeeper",
    "SELECT (id, organisation_id, account_id, role, ended_at) ON member TO flotilla_doorkeeper",
    "SELECT (id, organisation_id, email, role, secret_sha256, expires_at, accepted_at) ON invitation"
    " TO flotilla_doorkeeper",
    "SELECT (id, account_id, organisation_id, secret_sha256, expires_at, last_used_at) ON session"
    " TO flotilla_doorkeeper",
    "SELECT (expires_at), DELETE ON session TO flotilla_worker",
)

OWN = "account_id = acting_account()"
NAMED = "secret_sha256 = acting_secret_sha256()"
EXPIRED = "expires_at < now()"
POLICIES = (
    ("doorkeeper", "account", "SELECT", "doorkeeper", "lower(email) = acting_email()"),
    ("adds", "mail", "INSERT", "app", "true"),
    ("worker", "mail", "ALL", "worker", "true"),
    ("doorkeeper", "throttle", "ALL", "doorkeeper", "key = ANY (acting_throttle_keys())"),
    ("worker", "throttle", "ALL", "worker", EXPIRED),
    ("own_account", "account_event", "ALL", "app", OWN),
    ("own_account", "credential", "ALL", "app", OWN),
    ("own_account", "one_time_token", "ALL", "app", OWN),
    ("doorkeeper", "one_time_token", "ALL", "doorkeeper", NAMED),
    ("worker", "one_time_token", "ALL", "worker", EXPIRED),
    ("doorkeeper", "organisation", "SELECT", "doorkeeper", "id IN (SELECT member.organisation_id FROM member)"),
    ("own_account", "platform_administrator", "ALL", "app", OWN),
    ("doorkeeper", "platform_administrator", "SELECT", "doorkeeper", "true"),
    ("doorkeeper_adds", "platform_administrator", "INSERT", "doorkeeper", OWN),
    ("own_account", "recovery_code", "ALL", "app", OWN),
    ("doorkeeper", "member", "SELECT", "doorkeeper", OWN),
    ("own_organisation", "invitation", "ALL", "app", "organisation_id = acting_organisation()"),
    ("doorkeeper", "invitation", "SELECT", "doorkeeper", NAMED),
    ("own_account", "session", "ALL", "app", OWN),
    ("doorkeeper", "session", "SELECT", "doorkeeper", NAMED),
    ("worker", "session", "ALL", "worker", EXPIRED),
)
"""Name, table, command, role without its prefix, and which rows, that are there and that are written."""


def upgrade() -> None:
    _functions()
    _people()
    _links()
    _traces()
    _rights()
    runs_code_of("0008")


def _functions() -> None:
    op.execute(
        "CREATE FUNCTION acting_email() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE"
        " RETURN nullif(current_setting('flotilla.email', true), '')"
    )
    op.execute(
        "CREATE FUNCTION acting_throttle_keys() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE"
        " RETURN string_to_array(nullif(current_setting('flotilla.throttle_keys', true), ''), ',')"
    )
    for function in ("acting_email", "acting_throttle_keys"):
        op.execute(f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function}() TO flotilla_doorkeeper")
    for function in ("uuid7", "acting_account"):
        op.execute(f"GRANT EXECUTE ON FUNCTION {function}() TO flotilla_doorkeeper")


def _people() -> None:
    op.create_table(
        "platform_administrator",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_platform_administrator_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_administrator")),
        sa.UniqueConstraint("account_id", name=op.f("uq_platform_administrator_account_id")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_key", sa.Text(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(password_hash) BETWEEN 0 AND 500", name=op.f("ck_credential_password_hash")),
        sa.CheckConstraint("char_length(totp_key) BETWEEN 16 AND 64", name=op.f("ck_credential_totp_key")),
        sa.CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_key IS NOT NULL", name=op.f("ck_credential_totp_confirmed_at")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_credential_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("account_id", name=op.f("uq_credential_account_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(code_sha256) = 32", name=op.f("ck_recovery_code_code_sha256")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("account_id", "code_sha256", name=op.f("uq_recovery_code_account_id_code_sha256")),
    )


def _links() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organisation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_address", postgresql.INET(), nullable=True),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(user_agent) BETWEEN 0 AND 300", name=op.f("ck_session_user_agent")),
        sa.CheckConstraint("octet_length(secret_sha256) = 32", name=op.f("ck_session_secret_sha256")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["member.organisation_id", "member.account_id"],
            name=op.f("fk_session_organisation_id_account_id"),
            ondelete="SET NULL (organisation_id)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_session_secret_sha256")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False)
    op.create_table(
        "one_time_token",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('sign_up', 'magic_link', 'password_reset', 'first_administrator')",
            name=op.f("ck_one_time_token_purpose"),
        ),
        sa.CheckConstraint("char_length(email) BETWEEN 3 AND 254", name=op.f("ck_one_time_token_email")),
        sa.CheckConstraint("octet_length(secret_sha256) = 32", name=op.f("ck_one_time_token_secret_sha256")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_one_time_token_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_token")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_one_time_token_secret_sha256")),
    )
    op.create_index(op.f("ix_one_time_token_account_id"), "one_time_token", ["account_id"], unique=False)
    op.create_index(op.f("ix_one_time_token_expires_at"), "one_time_token", ["expires_at"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by_account_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name=op.f("ck_invitation_email")),
        sa.CheckConstraint("role IN ('owner', 'admin', 'editor', 'writer')", name=op.f("ck_invitation_role")),
        sa.CheckConstraint("char_length(email) BETWEEN 3 AND 254", name=op.f("ck_invitation_email_length")),
        sa.CheckConstraint("octet_length(secret_sha256) = 32", name=op.f("ck_invitation_secret_sha256")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "invited_by_account_id"],
            ["member.organisation_id", "member.account_id"],
            name=op.f("fk_invitation_organisation_id_invited_by_account_id"),
            ondelete="SET NULL (invited_by_account_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_invitation_secret_sha256")),
    )
    op.create_index(op.f("ix_invitation_organisation_id_id"), "invitation", ["organisation_id", "id"], unique=False)
    op.create_index(
        op.f("ix_invitation_organisation_id_invited_by_account_id"),
        "invitation",
        ["organisation_id", "invited_by_account_id"],
        unique=False,
    )


def _traces() -> None:
    op.create_table(
        "account_event",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("client_address", postgresql.INET(), nullable=True),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("action ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_account_event_action")),
        sa.CheckConstraint("char_length(request_id) BETWEEN 0 AND 64", name=op.f("ck_account_event_request_id")),
        sa.CheckConstraint("char_length(user_agent) BETWEEN 0 AND 300", name=op.f("ck_account_event_user_agent")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_event_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
    )
    op.create_index(op.f("ix_account_event_account_id_id"), "account_event", ["account_id", "id"], unique=False)
    op.create_table(
        "throttle",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("key ~ '^[0-9a-f]{64}$'", name=op.f("ck_throttle_key")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_throttle_failures")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttle")),
        sa.UniqueConstraint("key", name=op.f("uq_throttle_key")),
    )
    op.create_index(op.f("ix_throttle_expires_at"), "throttle", ["expires_at"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("recipient ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name=op.f("ck_mail_recipient")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_mail_attempts")),
        sa.CheckConstraint("char_length(body_html) BETWEEN 0 AND 100000", name=op.f("ck_mail_body_html")),
        sa.CheckConstraint("char_length(body_text) BETWEEN 0 AND 20000", name=op.f("ck_mail_body_text")),
        sa.CheckConstraint("char_length(last_error) BETWEEN 0 AND 1000", name=op.f("ck_mail_last_error")),
        sa.CheckConstraint("char_length(recipient) BETWEEN 3 AND 254", name=op.f("ck_mail_recipient_length")),
        sa.CheckConstraint("char_length(subject) BETWEEN 1 AND 300", name=op.f("ck_mail_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index("ix_mail_due", "mail", ["send_at"], unique=False, postgresql_where=sa.text("sent_at IS NULL"))
    op.create_index(
        op.f("ix_mail_sent_at"), "mail", ["sent_at"], unique=False, postgresql_where=sa.text("sent_at IS NOT NULL")
    )


def _rights() -> None:
    for table, commands in TABLES.items():
        # New tables come with the rights that the cluster gives to them.
        op.execute(f"REVOKE ALL ON {table} FROM flotilla_app")
        if commands:
            op.execute(f"GRANT {commands} ON {table} TO flotilla_app")
        if table != NEVER_CHANGED:
            op.execute(
                f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW"
                " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()"
            )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    for name, table, command, role, rows in POLICIES:
        using = "" if command == "INSERT" else f" USING ({rows})"
        check = "" if command == "SELECT" else f" WITH CHECK ({rows})"
        op.execute(f"CREATE POLICY {name} ON {table} FOR {command} TO flotilla_{role}{using}{check}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for table in ("organisation", "member", "account"):
        op.execute(f"DROP POLICY doorkeeper ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM flotilla_doorkeeper")
    for function in ("uuid7", "acting_account"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function}() FROM flotilla_doorkeeper")
    op.execute("DROP FUNCTION acting_email()")
    op.execute("DROP FUNCTION acting_throttle_keys()")
    runs_code_of("0007")
