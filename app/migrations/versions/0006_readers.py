"""Who reads, and who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.compatibility import runs_code_of

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("status", sa.Text, server_default="pending", nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name=op.f("ck_subscriber_email")),
        sa.CheckConstraint("status <> 'active' OR confirmed_at IS NOT NULL", name=op.f("ck_subscriber_confirmed_at")),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'unsubscribed', 'bounced')", name=op.f("ck_subscriber_status")
        ),
        sa.CheckConstraint("char_length(email) BETWEEN 3 AND 254", name=op.f("ck_subscriber_email_length")),
        sa.CheckConstraint("octet_length(token_sha256) = 32", name=op.f("ck_subscriber_token_sha256")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_subscriber_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
    )
    op.create_index(
        op.f("ix_subscriber_organisation_id_site_id_id"),
        "subscriber",
        ["organisation_id", "site_id", "id"],
        unique=False,
    )
    op.create_index("uq_subscriber_email", "subscriber", ["site_id", sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "page_view_day",
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("views", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("visitors", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("path ~ '^/[^[:space:]?#]*$'", name=op.f("ck_page_view_day_path")),
        sa.CheckConstraint("char_length(path) BETWEEN 0 AND 2000", name=op.f("ck_page_view_day_path_length")),
        sa.CheckConstraint("views >= 0", name=op.f("ck_page_view_day_views")),
        sa.CheckConstraint("visitors <= views", name=op.f("ck_page_view_day_visitors_among_views")),
        sa.CheckConstraint("visitors >= 0", name=op.f("ck_page_view_day_visitors")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_page_view_day_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "day", "path", name=op.f("pk_page_view_day")),
    )
    op.create_index(
        op.f("ix_page_view_day_organisation_id_site_id_day"),
        "page_view_day",
        ["organisation_id", "site_id", "day"],
        unique=False,
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject_table", sa.Text, nullable=True),
        sa.Column("subject_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.Text, server_default="", nullable=False),
        sa.Column("request_id", sa.Text, nullable=True),
        sa.Column("client_address", postgresql.INET(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("action ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_audit_event_action")),
        sa.CheckConstraint("char_length(reason) BETWEEN 0 AND 1000", name=op.f("ck_audit_event_reason")),
        sa.CheckConstraint("char_length(request_id) BETWEEN 0 AND 64", name=op.f("ck_audit_event_request_id")),
        sa.CheckConstraint("char_length(subject_table) BETWEEN 0 AND 63", name=op.f("ck_audit_event_subject_table")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["member.organisation_id", "member.account_id"],
            name=op.f("fk_audit_event_organisation_id_account_id"),
            ondelete="SET NULL (account_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_audit_event_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        op.f("ix_audit_event_organisation_id_account_id"),
        "audit_event",
        ["organisation_id", "account_id"],
        unique=False,
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_audit_event_organisation_id_id"), "audit_event", ["organisation_id", "id"], unique=False)
    op.create_index(
        op.f("ix_audit_event_organisation_id_subject_id"),
        "audit_event",
        ["organisation_id", "subject_id"],
        unique=False,
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    runs_code_of()


def downgrade() -> None:
    op.drop_table("audit_event")
    op.drop_table("page_view_day")
    op.drop_table("subscriber")
