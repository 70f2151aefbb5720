"""Operators see rows of all organisations in Studio, and what they change is audited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.compatibility import runs_code_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What an operator may do with the tables: all that belongs to an organisation or a person, with row-level security.
ALL = "SELECT, INSERT, UPDATE, DELETE"
OWNED = {
    "organisation": ALL,
    "account": ALL,
    "organisation_limit": ALL,
    "member": ALL,
    "site": ALL,
    "site_domain": ALL,
    "media": ALL,
    "navigation_item": ALL,
    "redirect": ALL,
    "post": ALL,
    "post_author": ALL,
    "tag": ALL,
    "post_tag": ALL,
    "revision": "SELECT, INSERT",
    "api_key": ALL,
    "webhook": ALL,
    "webhook_delivery": ALL,
    "job": ALL,
    "artefact": "SELECT, INSERT, DELETE",
    "publication": "SELECT, INSERT",
    "subscriber": ALL,
    "page_view_day": ALL,
    "audit_event": "SELECT, INSERT",
    "platform_audit_event": "SELECT, INSERT",
    "invitation": ALL,
    "idempotency_key": "SELECT, INSERT",
    "request_count": ALL,
    "platform_administrator": ALL,
    # Of what lets people in, an operator may take things away, and make nothing.
    "credential": "SELECT, DELETE",
    "recovery_code": "SELECT, DELETE",
    "session": "SELECT, DELETE",
    "one_time_token": "SELECT, DELETE",
    "throttle": "SELECT, DELETE",
    "mail": "SELECT",
    "account_event": "SELECT",
}
SHARED = {"plan": ALL, "plan_limit": ALL, "schema_compatibility": "SELECT", "alembic_version": "SELECT"}


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION acting_operator() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE"
        " RETURN nullif(current_setting('flotilla.operator', true), '')"
    )
    op.execute("REVOKE ALL ON FUNCTION acting_operator() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION acting_operator() TO flotilla_app, flotilla_operator")
    op.execute("GRANT EXECUTE ON FUNCTION uuid7(), acting_organisation() TO flotilla_operator")
    op.create_table(
        "platform_audit_event",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("operator", sa.Text, server_default=sa.text("acting_operator()"), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject_table", sa.Text, nullable=True),
        sa.Column("subject_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.Text, server_default="", nullable=False),
        sa.Column("request_id", sa.Text, nullable=True),
        sa.Column("client_address", postgresql.INET(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("action ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_platform_audit_event_action")),
        sa.CheckConstraint("char_length(operator) BETWEEN 1 AND 200", name=op.f("ck_platform_audit_event_operator")),
        sa.CheckConstraint("char_length(reason) BETWEEN 0 AND 1000", name=op.f("ck_platform_audit_event_reason")),
        sa.CheckConstraint("char_length(request_id) BETWEEN 0 AND 64", name=op.f("ck_platform_audit_event_request_id")),
        sa.CheckConstraint(
            "char_length(subject_table) BETWEEN 0 AND 63", name=op.f("ck_platform_audit_event_subject_table")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_audit_event")),
    )
    op.create_index(
        op.f("ix_platform_audit_event_subject_id"),
        "platform_audit_event",
        ["subject_id"],
        unique=False,
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    op.add_column(
        "audit_event", sa.Column("operator", sa.Text, server_default=sa.text("acting_operator()"), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_audit_event_operator"), "audit_event", "char_length(operator) BETWEEN 1 AND 200"
    )
    op.execute("REVOKE ALL ON platform_audit_event FROM flotilla_app, flotilla_reader, flotilla_worker")
    for table, commands in (OWNED | SHARED).items():
        op.execute(f"GRANT {commands} ON {table} TO flotilla_operator")
    for table in OWNED:
        op.execute(
            f"CREATE POLICY operator ON {table} FOR ALL TO flotilla_operator"
            " USING (acting_operator() IS NOT NULL) WITH CHECK (acting_operator() IS NOT NULL)"
        )
    op.execute("ALTER TABLE platform_audit_event ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE platform_audit_event FORCE ROW LEVEL SECURITY")
    runs_code_of("0009")


def downgrade() -> None:
    for table in OWNED:
        op.execute(f"DROP POLICY operator ON {table}")
    op.drop_column("audit_event", "operator")
    op.drop_table("platform_audit_event")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM flotilla_operator")
    op.execute("REVOKE ALL ON FUNCTION uuid7(), acting_organisation() FROM flotilla_operator")
    op.execute("DROP FUNCTION acting_operator()")
    runs_code_of("0008")
