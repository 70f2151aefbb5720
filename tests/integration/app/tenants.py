"""Two organisations with a row in every table, and the attack of one on the other's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from app.models.base import DEFAULT_ORGANISATION
from app.models.plan import DEFAULT_PLAN

Connection = psycopg.Connection[tuple[Any, ...]]

# The same for everybody, and nobody's.
SHARED = {"plan", "plan_limit", "schema_compatibility", "alembic_version", "sealing_key"}
# Nobody's, and the app's own role reads none of it.
UNSEEN = {"captain_audit_event", "mail", "platform_audit_event", "throttle"}
# An account's: by `account_id`, whatever organisation is acted for.
PERSONAL = {"account_event", "credential", "one_time_token", "platform_administrator", "recovery_code", "session"}


@dataclass(frozen=True)
class Tenant:
    """An organisation; `word` is in every text of its rows."""

    word: str
    organisation: str
    prefix: str

    def id(self, number: int) -> str:
        return f"{self.prefix}-0000-7000-8000-{number:012}"

    @property
    def site(self) -> str:
        return self.id(2)

    @property
    def account(self) -> str:
        return self.id(1)

    def rows(self) -> dict[str, str]:
        """Table → columns and values of one row, parents first."""
        own = f"'{self.organisation}'"
        word, site, post = f"'{self.word}'", f"'{self.site}'", f"'{self.id(3)}'"
        in_site = f"{own}, {site}"
        digest = f"sha256({word})"
        return {
            "account": f"(id, email, name) VALUES ('{self.account}', '{self.word}@example.org', {word})",
            "organisation_limit": f"(organisation_id, resource, most) VALUES ({own}, 'members', 7)",
            "member": f"(organisation_id, account_id, role) VALUES ({own}, '{self.account}', 'owner')",
            "site": f"(id, organisation_id, slug, title) VALUES ({site}, {own}, {word}, {word})",
            "site_domain": f"(organisation_id, site_id, host) VALUES ({in_site}, '{self.word}.example.org')",
            "media": "(id, organisation_id, site_id, file_name, content_type, content_sha256, content, size_bytes)"
            f" VALUES ('{self.id(4)}', {in_site}, {word}, 'image/png', {digest}, {word}, {len(self.word)})",
            "navigation_item": "(id, organisation_id, site_id, menu, position, label, url)"
            f" VALUES ('{self.id(5)}', {in_site}, 'header', 0, {word}, '/')",
            "redirect": "(id, organisation_id, site_id, from_path, to_url)"
            f" VALUES ('{self.id(11)}', {in_site}, '/{self.word}', '/')",
            "post": "(id, organisation_id, site_id, title, slug, body, status, published_at, cover_media_id)"
            f" VALUES ({post}, {in_site}, {word}, {word}, {word}, 'published', now(), '{self.id(4)}')",
            "post_author": "(organisation_id, site_id, post_id, account_id, position)"
            f" VALUES ({in_site}, {post}, '{self.account}', 0)",
            "tag": f"(id, organisation_id, site_id, slug, name) VALUES ('{self.id(6)}', {in_site}, {word}, {word})",
            "post_tag": f"(organisation_id, site_id, post_id, tag_id) VALUES ({in_site}, {post}, '{self.id(6)}')",
            "revision": "(id, organisation_id, site_id, post_id, account_id, title, body)"
            f" VALUES ('{self.id(9)}', {in_site}, {post}, '{self.account}', {word}, {word})",
            "api_key": "(id, organisation_id, site_id, name, prefix, secret_sha256, scopes)"
            f" VALUES ('{self.id(10)}', {in_site}, {word}, 'abcd', {digest}, ARRAY['manage'])",
            "webhook": "(id, organisation_id, site_id, url, events, signing_key)"
            f" VALUES ('{self.id(7)}', {in_site}, 'https://{self.word}', ARRAY['published'], {digest})",
            "webhook_delivery": "(id, organisation_id, webhook_id, event)"
            f" VALUES ('{self.id(12)}', {own}, '{self.id(7)}', {word})",
            "job": f"(organisation_id, site_id, kind) VALUES ({in_site}, {word})",
            "artefact": "(id, organisation_id, site_id, path, content_type, content_sha256, content)"
            f" VALUES ('{self.id(8)}', {in_site}, '/', 'text/html', {digest}, {word})",
            "publication": f"(organisation_id, site_id, path, artefact_id) VALUES ({in_site}, '/', '{self.id(8)}')",
            "subscriber": "(id, organisation_id, site_id, email, token_sha256)"
            f" VALUES ('{self.id(13)}', {in_site}, '{self.word}@example.org', {digest})",
            "page_view_day": f"(organisation_id, site_id, day, path) VALUES ({in_site}, '2026-01-01', '/{self.word}')",
            "invitation": "(organisation_id, role, secret_sha256, expires_at)"
            f" VALUES ({own}, 'writer', {digest}, now())",
            "platform_administrator": f"(account_id) VALUES ('{self.account}')",
            "credential": f"(account_id, password_hash) VALUES ('{self.account}', {word})",
            "recovery_code": f"(account_id, code_sha256) VALUES ('{self.account}', {digest})",
            "session": "(account_id, organisation_id, secret_sha256, expires_at)"
            f" VALUES ('{self.account}', {own}, {digest}, 'infinity')",
            "one_time_token": "(account_id, purpose, secret_sha256, expires_at)"
            f" VALUES ('{self.account}', 'magic_link', {digest}, 'infinity')",
            "account_event": f"(account_id, action) VALUES ('{self.account}', {word})",
            "idempotency_key": "(organisation_id, key_sha256, request_sha256, status, body)"
            f" VALUES ({own}, {digest}, {digest}, 201, {digest})",
            "request_count": "(organisation_id, caller_id, minute_at, requests)"
            f" VALUES ({own}, '{self.account}', '2026-01-01', 1)",
            "audit_event": f"(organisation_id, account_id, action) VALUES ({own}, '{self.account}', {word})",
        }

    def statements(self) -> list[str]:
        """What makes them, as PostgreSQL's superuser."""
        organisation = f"VALUES ('{self.organisation}', '{self.word}', '{DEFAULT_PLAN}') ON CONFLICT DO NOTHING"
        made = [f"INSERT INTO organisation (id, name, plan_id) {organisation}"]
        return made + [f"INSERT INTO {table} {row}" for table, row in self.rows().items()]

    def owner_of(self, table: str) -> tuple[str, str]:
        """The column of a table that says whose a row is, and what it holds in this tenant's."""
        if table == "account":
            return "id", self.account
        if table in PERSONAL:
            return "account_id", self.account
        return ("id" if table == "organisation" else "organisation_id"), self.organisation


ATTACKER = Tenant("attacker", DEFAULT_ORGANISATION, "0000000a")
VICTIM = Tenant("victim", "0000000b-0000-7000-8000-000000000000", "0000000b")


def tables(connection: Connection) -> list[str]:
    """Every table that is somebody's, from the catalogue."""
    found = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    return [name for (name,) in found if name not in SHARED | UNSEEN]


def belonging(connection: Connection) -> set[str]:
    """Tables that belong to an organisation or a site: by a column of that name, or by a key that leads to one."""
    found = connection.execute(
        """
        WITH RECURSIVE belonging(oid) AS (
            SELECT attrelid FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE attname IN ('organisation_id', 'site_id') AND relkind IN ('r', 'p')
                AND relnamespace = 'public'::regnamespace
            UNION SELECT conrelid FROM pg_constraint JOIN belonging ON confrelid = belonging.oid WHERE contype = 'f'
        ) SELECT oid::regclass::text FROM belonging
        """
    )
    return {name for (name,) in found}


def unprotected(connection: Connection) -> list[str]:
    """A sentence for every such table without forced row-level security or without a policy for some command."""
    wrong = []
    for table in sorted(belonging(connection) | {"organisation", "account"} | PERSONAL):
        forced = connection.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", (table,)
        ).fetchone()
        if forced != (True, True):
            wrong.append(f"{table}: row-level security is {forced}")
        found = connection.execute(
            "SELECT cmd, qual, with_check FROM pg_policies WHERE tablename = %s AND roles = '{flotilla_app}'", (table,)
        ).fetchall()
        if not any(command == "ALL" and qual and check for command, qual, check in found):
            wrong.append(f"{table}: no policy for every command")
        wrong += [f"{table}: a policy lets everything through" for _, qual, _ in found if qual == "true"]
    return wrong


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """A transaction of which nothing stays."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def attack(connection: Connection, targets: Iterable[str]) -> list[str]:
    """Everything that `connection`, which acts for the attacker, gets of the victim's rows: a sentence each.

    That the attacker does not see its own rows is one too: then nothing was proved.
    """
    return [f"{table}: {leak}" for table in targets for leak in _attack_table(connection, table)]


def _attack_table(connection: Connection, table: str) -> Iterator[str]:
    column, own = ATTACKER.owner_of(table)
    _, theirs = VICTIM.owner_of(table)
    names = {"t": sql.Identifier(table), "c": sql.Identifier(column)}
    columns = [name for (name,) in _columns(connection, table) if name != column]
    others = sql.SQL("").join(sql.SQL(", ") + sql.Identifier(name) for name in columns)

    def outcome(statement: str, *values: object) -> int | str:
        """Rows read (counted in the first column) or written, or the SQLSTATE of the refusal."""
        with undone(connection):
            try:
                done = connection.execute(sql.SQL(statement).format(**names, others=others), values)
            except psycopg.Error as error:
                return error.sqlstate or "?"
            row = done.fetchone() if done.description else None
            return done.rowcount if row is None else int(row[0])

    everything = outcome("SELECT count(*) FROM {t}")
    visible = outcome("SELECT count(*) FROM {t} WHERE {c} = %s", own)
    if not visible or isinstance(visible, str):
        yield f"the attacker does not see its own rows ({visible})"
    if outcome("SELECT count(*) FROM {t} WHERE {c} = %s", theirs) != 0:
        yield "the victim's rows are readable"
    if everything != visible:
        yield f"{everything} rows are counted, {visible} are the attacker's"
    if outcome("UPDATE {t} SET {c} = {c} WHERE {c} = %s", theirs) not in (0, "42501"):
        yield "the victim's rows can be changed"
    # Own rows are given to the victim: refused for that (42501), not for want of anything else.
    taken = outcome("UPDATE {t} SET {c} = %s WHERE {c} = %s", theirs, own)
    if taken != "42501":
        yield f"an own row can be given to the victim ({taken})"
    if outcome("DELETE FROM {t} WHERE {c} = %s", theirs) not in (0, "42501"):
        yield "the victim's rows can be deleted"
    # A sequence that is GENERATED ALWAYS would refuse it first.
    inserted = outcome(
        "INSERT INTO {t} ({c}{others}) OVERRIDING SYSTEM VALUE SELECT %s::uuid{others} FROM {t} WHERE {c} = %s LIMIT 1",
        theirs,
        own,
    )
    if inserted != "42501":
        yield f"rows can be added to the victim's ({inserted})"


def _columns(connection: Connection, table: str) -> list[tuple[str]]:
    return connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", (table,)
    ).fetchall()  # type: ignore[return-value]
