"""The plan's limits on members and media bind; redirects have to lead somewhere in the end."""

from __future__ import annotations

from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

REQUIRE_BELOW_LIMIT = """
CREATE OR REPLACE FUNCTION require_below_limit() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE most_allowed bigint; present bigint; added bigint := 1; site text;
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
        EXECUTE 'SELECT ' || coalesce(TG_ARGV[1], 'count(*)') || ' FROM ' || quote_ident(TG_TABLE_NAME)
            || ' WHERE organisation_id = $1' INTO present USING NEW.organisation_id;
        PERFORM set_config('flotilla.site_id', coalesce(site, ''), true);
        IF TG_ARGV[0] = 'media_bytes' THEN
            added := NEW.size_bytes;
        END IF;
        IF present + added > most_allowed THEN
            RAISE check_violation USING CONSTRAINT = 'limit_reached', MESSAGE = 'the limit of the plan is reached',
                DETAIL = TG_ARGV[0] || ' ' || most_allowed;
        END IF;
    END IF;
    RETURN NEW;
END $$"""
REQUIRE_BELOW_LIMIT_BEFORE = """
CREATE OR REPLACE FUNCTION require_below_limit() RETURNS trigger LANGUAGE plpgsql AS
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
END $$"""
REQUIRE_AN_END = """
CREATE FUNCTION require_an_end() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE chain text[] := ARRAY[NEW.from_path]; target text := NEW.to_url;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('redirect' || NEW.site_id, 0));
    WHILE target LIKE '/%' LOOP
        target := split_part(split_part(target, '#', 1), '?', 1);
        chain := chain || target;
        IF target = NEW.from_path THEN
            RAISE check_violation USING CONSTRAINT = 'redirect_loop',
                MESSAGE = 'this leads in a circle: ' || array_to_string(chain, ' → ')
                    || '; let one of these redirects lead elsewhere, or delete it';
        ELSIF cardinality(chain) > 22 THEN
            RAISE check_violation USING CONSTRAINT = 'redirect_loop',
                MESSAGE = 'this leads over more than 20 other redirects, which no browser follows: '
                    || array_to_string(chain, ' → ') || ' → …; let it lead to where they end';
        END IF;
        SELECT to_url FROM redirect WHERE site_id = NEW.site_id AND from_path = target INTO target;
    END LOOP;
    RETURN NULL;
END $$"""

LIMITED = {
    "member": "'members', 'count(*) FILTER (WHERE ended_at IS NULL)'",
    "media": "'media_bytes', 'coalesce(sum(size_bytes), 0)'",
}


def upgrade() -> None:
    op.execute(REQUIRE_BELOW_LIMIT)
    for table, limit in LIMITED.items():
        op.execute(
            f"CREATE TRIGGER require_below_limit BEFORE INSERT ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION require_below_limit({limit})"
        )
    op.execute(
        "CREATE TRIGGER require_below_limit_again BEFORE UPDATE OF ended_at ON member FOR EACH ROW"
        " WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL)"
        f" EXECUTE FUNCTION require_below_limit({LIMITED['member']})"
    )
    op.execute(REQUIRE_AN_END)
    op.execute("REVOKE ALL ON FUNCTION require_an_end() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER require_an_end AFTER INSERT OR UPDATE OF from_path, to_url ON redirect FOR EACH ROW"
        " EXECUTE FUNCTION require_an_end()"
    )
    runs_code_of("0014", "0015")


def downgrade() -> None:
    op.execute("DROP TRIGGER require_an_end ON redirect")
    op.execute("DROP FUNCTION require_an_end()")
    op.execute("DROP TRIGGER require_below_limit_again ON member")
    for table in LIMITED:
        op.execute(f"DROP TRIGGER require_below_limit ON {table}")
    op.execute(REQUIRE_BELOW_LIMIT_BEFORE)
    runs_code_of("0014")
