"""What programs do: keys, webhooks, jobs, publications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.compatibility import runs_code_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "scopes <@ ARRAY['read_content', 'write_content', 'manage'] AND cardinality(scopes) > 0",
            name=op.f("ck_api_key_scopes"),
        ),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_api_key_name")),
        sa.CheckConstraint("char_length(prefix) BETWEEN 4 AND 16", name=op.f("ck_api_key_prefix")),
        sa.CheckConstraint("octet_length(secret_sha256) = 32", name=op.f("ck_api_key_secret_sha256")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_api_key_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_api_key_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_api_key_secret_sha256")),
    )
    op.create_index(op.f("ix_api_key_organisation_id_site_id"), "api_key", ["organisation_id", "site_id"], unique=False)
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("signing_key", sa.LargeBinary(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("url ~ '^https?://[^[:space:]]+$'", name=op.f("ck_webhook_url")),
        sa.CheckConstraint("cardinality(events) > 0", name=op.f("ck_webhook_events")),
        sa.CheckConstraint("char_length(url) BETWEEN 0 AND 2000", name=op.f("ck_webhook_url_length")),
        sa.CheckConstraint("octet_length(signing_key) >= 32", name=op.f("ck_webhook_signing_key")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_webhook_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_webhook_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_webhook_organisation_id_id")),
    )
    op.create_index(op.f("ix_webhook_organisation_id_site_id"), "webhook", ["organisation_id", "site_id"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("webhook_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("payload", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text, server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("response_status", sa.SmallInteger(), nullable=True),
        sa.Column("response_seconds", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'pending') = (next_attempt_at IS NOT NULL)", name=op.f("ck_webhook_delivery_next_attempt_at")
        ),
        sa.CheckConstraint("status IN ('pending', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_status")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_delivery_attempts")),
        sa.CheckConstraint("char_length(event) BETWEEN 1 AND 100", name=op.f("ck_webhook_delivery_event")),
        sa.CheckConstraint("response_seconds >= 0", name=op.f("ck_webhook_delivery_response_seconds")),
        sa.CheckConstraint("response_status BETWEEN 100 AND 599", name=op.f("ck_webhook_delivery_response_status")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "webhook_id"],
            ["webhook.organisation_id", "webhook.id"],
            name=op.f("fk_webhook_delivery_organisation_id_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        op.f("ix_webhook_delivery_organisation_id_webhook_id_id"),
        "webhook_delivery",
        ["organisation_id", "webhook_id", "id"],
        unique=False,
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("only_once", sa.Text, nullable=True),
        sa.Column("status", sa.Text, server_default="queued", nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts_limit", sa.SmallInteger(), server_default="5", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text, nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'running') = (leased_until IS NOT NULL)", name=op.f("ck_job_leased_until")),
        sa.CheckConstraint(
            "(status IN ('queued', 'running')) = (finished_at IS NULL)", name=op.f("ck_job_finished_at")
        ),
        sa.CheckConstraint("kind ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_job_kind")),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_status")
        ),
        sa.CheckConstraint("attempts <= attempts_limit", name=op.f("ck_job_attempts_limit")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_job_attempts")),
        sa.CheckConstraint("char_length(last_error) BETWEEN 0 AND 2000", name=op.f("ck_job_last_error")),
        sa.CheckConstraint("char_length(only_once) BETWEEN 1 AND 200", name=op.f("ck_job_only_once")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_job_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_job_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_due", "job", ["run_at"], unique=False, postgresql_where=sa.text("status = 'queued'"))
    op.create_index(
        "ix_job_leased", "job", ["leased_until"], unique=False, postgresql_where=sa.text("status = 'running'")
    )
    op.create_index(op.f("ix_job_organisation_id_site_id"), "job", ["organisation_id", "site_id"], unique=False)
    op.create_index(
        "uq_job_only_once",
        "job",
        ["organisation_id", "kind", "only_once"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "artefact",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_gzip", sa.LargeBinary(), nullable=True),
        sa.Column("content_brotli", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("path ~ '^/[^[:space:]?#]*$'", name=op.f("ck_artefact_path")),
        sa.CheckConstraint("char_length(content_type) BETWEEN 3 AND 255", name=op.f("ck_artefact_content_type")),
        sa.CheckConstraint("char_length(path) BETWEEN 0 AND 2000", name=op.f("ck_artefact_path_length")),
        sa.CheckConstraint("octet_length(content_sha256) = 32", name=op.f("ck_artefact_content_sha256")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_artefact_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artefact")),
        sa.UniqueConstraint("organisation_id", "site_id", "id", name=op.f("uq_artefact_organisation_id_site_id_id")),
        sa.UniqueConstraint("site_id", "path", "content_sha256", name=op.f("uq_artefact_site_id_path_content_sha256")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("artefact_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("path ~ '^/[^[:space:]?#]*$'", name=op.f("ck_publication_path")),
        sa.CheckConstraint("char_length(path) BETWEEN 0 AND 2000", name=op.f("ck_publication_path_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id", "artefact_id"],
            ["artefact.organisation_id", "artefact.site_id", "artefact.id"],
            name=op.f("fk_publication_organisation_id_site_id_artefact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_publication_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("sequence", name=op.f("uq_publication_sequence")),
    )
    op.create_index(
        op.f("ix_publication_organisation_id_site_id_artefact_id"),
        "publication",
        ["organisation_id", "site_id", "artefact_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_publication_site_id_path_sequence"), "publication", ["site_id", "path", "sequence"], unique=False
    )
    runs_code_of()


def downgrade() -> None:
    op.drop_table("publication")
    op.drop_table("artefact")
    op.drop_table("job")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
    op.drop_table("api_key")
