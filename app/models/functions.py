"""The functions in the database that columns, triggers and policies call, as SQL.

Those that policies call are one expression each, which PostgreSQL puts in the caller's place: no call is left.
"""

from __future__ import annotations

# RFC 9562, method 3: 48 bits of milliseconds, and the part of a millisecond in the 12 bits after the version. So ids
# are in the order of their making, to the microsecond that the clock has; the rest is random. PostgreSQL 18 has it
# built in.
_UUID7 = """\
CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN (overlay(
    lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 4096000)::bigint), 15, '0') PLACING '7' FROM 13 FOR 0
) || substr(gen_random_uuid()::text, 20))::uuid"""

# What a transaction acts for: null while nothing is set, and where a setting ended with an earlier transaction, of
# which PostgreSQL leaves an empty string.
_ACTING_ORGANISATION = """\
CREATE FUNCTION acting_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.organisation_id', true), '')::uuid"""

_ACTING_ACCOUNT = """\
CREATE FUNCTION acting_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.account_id', true), '')::uuid"""

_ACTING_SITE_SLUG = """\
CREATE FUNCTION acting_site_slug() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.site_slug', true), '')"""

# What a client sent to be let in, as the hash that is kept: 64 hexadecimal digits.
_ACTING_HASH = """\
CREATE FUNCTION acting_secret_sha256() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN decode(nullif(current_setting('flotilla.secret_sha256', true), ''), 'hex')"""

# The address that somebody typed, in lower case.
_ACTING_EMAIL = """\
CREATE FUNCTION acting_email() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.email', true), '')"""

# What an attempt is counted by: keys of `throttle`, with commas between them.
_ACTING_THROTTLE_KEYS = """\
CREATE FUNCTION acting_throttle_keys() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN string_to_array(nullif(current_setting('flotilla.throttle_keys', true), ''), ',')"""

# Who works in Studio, by name; null for everybody else.
_ACTING_OPERATOR = """\
CREATE FUNCTION acting_operator() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.operator', true), '')"""

# Set for a key of one site: nothing of the organisation's other sites is there then.
_ACTING_SITE = """\
CREATE FUNCTION acting_site() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('flotilla.site_id', true), '')::uuid"""

# Never the same twice for one row: an ETag is made of it. Of two transactions, the later one may have begun first.
_SET_UPDATED_AT = """\
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    NEW.updated_at := greatest(pg_catalog.now(), OLD.updated_at + interval '1 microsecond'); RETURN NEW;
END $$"""

# A plan's limit binds whoever adds a row. The lock is taken only where there is a limit, so that two at once cannot
# both be the last; the rows of all sites are counted, also for a key of one site. A second argument measures what is
# there otherwise than by counting it.
_REQUIRE_BELOW_LIMIT = """\
CREATE FUNCTION require_below_limit() RETURNS trigger LANGUAGE plpgsql AS
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

# Redirects that lead to each other are followed until a browser gives up. Those of one site take turns, so that two at
# once cannot close a circle; one that leads over more than 20 others is of no use either: browsers stop there.
_REQUIRE_AN_END = """\
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

# What happens to a post is told to the webhooks that asked for it, in the transaction in which it happens, whoever does
# it: the API, Studio or the worker. Those of the whole organisation too, which a key of one site does not see.
_TELL_WEBHOOKS = """\
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

FUNCTIONS = {
    "uuid7": _UUID7,
    "acting_organisation": _ACTING_ORGANISATION,
    "acting_account": _ACTING_ACCOUNT,
    "acting_site_slug": _ACTING_SITE_SLUG,
    "acting_secret_sha256": _ACTING_HASH,
    "acting_email": _ACTING_EMAIL,
    "acting_throttle_keys": _ACTING_THROTTLE_KEYS,
    "acting_operator": _ACTING_OPERATOR,
    "acting_site": _ACTING_SITE,
    "set_updated_at": _SET_UPDATED_AT,
    "require_below_limit": _REQUIRE_BELOW_LIMIT,
    "require_an_end": _REQUIRE_AN_END,
    "tell_webhooks": _TELL_WEBHOOKS,
}
"""Name → the statement that makes it."""
