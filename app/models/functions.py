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

_SET_UPDATED_AT = """\
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := pg_catalog.now(); RETURN NEW; END $$"""

FUNCTIONS = {
    "uuid7": _UUID7,
    "acting_organisation": _ACTING_ORGANISATION,
    "acting_account": _ACTING_ACCOUNT,
    "acting_site_slug": _ACTING_SITE_SLUG,
    "acting_secret_sha256": _ACTING_HASH,
    "set_updated_at": _SET_UPDATED_AT,
}
"""Name → the statement that makes it."""
