"""Rows of an organisation are there for those who act for it, and for nobody else."""

from __future__ import annotations

from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Roles are made with the cluster (swarm/postgres/roles.sql): the owner of the schema may make none.
ROLES = "flotilla_app, flotilla_reader, flotilla_worker"

FUNCTIONS = {
    "uuid7": "flotilla_app",
    "acting_organisation": "flotilla_app",
    "acting_account": "flotilla_app",
    "acting_site_slug": "flotilla_reader",
    "set_updated_at": "",
}

# Tables with an `organisation_id`, and what the app may do with them.
ALL = "SELECT, INSERT, UPDATE, DELETE"
OF_AN_ORGANISATION = {
    "organisation_limit": "SELECT",
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
}
WITHOUT_ROW_SECURITY = ("plan", "plan_limit", "schema_compatibility", "alembic_version")
NEVER_UPDATED = ("revision", "artefact", "publication", "audit_event", "schema_compatibility", "alembic_version")

POLICIES = (
    "own ON organisation FOR ALL TO flotilla_app"
    " USING (id = acting_organisation()) WITH CHECK (id = acting_organisation())",
    "own ON account FOR ALL TO flotilla_app USING (id = acting_account()) WITH CHECK (id = acting_account())",
    # Row-level security of `member` leaves those of the organisation that is acted for.
    "fellow_member ON account FOR SELECT TO flotilla_app USING (id IN (SELECT member.account_id FROM member))",
    "reader ON site FOR SELECT TO flotilla_reader USING (slug = acting_site_slug())",
    "reader ON post FOR SELECT TO flotilla_reader USING (status IN ('published', 'unlisted')"
    " AND site_id = (SELECT site.id FROM site WHERE site.slug = acting_site_slug()))",
    "worker ON site FOR SELECT TO flotilla_worker USING (true)",
    "worker_counts ON site FOR UPDATE TO flotilla_worker USING (true) WITH CHECK (true)",
    "worker ON post FOR SELECT TO flotilla_worker USING (true)",
)

GRANTS = (
    "SELECT ON site TO flotilla_reader",
    "SELECT (id, post_count), UPDATE (post_count) ON site TO flotilla_worker",
    "SELECT ON post TO flotilla_reader",
    "SELECT (id, site_id) ON post TO flotilla_worker",
)


def upgrade() -> None:
    # Tables came with the rights that the cluster gives to new ones; from here on each has its own.
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLES}")
    op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {ROLES}")
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
    for function, role in FUNCTIONS.items():
        if role:
            op.execute(f"GRANT EXECUTE ON FUNCTION {function}() TO {role}")
    tables = {**OF_AN_ORGANISATION, "organisation": ALL, "account": ALL}
    for table, commands in (tables | dict.fromkeys(WITHOUT_ROW_SECURITY, "SELECT")).items():
        op.execute(f"GRANT {commands} ON {table} TO flotilla_app")
        if table not in NEVER_UPDATED:
            # The worker's counting is no change of the site.
            changed = "OLD.post_count = NEW.post_count" if table == "site" else "OLD.* IS DISTINCT FROM NEW.*"
            op.execute(
                f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed})"
                " EXECUTE FUNCTION set_updated_at()"
            )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    for table in OF_AN_ORGANISATION:
        op.execute(
            f"CREATE POLICY own_organisation ON {table} FOR ALL TO flotilla_app"
            " USING (organisation_id = acting_organisation()) WITH CHECK (organisation_id = acting_organisation())"
        )
    for policy in POLICIES:
        op.execute(f"CREATE POLICY {policy}")
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    runs_code_of()


def downgrade() -> None:
    tables = [*OF_AN_ORGANISATION, "organisation", "account"]
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in OF_AN_ORGANISATION:
        op.execute(f"DROP POLICY own_organisation ON {table}")
    for policy in POLICIES:
        name, _, table, _ = policy.split(" ", 3)
        op.execute(f"DROP POLICY {name} ON {table}")
    for table in (*tables, "plan", "plan_limit"):
        if table not in NEVER_UPDATED:
            op.execute(f"DROP TRIGGER set_updated_at ON {table}")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLES}")
    op.execute(f"GRANT {ALL} ON ALL TABLES IN SCHEMA public TO flotilla_app")
    op.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC")
    runs_code_of()
