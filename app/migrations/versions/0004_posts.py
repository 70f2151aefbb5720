"""Posts, their authors, tags and revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("excerpt", sa.Text, server_default="", nullable=False),
        sa.Column("status", sa.Text, server_default="draft", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.Text, nullable=True),
        sa.Column("translation_group_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("cover_media_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("seo_title", sa.Text, nullable=True),
        sa.Column("seo_description", sa.Text, nullable=True),
        sa.Column("canonical_url", sa.Text, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("canonical_url ~ '^https?://[^[:space:]]+$'", name=op.f("ck_post_canonical_url")),
        sa.CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'", name=op.f("ck_post_language")),
        sa.CheckConstraint(
            "published_at IS NOT NULL OR status IN ('draft', 'archived')", name=op.f("ck_post_published_at")
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_post_slug")),
        sa.CheckConstraint(
            "status IN ('draft', 'scheduled', 'published', 'unlisted', 'archived')", name=op.f("ck_post_status")
        ),
        sa.CheckConstraint("char_length(body) BETWEEN 0 AND 200000", name=op.f("ck_post_body")),
        sa.CheckConstraint("char_length(canonical_url) BETWEEN 0 AND 2000", name=op.f("ck_post_canonical_url_length")),
        sa.CheckConstraint("char_length(excerpt) BETWEEN 0 AND 1000", name=op.f("ck_post_excerpt")),
        sa.CheckConstraint("char_length(seo_description) BETWEEN 0 AND 1000", name=op.f("ck_post_seo_description")),
        sa.CheckConstraint("char_length(seo_title) BETWEEN 0 AND 200", name=op.f("ck_post_seo_title")),
        sa.CheckConstraint("char_length(slug) BETWEEN 1 AND 200", name=op.f("ck_post_slug_length")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_post_title")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id", "cover_media_id"],
            ["media.organisation_id", "media.site_id", "media.id"],
            name=op.f("fk_post_organisation_id_site_id_cover_media_id"),
            ondelete="SET NULL (cover_media_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_post_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("organisation_id", "site_id", "id", name=op.f("uq_post_organisation_id_site_id_id")),
        sa.UniqueConstraint(
            "site_id",
            "language",
            "slug",
            name=op.f("uq_post_site_id_language_slug"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_post_cover",
        "post",
        ["organisation_id", "site_id", "cover_media_id"],
        unique=False,
        postgresql_where=sa.text("cover_media_id IS NOT NULL"),
    )
    op.create_index(
        "ix_post_published",
        "post",
        ["site_id", "published_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_post_scheduled", "post", ["published_at"], unique=False, postgresql_where=sa.text("status = 'scheduled'")
    )
    op.create_index(
        "uq_post_translation",
        "post",
        ["site_id", "translation_group_id", "language"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("translation_group_id IS NOT NULL"),
    )
    op.create_table(
        "post_author",
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("post_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_post_author_position")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["member.organisation_id", "member.account_id"],
            name=op.f("fk_post_author_organisation_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id", "post_id"],
            ["post.organisation_id", "post.site_id", "post.id"],
            name=op.f("fk_post_author_organisation_id_site_id_post_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", "account_id", name=op.f("pk_post_author")),
        sa.UniqueConstraint(
            "post_id", "position", deferrable=True, initially="DEFERRED", name=op.f("uq_post_author_post_id_position")
        ),
    )
    op.create_index(
        op.f("ix_post_author_organisation_id_account_id"),
        "post_author",
        ["organisation_id", "account_id"],
        unique=False,
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_tag_slug")),
        sa.CheckConstraint("char_length(description) BETWEEN 0 AND 1000", name=op.f("ck_tag_description")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_tag_name")),
        sa.CheckConstraint("char_length(slug) BETWEEN 1 AND 200", name=op.f("ck_tag_slug_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id"],
            ["site.organisation_id", "site.id"],
            name=op.f("fk_tag_organisation_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("organisation_id", "site_id", "id", name=op.f("uq_tag_organisation_id_site_id_id")),
        sa.UniqueConstraint("site_id", "slug", name=op.f("uq_tag_site_id_slug")),
    )
    op.create_table(
        "post_tag",
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("post_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tag_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id", "post_id"],
            ["post.organisation_id", "post.site_id", "post.id"],
            name=op.f("fk_post_tag_organisation_id_site_id_post_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id", "tag_id"],
            ["tag.organisation_id", "tag.site_id", "tag.id"],
            name=op.f("fk_post_tag_organisation_id_site_id_tag_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", "tag_id", name=op.f("pk_post_tag")),
    )
    op.create_index(
        op.f("ix_post_tag_organisation_id_site_id_tag_id"),
        "post_tag",
        ["organisation_id", "site_id", "tag_id"],
        unique=False,
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("site_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("post_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("excerpt", sa.Text, server_default="", nullable=False),
        sa.Column("reason", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(body) BETWEEN 0 AND 200000", name=op.f("ck_revision_body")),
        sa.CheckConstraint("char_length(excerpt) BETWEEN 0 AND 1000", name=op.f("ck_revision_excerpt")),
        sa.CheckConstraint("char_length(reason) BETWEEN 0 AND 1000", name=op.f("ck_revision_reason")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_revision_title")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["member.organisation_id", "member.account_id"],
            name=op.f("fk_revision_organisation_id_account_id"),
            ondelete="SET NULL (account_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "site_id", "post_id"],
            ["post.organisation_id", "post.site_id", "post.id"],
            name=op.f("fk_revision_organisation_id_site_id_post_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_index(
        op.f("ix_revision_organisation_id_account_id"),
        "revision",
        ["organisation_id", "account_id"],
        unique=False,
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_revision_organisation_id_site_id_post_id_id"),
        "revision",
        ["organisation_id", "site_id", "post_id", "id"],
        unique=False,
    )
    runs_code_of()


def downgrade() -> None:
    op.drop_table("revision")
    op.drop_table("post_tag")
    op.drop_table("tag")
    op.drop_table("post_author")
    op.drop_table("post")
