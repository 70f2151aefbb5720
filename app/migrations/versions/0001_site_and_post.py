"""Sites and posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schema_compatibility",
        sa.Column("code_revision", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code_revision", name="pk_schema_compatibility"),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("post_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("slug", name="uq_site_slug"),
        sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name=op.f("ck_site_slug")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_site_title")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_post_site_id", ondelete="CASCADE"),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_post_title")),
        sa.CheckConstraint("char_length(body) <= 200000", name=op.f("ck_post_body")),
    )
    op.create_index("ix_post_site_id_id", "post", ["site_id", "id"])
    runs_code_of()


def downgrade() -> None:
    op.drop_table("post")
    op.drop_table("site")
    op.drop_table("schema_compatibility")
