"""API keys found by their hash, and of one site; limits that bind; answers given again; requests counted."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROLES = "flotilla_app, flotilla_reader, flotilla_worker, flotilla_doorkeeper, flotilla_content"

FUNCTIONS = {
    "acting_secret_sha256": """
CREATE FUNCTION acting_secret_sha256() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN decode(nullif(current_setting('flotilla.secret_sha256', true), ''), 'hex')""",
    "acting_site": """
CREATE FUNCTION acting_site() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.site_id', true), '')::uuid""",
    "require_below_limit": """
CREATE FUNCTION require_below_limit() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE most_allowed bigint; present bigint; site text;
BEGIN
    SELECT coalesce(
        (SELECT own.most FROM organisation_limit own
            WHERE own.organisation_id = NEW.organisation_id AND own.resource = TG_ARGV[0]),
        (SELECT plan.most FROM plan_limit plan JOIN organisation ON organisation.plan_id = plan.plan_id
            WHERE organisation.id = NEW.organisation_id AND plan.resource = TG_ARGV[0])
    ) INTO most_allowed;
    IF most_allowed IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(TG_ARGV[0] || NEW.organisation_id, 0));
        site := current_setting('flotilla.site_id', true);
        PERFORM set_config('flotilla.site_id', '', true);
        EXECUTE 'SELECT count(*) FROM ' || quote_ident(TG_TABLE_NAME) || ' WHERE organisation_id = $1'
            INTO present USING NEW.organisation_id;
        PERFORM set_config('flotilla.site_id', coalesce(site, ''), true);
        IF present >= most_allowed THEN
            RAISE check_violation USING CONSTRAINT = 'limit_reached', MESSAGE = 'the limit of the plan is reached',
                DETAIL = TG_ARGV[0] || ' ' || most_allowed;
        END IF;
    END IF;
    RETURN NEW;
END $$""",
}
USERS = {"acting_secret_sha256": "flotilla_doorkeeper", "acting_site": "flotilla_app, flotilla_content"}
SET_UPDATED_AT = """
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    NEW.updated_at := greatest(pg_catalog.now(), OLD.updated_at + interval '1 microsecond'); RETURN NEW;
END $$"""
SET_UPDATED_AT_BEFORE = """
CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := pg_catalog.now(); RETURN NEW; END $$"""

OWN = "organisation_id = acting_organisation()"
OF_A_SITE = (
    *("site_domain", "media", "navigation_item", "redirect", "post", "post_author", "tag", "post_tag", "revision"),
    *("api_key", "webhook", "job", "artefact", "publication", "subscriber", "page_view_day"),
)
PUBLISHED = {
    "site": "",
    "post": " AND status IN ('published', 'unlisted')",
    "post_tag": " AND post_id IN (SELECT post.id FROM post)",
    "post_author": " AND post_id IN (SELECT post.id FROM post)",
    "tag": "",
    "media": "",
    "navigation_item": "",
    "redirect": "",
}
LIMITED = {"site": "sites", "post": "posts"}
GRANTS = (
    "SELECT (id, organisation_id, site_id, scopes, expires_at, revoked_at) ON api_key TO flotilla_doorkeeper",
    "SELECT (id, plan_id) ON organisation TO flotilla_worker",
    "SELECT (organisation_id, resource, most) ON organisation_limit TO flotilla_worker",
    "SELECT ON plan_limit TO flotilla_worker",
    "SELECT (status, published_at), UPDATE (status) ON post TO flotilla_worker",
)
POLICIES = (
    "doorkeeper ON api_key FOR SELECT TO flotilla_doorkeeper USING (secret_sha256 = acting_secret_sha256())",
    "worker_publishes ON post FOR UPDATE TO flotilla_worker USING (true) WITH CHECK (true)",
    "worker ON organisation FOR SELECT TO flotilla_worker USING (true)",
    "worker ON organisation_limit FOR SELECT TO flotilla_worker USING (true)",
)
NEW_TABLES = ("idempotency_key", "request_count")


def own_rows(table: str) -> str:
    site = "id" if table == "site" else "site_id"
    return f"{OWN} AND (acting_site() IS NULL OR {site} = acting_site())"


def upgrade() -> None:
    for name, statement in FUNCTIONS.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC")
    for name, roles in USERS.items():
        op.execute(f"GRANT EXECUTE ON FUNCTION {name}() TO {roles}")
    op.execute("GRANT EXECUTE ON FUNCTION acting_organisation() TO flotilla_content")
    op.execute(SET_UPDATED_AT)
    op.execute("DROP TRIGGER set_updated_at ON api_key")
    op.execute(
        "CREATE TRIGGER set_updated_at BEFORE UPDATE ON api_key FOR EACH ROW"
        " WHEN (OLD.last_used_at IS NOT DISTINCT FROM NEW.last_used_at) EXECUTE FUNCTION set_updated_at()"
    )
    make_tables()
    for table in ("site", *OF_A_SITE):
        op.execute(f"ALTER POLICY own_organisation ON {table} USING ({own_rows(table)}) WITH CHECK ({own_rows(table)})")
    for table, which in PUBLISHED.items():
        op.execute(f"GRANT SELECT ON {table} TO flotilla_content")
        op.execute(f"CREATE POLICY content ON {table} FOR SELECT TO flotilla_content USING ({own_rows(table)}{which})")
    for table, resource in LIMITED.items():
        op.execute(
            f"CREATE TRIGGER require_below_limit BEFORE INSERT ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION require_below_limit('{resource}')"
        )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    for policy in POLICIES:
        op.execute(f"CREATE POLICY {policy}")
    runs_code_of("0007")


def organisation_id() -> sa.Column[str]:
    return sa.Column(
        "organisation_id", sa.Uuid(as_uuid=False), server_default=sa.text("acting_organisation()"), nullable=False
    )


def created_at() -> sa.Column[datetime]:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def make_tables() -> None:
    op.create_table(
        "idempotency_key",
        organisation_id(),
        sa.Column("key_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("etag", sa.Text, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        created_at(),
        sa.CheckConstraint("octet_length(key_sha256) = 32", name=op.f("ck_idempotency_key_key_sha256")),
        sa.CheckConstraint("octet_length(request_sha256) = 32", name=op.f("ck_idempotency_key_request_sha256")),
        sa.CheckConstraint("status BETWEEN 200 AND 299", name=op.f("ck_idempotency_key_status")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_idempotency_key_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "key_sha256", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "request_count",
        organisation_id(),
        sa.Column("caller_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("minute_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        created_at(),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("requests >= 0", name=op.f("ck_request_count_requests")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_request_count_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "caller_id", "minute_at", name=op.f("pk_request_count")),
    )
    op.create_index(op.f("ix_request_count_minute_at"), "request_count", ["minute_at"], unique=False)
    for table in NEW_TABLES:
        op.execute(f"REVOKE ALL ON {table} FROM {ROLES}")
        op.execute(
            f"CREATE POLICY own_organisation ON {table} FOR ALL TO flotilla_app USING ({OWN}) WITH CHECK ({OWN})"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT ON idempotency_key TO flotilla_app")
    op.execute("GRANT SELECT (created_at), DELETE ON idempotency_key TO flotilla_worker")
    op.execute("CREATE POLICY worker ON idempotency_key FOR SELECT TO flotilla_worker USING (true)")
    op.execute("CREATE POLICY worker_cleans ON idempotency_key FOR DELETE TO flotilla_worker USING (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON request_count TO flotilla_app")
    op.execute("GRANT SELECT, INSERT, UPDATE (requests), DELETE ON request_count TO flotilla_worker")
    op.execute("CREATE POLICY worker ON request_count FOR ALL TO flotilla_worker USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE TRIGGER set_updated_at BEFORE UPDATE ON request_count FOR EACH ROW"
        " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()"
    )


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    for policy in POLICIES:
        name, _, table, _ = policy.split(" ", 3)
        op.execute(f"DROP POLICY {name} ON {table}")
    for table in PUBLISHED:
        op.execute(f"DROP POLICY content ON {table}")
    for table in LIMITED:
        op.execute(f"DROP TRIGGER require_below_limit ON {table}")
    for table in ("site", *OF_A_SITE):
        op.execute(f"ALTER POLICY own_organisation ON {table} USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM flotilla_doorkeeper, flotilla_content")
    op.execute("REVOKE ALL ON organisation, organisation_limit, plan_limit FROM flotilla_worker")
    op.execute("REVOKE ALL (status, published_at) ON post FROM flotilla_worker")
    op.execute("REVOKE ALL (id, plan_id) ON organisation FROM flotilla_worker")
    op.execute("REVOKE ALL (organisation_id, resource, most) ON organisation_limit FROM flotilla_worker")
    op.execute("REVOKE EXECUTE ON FUNCTION acting_organisation() FROM flotilla_content")
    op.execute("DROP TRIGGER set_updated_at ON api_key")
    op.execute(
        "CREATE TRIGGER set_updated_at BEFORE UPDATE ON api_key FOR EACH ROW"
        " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()"
    )
    op.execute(SET_UPDATED_AT_BEFORE)
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    runs_code_of()
