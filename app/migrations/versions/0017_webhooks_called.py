"""What happens to posts is told to webhooks, by the worker, which says why a message did not arrive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TELL_WEBHOOKS = """
CREATE FUNCTION tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE post record := NEW; what text := 'post.changed'; site text := current_setting('flotilla.site_id', true);
BEGIN
    IF TG_OP = 'DELETE' THEN
        post := OLD;
        what := 'post.deleted';
    ELSIF NEW.status IN ('published', 'unlisted') THEN
        IF TG_OP = 'INSERT' OR OLD.status NOT IN ('published', 'unlisted') THEN
            what := 'post.published';
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        RETURN NULL;
    END IF;
    IF site <> '' THEN
        PERFORM set_config('flotilla.site_id', '', true);
    END IF;
    INSERT INTO webhook_delivery (organisation_id, webhook_id, event, payload)
    SELECT webhook.organisation_id, webhook.id, what, jsonb_build_object(
        'type', what, 'timestamp', now(), 'data', jsonb_build_object(
            'id', post.id, 'site_id', post.site_id, 'slug', post.slug, 'title', post.title, 'status', post.status,
            'language', post.language, 'published_at', post.published_at, 'updated_at', post.updated_at
        )
    ) FROM webhook
    WHERE webhook.organisation_id = post.organisation_id AND what = ANY (webhook.events)
        AND (webhook.site_id IS NULL OR webhook.site_id = post.site_id) AND webhook.paused_at IS NULL;
    IF site <> '' THEN
        PERFORM set_config('flotilla.site_id', site, true);
    END IF;
    RETURN NULL;
END $$"""

POLICIES = {
    "webhook": "FOR SELECT TO flotilla_worker USING (true)",
    "webhook_delivery": "FOR ALL TO flotilla_worker USING (true) WITH CHECK (true)",
}
GRANTS = {
    "webhook": "SELECT (id, organisation_id, site_id, url, events, signing_key, paused_at)",
    "webhook_delivery": "SELECT, INSERT, UPDATE, DELETE",
}


def upgrade() -> None:
    op.add_column("webhook_delivery", sa.Column("last_error", sa.Text, nullable=True))
    op.create_check_constraint(
        op.f("ck_webhook_delivery_last_error"), "webhook_delivery", "char_length(last_error) BETWEEN 0 AND 1000"
    )
    for table, policy in POLICIES.items():
        op.execute(f"CREATE POLICY worker ON {table} {policy}")
        op.execute(f"GRANT {GRANTS[table]} ON {table} TO flotilla_worker")
    op.execute("GRANT EXECUTE ON FUNCTION uuid7() TO flotilla_worker")
    op.execute(TELL_WEBHOOKS)
    op.execute("REVOKE ALL ON FUNCTION tell_webhooks() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER tell_webhooks AFTER INSERT OR DELETE OR UPDATE ON post FOR EACH ROW"
        " EXECUTE FUNCTION tell_webhooks()"
    )
    runs_code_of("0014", "0015", "0016")


def downgrade() -> None:
    op.execute("DROP TRIGGER tell_webhooks ON post")
    op.execute("DROP FUNCTION tell_webhooks()")
    op.execute("REVOKE EXECUTE ON FUNCTION uuid7() FROM flotilla_worker")
    for table in POLICIES:
        op.execute(f"DROP POLICY worker ON {table}")
        op.execute(f"REVOKE {GRANTS[table]} ON {table} FROM flotilla_worker")
    op.drop_column("webhook_delivery", "last_error")
    runs_code_of("0014", "0015")
