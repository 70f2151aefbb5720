"""Sites: their addresses, files and menus."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.compatibility import runs_code_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("base_path", sa.Text, server_default="/", nullable=False),
        sa.Column("language", sa.Text, server_default="en", nullable=False),
        sa.Column("time_zone", sa.Text, server_default="UTC", nullable=False),
        sa.Column("theme", sa.Text, server_default="default", nullable=False),
        sa.Column("theme_settings", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("post_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("base_path ~ '^(/|(/[a-z0-9]+(-[a-z0-9]+)*)+)$'", name=op.f("ck_site_base_path")),
        sa.CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'", name=op.f("ck_site_language")),
        sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name=op.f("ck_site_slug")),
        sa.CheckConstraint("theme ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_site_theme")),
        sa.CheckConstraint("time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'", name=op.f("ck_site_time_zone")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_site_title")),
        sa.CheckConstraint("post_count >= 0", name=op.f("ck_site_post_count")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_site_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_site_organisation_id_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_site_slug")),
    )
    op.create_table(
        "site_domain",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("is_primary", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "host ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$'",
            name=op.f("ck_site_domain_host"),
        ),
        sa.CheckConstraint("char_length(host) BETWEEN 0 AND 253", name=op.f("ck_site_domain_host_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_site_domain_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_domain")),
        sa.UniqueConstraint("site_id", "host", name=op.f("uq_site_domain_site_id_host")),
    )
    op.create_index(
        "uq_site_domain_host", "site_domain", ["host"], unique=True, postgresql_where=sa.text("verified_at IS NOT NULL")
    )
    op.create_index(
        "uq_site_domain_is_primary", "site_domain", ["site_id"], unique=True, postgresql_where=sa.text("is_primary")
    )
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("object_key", sa.Text, nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("width_pixels", sa.Integer(), nullable=True),
        sa.Column("height_pixels", sa.Integer(), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=True),
        sa.Column("alternative_text", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(width_pixels IS NULL) = (height_pixels IS NULL)", name=op.f("ck_media_both_pixels")),
        sa.CheckConstraint("char_length(alternative_text) BETWEEN 0 AND 1000", name=op.f("ck_media_alternative_text")),
        sa.CheckConstraint("char_length(content_type) BETWEEN 3 AND 255", name=op.f("ck_media_content_type")),
        sa.CheckConstraint("char_length(file_name) BETWEEN 1 AND 255", name=op.f("ck_media_file_name")),
        sa.CheckConstraint("char_length(object_key) BETWEEN 1 AND 1000", name=op.f("ck_media_object_key")),
        sa.CheckConstraint("content IS NULL OR octet_length(content) = size_bytes", name=op.f("ck_media_content_size")),
        sa.CheckConstraint("duration_seconds >= 0", name=op.f("ck_media_duration_seconds")),
        sa.CheckConstraint("num_nonnulls(content, object_key) = 1", name=op.f("ck_media_content")),
        sa.CheckConstraint("octet_length(content_sha256) = 32", name=op.f("ck_media_content_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_media_size_bytes")),
        sa.CheckConstraint("width_pixels > 0 AND height_pixels > 0", name=op.f("ck_media_pixels")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_media_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("organisation_id", "site_id", "id", name=op.f("uq_media_organisation_id_site_id_id")),
        sa.UniqueConstraint("site_id", "content_sha256", name=op.f("uq_media_site_id_content_sha256")),
    )
    op.create_table(
        "navigation_item",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("menu", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("menu IN ('header', 'footer')", name=op.f("ck_navigation_item_menu")),
        sa.CheckConstraint("char_length(label) BETWEEN 1 AND 200", name=op.f("ck_navigation_item_label")),
        sa.CheckConstraint("char_length(url) BETWEEN 1 AND 2000", name=op.f("ck_navigation_item_url")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_navigation_item_parent_id")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_navigation_item_position")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id", "parent_id"],
            ["navigation_item.organisation_id", "navigation_item.site_id", "navigation_item.id"],
            name=op.f("fk_navigation_item_organisation_id_site_id_parent_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_navigation_item_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_navigation_item")),
        sa.UniqueConstraint(
            "organisation_id", "site_id", "id", name=op.f("uq_navigation_item_organisation_id_site_id_id")
        ),
        sa.UniqueConstraint(
            "site_id",
            "menu",
            "parent_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_navigation_item_site_id_menu_parent_id_position"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_navigation_item_organisation_id_site_id_parent_id"),
        "navigation_item",
        ["organisation_id", "site_id", "parent_id"],
        unique=False,
    )
    op.create_table(
        "redirect",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("from_path", sa.Text, nullable=False),
        sa.Column("to_url", sa.Text, nullable=True),
        sa.Column("status_code", sa.SmallInteger(), server_default="308", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("from_path ~ '^/[^[:space:]?#]*$'", name=op.f("ck_redirect_from_path")),
        sa.CheckConstraint("(status_code = 410) = (to_url IS NULL)", name=op.f("ck_redirect_gone")),
        sa.CheckConstraint("char_length(from_path) BETWEEN 0 AND 2000", name=op.f("ck_redirect_from_path_length")),
        sa.CheckConstraint("char_length(to_url) BETWEEN 1 AND 2000", name=op.f("ck_redirect_to_url")),
        sa.CheckConstraint("status_code IN (301, 302, 307, 308, 410)", name=op.f("ck_redirect_status_code")),
        sa.CheckConstraint("to_url <> from_path", name=op.f("ck_redirect_circle")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_redirect_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirect")),
        sa.UniqueConstraint("site_id", "from_path", name=op.f("uq_redirect_site_id_from_path")),
    )
    runs_code_of()


def downgrade() -> None:
    op.drop_table("redirect")
    op.drop_table("navigation_item")
    op.drop_table("media")
    op.drop_table("site_domain")
    op.drop_table("site")
