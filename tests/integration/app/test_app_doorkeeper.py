"""Who somebody is, is found out by a role that sees what it is shown the secret or the name of, and nothing else."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import pytest

from app.models.everything import Base
from tests.integration.app.conftest import Platform
from tests.integration.app.tenants import ATTACKER, SHARED, UNSEEN, VICTIM, Connection, undone
from tests.integration.database_servers import scalar

OWNED = sorted(table.name for table in Base.metadata.sorted_tables if table.name not in SHARED | UNSEEN)
_DOORKEEPERS = {"account", "api_key", "invitation", "member", "one_time_token", "organisation", "session"}
_DOORKEEPERS |= {"platform_administrator"}


def test_the_doorkeeper_sees_the_row_of_one_secret(seeded: Platform) -> None:
    """Whose key it is, of whatever organisation; without its hash nothing, and nothing else at all."""
    with seeded.servers.connect(seeded.postgres, "flotilla_app") as connection:

        def seen(statement: str, secret: str | None) -> list[Any]:
            with undone(connection):
                if secret is not None:
                    digest = hashlib.sha256(secret.encode()).hexdigest() if secret else ""
                    connection.execute("SELECT set_config('flotilla.secret_sha256', %s, true)", (digest,))
                connection.execute("SELECT set_config('role', 'flotilla_doorkeeper', true)")
                return connection.execute(statement).fetchall()

        whose = "SELECT organisation_id, site_id, scopes FROM api_key"
        for tenant in (ATTACKER, VICTIM):
            found = [tuple(map(str, row[:2])) for row in seen(whose, tenant.word)]
            assert found == [(tenant.organisation, tenant.site)]
        for nothing in (None, "", "another"):
            assert seen(whose, nothing) == []
        for statement in (
            *("SELECT name FROM api_key", "SELECT secret_sha256 FROM api_key", "DELETE FROM api_key"),
            *("UPDATE api_key SET scopes = ARRAY['manage']", "INSERT INTO api_key (name) VALUES ('x')"),
            *("SELECT name FROM account", "UPDATE account SET email = 'x'", "DELETE FROM session"),
            *("UPDATE session SET account_id = NULL", "UPDATE invitation SET role = 'owner'", "DELETE FROM member"),
            *("UPDATE one_time_token SET purpose = 'sign_up'", "DELETE FROM platform_administrator"),
            *("SELECT plan_id FROM organisation", "INSERT INTO session (user_agent) VALUES ('x')"),
            *(f"SELECT 1 FROM {table}" for table in OWNED if table not in _DOORKEEPERS),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                seen(statement, VICTIM.word)


def test_the_doorkeeper_finds_people_by_what_they_show_alone(seeded: Platform) -> None:
    """By a session's, link's or invitation's secret, an address, an account's id: that one's row; by nothing, none."""
    with seeded.servers.connect(seeded.postgres, "flotilla_app") as connection:

        def seen(table: str, setting: str = "", value: str = "") -> int:
            with undone(connection):
                if setting:
                    connection.execute("SELECT set_config(%s, %s, true)", (f"flotilla.{setting}", value))
                connection.execute("SELECT set_config('role', 'flotilla_doorkeeper', true)")
                return int(scalar(connection, f"SELECT count(*) FROM {table}"))

        digest = hashlib.sha256(VICTIM.word.encode()).hexdigest()
        for table, setting, value in (
            *((table, "secret_sha256", digest) for table in ("session", "one_time_token", "invitation")),
            ("account", "email", f"{VICTIM.word}@example.org"),
            *((table, "account_id", VICTIM.account) for table in ("member", "organisation")),
        ):
            assert seen(table, setting, value) == 1, table
            assert seen(table) == seen(table, setting) == 0, table
        seeded.superuser(f"INSERT INTO throttle (key, expires_at) VALUES ('{digest}', now()) ON CONFLICT DO NOTHING")
        assert (seen("throttle", "throttle_keys", f"{'0' * 64},{digest}"), seen("throttle")) == (1, 0)


def test_what_is_nobody_s_is_read_by_nobody_who_serves(attacker: Connection) -> None:
    """The app writes mails and reads none; counters are the doorkeeper's."""
    for table in sorted(UNSEEN):
        for statement in (f"SELECT 1 FROM {table}", f"DELETE FROM {table}", f"UPDATE {table} SET created_at = now()"):
            with undone(attacker), pytest.raises(psycopg.errors.InsufficientPrivilege):
                attacker.execute(statement)
