"""The schema: brought up once whatever the number of runners, and awaited by the app."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.models.schema_compatibility import REVISION
from tests.docker_cli import Resources, eventually
from tests.integration.app.conftest import Platform, empty_platform, finished
from tests.integration.app.http_client import Client


def test_two_runners_migrate_once(
    resources: Resources, image: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both succeed on an empty database; one of them does it, the other finds it done."""
    platform = empty_platform(resources, image, tmp_path_factory.mktemp("twice") / "secrets")
    runners = [platform.migrate(resources) for _ in range(2)]
    assert [finished(runner) for runner in runners] == [0, 0], [runner.logs() for runner in runners]
    logs = [runner.logs() for runner in runners]
    assert sum("bringing the schema from nothing" in log for log in logs) == 1, logs
    again = platform.migrate(resources)
    assert finished(again) == 0
    assert "already" in again.logs()
    with platform.owner() as owner:
        assert owner.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]


def test_migrations_wait_for_the_server_that_knows_every_role(
    image: Callable[[str], str], resources: Resources, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An update may bring the new runner up before the new server: it waits, and goes on once that is there."""
    platform = empty_platform(resources, image, tmp_path_factory.mktemp("before") / "secrets")
    platform.superuser(
        "CREATE OR REPLACE FUNCTION roles.set_password(role text, verifier text) RETURNS void LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'only verifiers of Flotilla''s own roles can be set'; END $$"
    )
    migration = platform.migrate(resources)
    eventually(lambda: "the server is from before one of the roles" in migration.logs(), 60)
    assert migration.running
    platform.postgres.stop()
    platform.postgres.start()  # makes its roles and functions anew, as the new server does
    assert finished(migration) == 0, migration.logs()


@pytest.mark.parametrize("compatible", [True, False])
def test_an_older_replica_starts_only_on_a_schema_that_names_it(
    platform: Platform, resources: Resources, compatible: bool
) -> None:
    """A newer schema is fine if it says so; otherwise the replica is not healthy, says what it waits for, and waits."""
    with platform.owner() as owner:
        owner.execute("UPDATE alembic_version SET version_num = '9999'")
        if compatible:
            owner.execute(f"INSERT INTO schema_compatibility VALUES ('{REVISION}')")
        try:
            container = platform.run(resources)
            client = Client(container.ip)
            if compatible:
                eventually(lambda: client.get("/healthz").status == 200)
                return
            eventually(lambda: "found schema 9999" in client.get("/healthz").body.decode())
            assert client.get("/healthz").status == 503
            assert client.get("/readyz").status == 503
        finally:
            owner.execute(f"UPDATE alembic_version SET version_num = '{REVISION}'")
            owner.execute("DELETE FROM schema_compatibility")
        eventually(lambda: client.get("/healthz").status == 200)


def test_an_older_runner_leaves_a_newer_schema_alone(platform: Platform, resources: Resources) -> None:
    """A rollback's migration succeeds without doing anything."""
    with platform.owner() as owner:
        owner.execute("UPDATE alembic_version SET version_num = '9999'")
        try:
            runner = platform.migrate(resources)
            assert finished(runner) == 0, runner.logs()
            assert owner.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
        finally:
            owner.execute(f"UPDATE alembic_version SET version_num = '{REVISION}'")


def test_a_database_from_before_the_first_release_is_refused(platform: Platform, resources: Resources) -> None:
    """With what to do about it, and unchanged."""
    with platform.owner() as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0001'")
        try:
            runner = platform.migrate(resources)
            assert finished(runner) == 2
            assert "./swarm/down.sh --volumes" in runner.logs()
            assert owner.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        finally:
            owner.execute(f"UPDATE alembic_version SET version_num = '{REVISION}'")
