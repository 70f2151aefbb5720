"""Row-level security on the real servers: what the catalogue says, and what an attacker gets."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from app.models.everything import Base
from app.models.rights import policies
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Answer, Client
from tests.integration.app.tenants import (
    ATTACKER,
    PERSONAL,
    SHARED,
    UNSEEN,
    VICTIM,
    Connection,
    attack,
    belonging,
    tables,
    undone,
    unprotected,
)
from tests.integration.database_servers import scalar

# What the worker may count or clean up in.
COUNTED = {"site", "post", "organisation", "organisation_limit", "request_count", "idempotency_key"}
COUNTED |= {"session", "one_time_token", "webhook", "webhook_delivery"}
OWNED = sorted(table.name for table in Base.metadata.sorted_tables if table.name not in SHARED | UNSEEN)
ROLES = (
    "flotilla_app",
    "flotilla_reader",
    "flotilla_worker",
    "flotilla_doorkeeper",
    "flotilla_content",
    "flotilla_operator",
    "flotilla_captain",
)


# ---- what the catalogue says ---------------------------------------------------------------------------------------


def test_every_table_of_an_organisation_or_site_is_protected(seeded: Platform) -> None:
    """Forced row-level security with a policy for all commands; and the list is what the models say."""
    with seeded.owner() as owner:
        assert unprotected(owner) == []
        assert belonging(owner) | {"organisation", "account"} | PERSONAL == set(OWNED) == set(tables(owner))
        assert len(OWNED) >= 23


def test_a_table_that_was_forgotten_is_found(seeded: Platform) -> None:
    """One with the column, and one whose key leads to it over another table."""
    with seeded.owner() as owner, undone(owner):
        owner.execute("CREATE TABLE forgotten (id uuid PRIMARY KEY, site_id uuid)")
        owner.execute("CREATE TABLE behind_it (forgotten_id uuid REFERENCES forgotten)")
        owner.execute("ALTER TABLE post NO FORCE ROW LEVEL SECURITY")
        found = {sentence.split(":")[0] for sentence in unprotected(owner)}
    assert found == {"forgotten", "behind_it", "post"}


def test_keys_between_tables_of_organisations_hold_the_organisation(seeded: Platform) -> None:
    """So that no row can point into another organisation; PostgreSQL checks keys past row-level security."""
    with seeded.owner() as owner:
        keys = owner.execute(
            """
            SELECT conname, ARRAY(
                SELECT own.attname || '=' || theirs.attname
                FROM unnest(conkey, confkey) AS pair(mine, other)
                JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = mine
                JOIN pg_attribute theirs ON theirs.attrelid = confrelid AND theirs.attnum = other
            ) FROM pg_constraint WHERE contype = 'f' AND EXISTS (
                SELECT FROM pg_attribute WHERE attrelid = confrelid AND attname = 'organisation_id'
            )
            """
        ).fetchall()
    assert len(keys) > 20
    assert [name for name, pairs in keys if "organisation_id=organisation_id" not in pairs] == []


def test_the_roles_own_nothing_and_can_bypass_nothing(seeded: Platform) -> None:
    """No superuser, no BYPASSRLS, no object, nothing that could be made, no role but the five for a transaction."""
    with seeded.owner() as owner:
        powers = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
        assert scalar(owner, f"SELECT count(*) FROM pg_roles WHERE rolname IN {ROLES} AND NOT ({powers})") == len(ROLES)
        for role in ROLES:
            assert (
                scalar(owner, f"SELECT count(*) FROM pg_shdepend WHERE refobjid = '{role}'::regrole AND deptype='o'")
                == 0
            )
            assert scalar(owner, f"SELECT has_schema_privilege('{role}', 'public', 'CREATE')") is False
            assert scalar(owner, f"SELECT has_database_privilege('{role}', 'flotilla', 'CREATE, TEMPORARY')") is False
        options = "roleid::regrole || ' ' || inherit_option || ' ' || set_option"
        member = f"SELECT string_agg({options}, ', ' ORDER BY roleid::regrole::text)"
        assert scalar(owner, f"{member} FROM pg_auth_members WHERE member = 'flotilla_app'::regrole") == ", ".join(
            f"flotilla_{role} false true" for role in ("content", "doorkeeper", "operator", "reader", "worker")
        )


# ---- the attack ----------------------------------------------------------------------------------------------------


def test_the_attack_covers_every_table(seeded: Platform) -> None:
    """A new table needs a row here before it can be attacked."""
    with seeded.owner() as owner:
        assert set(tables(owner)) == {"organisation", *VICTIM.rows()}


def test_nothing_of_another_organisation_can_be_reached(attacker: Connection) -> None:
    """Not read, counted, changed, taken, deleted, nor added to: in no table."""
    assert attack(attacker, OWNED) == []


@pytest.mark.parametrize("mutant", ["dropped", "widened", "off"])
@pytest.mark.parametrize("table", OWNED)
def test_the_attack_fails_where_a_policy_is_missing(
    seeded: Platform, attacker: Connection, table: str, mutant: str
) -> None:
    """Known to bite: without a table's policy, with one that lets everything through, or with none in force.

    A table whose policy was dropped shows nobody anything, its own organisation neither, which the attack tells too.
    """
    with broken(seeded, table, mutant):
        assert attack(attacker, [table]) != []
    assert attack(attacker, [table]) == []


@contextmanager
def broken(platform: Platform, table: str, mutant: str) -> Iterator[None]:
    """A table without its protection for a block; then as the models say."""
    own = [policy for policy in policies(Base.metadata.tables[table]) if policy.role == "flotilla_app"]
    with platform.owner() as owner:
        for policy in own:
            if mutant == "dropped":
                owner.execute(f"DROP POLICY {policy.name} ON {table}")
            elif mutant == "widened":
                check = "" if policy.command == "SELECT" else " WITH CHECK (true)"
                owner.execute(f"ALTER POLICY {policy.name} ON {table} USING (true){check}")
        if mutant == "off":
            owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        with platform.owner() as owner:
            owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            for policy in own:
                owner.execute(f"DROP POLICY IF EXISTS {policy.name} ON {table}")
                owner.execute(policy.statement(table))


def test_no_key_leads_into_another_organisation(attacker: Connection) -> None:
    """A row of one's own cannot be made to point to the victim's: the answer is as if that were not there at all."""
    nowhere = VICTIM.id(99)
    # A delivery is not even looked up: its policy asks for a webhook that is there.
    refusals = (psycopg.errors.ForeignKeyViolation, psycopg.errors.InsufficientPrivilege)
    for table, column, theirs in (
        ("post", "site_id", VICTIM.site),
        ("post", "cover_media_id", VICTIM.id(4)),
        ("post_tag", "tag_id", VICTIM.id(6)),
        ("post_author", "account_id", VICTIM.account),
        ("navigation_item", "parent_id", VICTIM.id(5)),
        ("webhook_delivery", "webhook_id", VICTIM.id(7)),
        ("api_key", "site_id", VICTIM.site),
        ("job", "site_id", VICTIM.site),
    ):
        said = []
        for target in (theirs, nowhere):
            with undone(attacker), pytest.raises(refusals) as refused:
                attacker.execute(
                    f"UPDATE {table} SET {column} = %s WHERE ctid IN (SELECT ctid FROM {table} LIMIT 1)", (target,)
                )
            said.append((refused.value.diag.constraint_name, str(refused.value).replace(target, "…")))
        assert said[0] == said[1], table


@pytest.mark.parametrize("setting", [None, ""])
def test_who_acts_for_nobody_sees_nothing(seeded: Platform, setting: str | None) -> None:
    """Unset, or empty as PostgreSQL leaves it after a transaction; and adds nothing."""
    with seeded.servers.connect(seeded.postgres, "flotilla_app") as connection:
        if setting is not None:
            connection.execute("SELECT set_config('flotilla.organisation_id', %s, false)", (setting,))
        assert {table: scalar(connection, f"SELECT count(*) FROM {table}") for table in OWNED} == dict.fromkeys(
            OWNED, 0
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("INSERT INTO site (slug, title) VALUES ('nobodys', 'Nobody')")


def test_the_owner_of_the_schema_sees_nothing_either(seeded: Platform) -> None:
    """Row-level security is forced: who may change the schema may not read it by the way."""
    with seeded.owner() as owner:
        owner.execute("SELECT set_config('flotilla.organisation_id', %s, false)", (VICTIM.organisation,))
        assert {table: scalar(owner, f"SELECT count(*) FROM {table}") for table in OWNED} == dict.fromkeys(OWNED, 0)


def test_what_one_client_acts_for_is_not_left_to_the_next(seeded: Platform) -> None:
    """Behind PgBouncer, on the same server connection: after the transaction, and after one that failed."""
    with (
        seeded.servers.connect(seeded.pgbouncer, "flotilla_app") as one,
        seeded.servers.connect(seeded.pgbouncer, "flotilla_app") as two,
    ):
        act = f"SELECT set_config('flotilla.organisation_id', '{VICTIM.organisation}', true)"
        for end in ("", "; SELECT 1/0"):
            backends = set()
            for _ in range(20):
                try:
                    seen = one.execute(f"{act}; SELECT count(*) FROM site{end}")
                    assert seen.nextset() and seen.fetchone() == (1,)
                except psycopg.errors.DivisionByZero:
                    assert end
                backends.add(scalar(one, "SELECT pg_backend_pid()"))
                backends.add(scalar(two, "SELECT pg_backend_pid()"))
                assert scalar(two, "SELECT count(*) FROM site") == 0
            assert len(backends) <= 2


# ---- readers and the worker ----------------------------------------------------------------------------------------


def test_readers_see_what_is_published_on_one_site_and_write_nothing(seeded: Platform) -> None:
    """No draft, no other site, no other table."""
    as_reader = (
        f"SELECT set_config('flotilla.site_slug', '{VICTIM.word}', true), set_config('role', 'flotilla_reader', true)"
    )
    with seeded.servers.connect(seeded.postgres, "flotilla_app") as connection:

        def seen(query: str) -> Any:
            with undone(connection):
                connection.execute(as_reader)
                return scalar(connection, query)

        assert seen("SELECT string_agg(slug, ',') FROM site") == VICTIM.word
        for status, visible in (("draft", 0), ("scheduled", 0), ("archived", 0), ("unlisted", 1), ("published", 1)):
            seeded.superuser(f"UPDATE post SET status = '{status}' WHERE site_id = '{VICTIM.site}'")
            assert seen("SELECT count(*) FROM post") == visible, status
        writes = ("DELETE FROM post", "UPDATE site SET title = 'x'", "INSERT INTO post (title) VALUES ('x')")
        others = [f"SELECT 1 FROM {table}" for table in OWNED if table not in {"site", "post"}]
        for statement in (*writes, *others):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                seen(statement)


def test_the_worker_counts_and_does_nothing_else(seeded: Platform) -> None:
    """Of all organisations it may read which post is on which site, and write how many there are."""
    expired = "WHERE expires_at <= now()"  # of other files, whose links ran out meanwhile
    seeded.superuser(*(f"DELETE FROM {table} {expired}" for table in ("session", "one_time_token")))
    with seeded.servers.connect(seeded.postgres, "flotilla_app") as connection:

        def run(statement: str) -> int:
            with undone(connection):
                connection.execute("SELECT set_config('role', 'flotilla_worker', true)")
                return connection.execute(statement).rowcount

        assert run("SELECT id, site_id FROM post") >= 2
        assert run("UPDATE site SET post_count = 5") >= 2
        assert (run("DELETE FROM session"), run("DELETE FROM one_time_token")) == (0, 0)  # none has expired
        for statement in (
            *("SELECT body FROM post", "SELECT title FROM site", "UPDATE site SET title = 'x'", "DELETE FROM site"),
            *("UPDATE site SET organisation_id = NULL", "UPDATE post SET site_id = NULL", "DELETE FROM post"),
            *("SELECT account_id FROM session", "SELECT secret_sha256 FROM one_time_token", "SELECT key FROM throttle"),
            *("UPDATE post SET published_at = now()", "UPDATE post SET title = 'x'"),
            *("UPDATE webhook SET url = 'https://x'", "DELETE FROM webhook", "SELECT created_at FROM webhook"),
            *("SELECT name FROM organisation", "SELECT body FROM idempotency_key", "UPDATE plan_limit SET most = 1"),
            *(f"SELECT 1 FROM {table}" for table in OWNED if table not in COUNTED),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                run(statement)


# ---- the same through every endpoint -------------------------------------------------------------------------------

PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01"
BODIES: dict[str, Any] = {
    "post /api/v1/sites": {"slug": VICTIM.word, "title": "Taken"},
    "patch /api/v1/sites/{site_id}": {"title": "Planted"},
    "post /api/v1/sites/{site_id}/posts": {"title": "Planted", "body": "Planted"},
    "patch /api/v1/sites/{site_id}/posts/{post_id}": {"title": "Planted"},
    "post /api/v1/sites/{site_id}/posts/{post_id}/revisions/{revision_id}/restore": None,
    "post /api/v1/sites/{site_id}/tags": {"slug": "planted", "name": "Planted"},
    "patch /api/v1/sites/{site_id}/tags/{tag_id}": {"name": "Planted"},
    "post /api/v1/sites/{site_id}/redirects": {"from_path": "/planted", "to_url": "/"},
    "patch /api/v1/sites/{site_id}/redirects/{redirect_id}": {"to_url": "/planted"},
    "post /api/v1/sites/{site_id}/navigation": {"menu": "footer", "label": "Planted", "url": "/"},
    "patch /api/v1/sites/{site_id}/navigation/{item_id}": {"label": "Planted", "position": 1},
    "post /api/v1/sites/{site_id}/media": PICTURE,
    "patch /api/v1/sites/{site_id}/media/{media_id}": {"alternative_text": "Planted"},
    "post /api/v1/sites/{site_id}/subscribers": {"email": "planted@example.org"},
    "patch /api/v1/sites/{site_id}/subscribers/{subscriber_id}": {"status": "unsubscribed"},
    "post /api/v1/webhooks": {"url": "https://example.org", "events": ["post.changed"], "site_id": VICTIM.site},
    "patch /api/v1/webhooks/{webhook_id}": {"paused": True},
    "post /api/v1/api-keys": {"name": "Planted", "scopes": ["manage"], "site_id": VICTIM.site},
}
QUERIES = {"post /api/v1/sites/{site_id}/media": "?file_name=planted.png"}
IDS = {"site_id": VICTIM.site}
NUMBERS = {"post": 3, "media": 4, "item": 5, "tag": 6, "webhook": 7, "revision": 9, "key": 10, "redirect": 11}
NUMBERS |= {"delivery": 12, "subscriber": 13}
IDS |= {f"{name}_id": VICTIM.id(number) for name, number in NUMBERS.items()}


def operations_with_a_token(app: Client) -> list[tuple[str, str]]:
    """Methods and paths. Those of people: test_app_sessions.py and its neighbours try what is another's."""
    return [
        (method, path)
        for path, methods in app.get("/api/v1/openapi.json").json["paths"].items()
        for method, operation in methods.items()
        if {"token": []} in operation.get("security", [])
    ]


def attack_endpoints(app: Client) -> list[str]:
    """Everything that the API, for the attacker, tells of the victim or does to it: a sentence each.

    Every operation of the document, with the victim's ids; and with those of its things on the attacker's site.
    """
    leaks = []
    operations = operations_with_a_token(app)
    # What deletes comes last, and the innermost first, so that all is there for the others.
    for method, path in sorted(operations, key=lambda one: (one[0] == "delete", -len(one[1]) * (one[0] == "delete"))):
        parameters = re.findall(r"\{(\w+)\}", path)
        for ids in (IDS, {**IDS, "site_id": ATTACKER.site}) if len(parameters) > 1 else (IDS,):
            target = re.sub(r"\{(\w+)\}", lambda found, ids=ids: ids[found[1]], path)
            target += QUERIES.get(f"{method} {path}", "")
            content = BODIES[f"{method} {path}"] if method in {"post", "patch", "put"} else None
            answer: Answer = app.ask(method.upper(), target, content)
            if parameters and answer.status != 404:
                leaks.append(f"{method} {path}: {answer.status}")
            # The name is taken, which DNS tells as well; nothing else is told.
            if VICTIM.word in answer.body.decode() and answer.status != 409:
                leaks.append(f"{method} {path}: the victim's words")
    return leaks


def test_no_endpoint_reaches_another_organisation(seeded: Platform, app: Client) -> None:
    """What is not the token's organisation's is not there; nothing was planted, changed or deleted."""
    victims = [
        f"SELECT {table}::text FROM {table} WHERE {VICTIM.owner_of(table)[0]} = '{VICTIM.owner_of(table)[1]}'"
        for table in OWNED
    ]
    before = seeded.superuser(*victims)
    assert VICTIM.word in before
    assert attack_endpoints(app) == []
    assert seeded.superuser(*victims) == before


def test_the_attack_on_endpoints_fails_without_policies(seeded: Platform, app: Client) -> None:
    """Known to bite as well: on whatever reads, changes or deletes."""
    tables = ("site", "post", "revision", "tag", "media", "redirect", "navigation_item", "subscriber", "api_key")
    tables += ("webhook", "webhook_delivery")
    try:
        with contextlib.ExitStack() as without:
            for table in tables:
                without.enter_context(broken(seeded, table, "widened"))
            leaks = attack_endpoints(app)
    finally:
        accounts = f"DELETE FROM account WHERE id = '{VICTIM.account}'"
        victim = f"DELETE FROM organisation WHERE id = '{VICTIM.organisation}'"
        seeded.superuser(f"DELETE FROM site WHERE id = '{VICTIM.site}'", accounts, victim, *VICTIM.statements())
    bitten = {leak.split(":")[0] for leak in leaks}
    # Rows that are added get the attacker's organisation, whatever the policy: keys do not let them lead elsewhere.
    adding = {"post /api/v1/sites", "post /api/v1/api-keys", "post /api/v1/webhooks"}
    adding |= {
        f"post /api/v1/sites/{{site_id}}/{things}"
        for things in ("posts", "tags", "redirects", "navigation", "subscribers", "media")
    }
    assert bitten == {f"{method} {path}" for method, path in operations_with_a_token(app)} - adding
