"""Organisations, their people and plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0002"
down_revision = None
branch_labels = None
depends_on = None

RESOURCE = (
    "resource IN ('sites', 'members', 'posts', 'subscribers', 'media_bytes', 'page_views_per_month',"
    " 'requests_per_minute')"
)


def upgrade() -> None:
    op.execute("""CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN (overlay(
    lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 4096000)::bigint), 15, '0') PLACING '7' FROM 13 FOR 0
) || substr(gen_random_uuid()::text, 20))::uuid""")
    op.execute("""CREATE FUNCTION acting_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.organisation_id', true), '')::uuid""")
    op.execute("""CREATE FUNCTION acting_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.account_id', true), '')::uuid""")
    op.execute("""CREATE FUNCTION acting_site_slug() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.site_slug', true), '')""")
    op.execute("""CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := pg_catalog.now(); RETURN NEW; END $$""")
    op.create_table(
        "schema_compatibility",
        sa.Column("code_revision", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code_revision", name=op.f("pk_schema_compatibility")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("name", sa.Text, server_default="", nullable=False),
        sa.Column("language", sa.Text, server_default="en", nullable=False),
        sa.Column("time_zone", sa.Text, server_default="UTC", nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name=op.f("ck_account_email")),
        sa.CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'", name=op.f("ck_account_language")),
        sa.CheckConstraint("time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'", name=op.f("ck_account_time_zone")),
        sa.CheckConstraint("char_length(email) BETWEEN 3 AND 254", name=op.f("ck_account_email_length")),
        sa.CheckConstraint("char_length(name) BETWEEN 0 AND 200", name=op.f("ck_account_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_index("uq_account_email", "account", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_plan_slug")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_plan_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("slug", name=op.f("uq_plan_slug")),
    )
    op.create_index("uq_plan_is_default", "plan", ["is_default"], unique=True, postgresql_where=sa.text("is_default"))
    op.create_table(
        "plan_limit",
        sa.Column("plan_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            RESOURCE,
            name=op.f("ck_plan_limit_resource"),
        ),
        sa.CheckConstraint("most >= 0", name=op.f("ck_plan_limit_most")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_limit_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "resource", name=op.f("pk_plan_limit")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("plan_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_organisation_name")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_organisation_plan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_plan_id"), "organisation", ["plan_id"], unique=False)
    op.create_table(
        "organisation_limit",
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            RESOURCE,
            name=op.f("ck_organisation_limit_resource"),
        ),
        sa.CheckConstraint("most >= 0", name=op.f("ck_organisation_limit_most")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_limit_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "resource", name=op.f("pk_organisation_limit")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column(
            "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
        ),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'editor', 'writer')", name=op.f("ck_member_role")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_member_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_member_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("organisation_id", "account_id", name=op.f("uq_member_organisation_id_account_id")),
    )
    op.create_index(op.f("ix_member_account_id"), "member", ["account_id"], unique=False)
    # The bundle's API token acts for this organisation, which has no limits.
    op.execute("""
        INSERT INTO plan (id, slug, name, is_default)
        VALUES ('00000000-0000-7000-8000-000000000001', 'unlimited', 'Unlimited', true)
    """)
    op.execute("""
        INSERT INTO organisation (id, name, plan_id) VALUES (
            '00000000-0000-7000-8000-000000000001', 'Default organisation', '00000000-0000-7000-8000-000000000001'
        )
    """)
    runs_code_of()


def downgrade() -> None:
    op.drop_table("member")
    op.drop_table("organisation_limit")
    op.drop_table("organisation")
    op.drop_table("plan_limit")
    op.drop_table("plan")
    op.drop_table("account")
    op.drop_table("schema_compatibility")
    for function in ("set_updated_at", "acting_site_slug", "acting_account", "acting_organisation", "uuid7"):
        op.execute(f"DROP FUNCTION {function}()")
