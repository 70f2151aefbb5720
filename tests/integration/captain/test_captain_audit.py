"""The audit of captain's image with the real PostgreSQL, while that is away, and through captain's own end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from captain.audit import Audit
from captain.audit_spool import Spool
from captain.audit_store import PostgresStore
from tests.docker_cli import Container, Resources, eventually
from tests.integration.app.conftest import Platform, empty_platform, finished

# What captain's interfaces do with everything that is asked of them, in a process beside the server.
ACT = """
import sys, tempfile
from pathlib import Path
from captain.audit import Audit
from captain.audit_spool import Spool
from captain.audit_store import PostgresStore
audit = Audit(Spool(Path(tempfile.gettempdir())), PostgresStore(Path("/run/secrets")))
for number in range(int(sys.argv[1]), int(sys.argv[2])):
    audit.note("ann", "192.0.2.1", f"act {number}", number % 2 == 0)
"""
TOLD = "SELECT string_agg(what, ',' ORDER BY id) FROM captain_audit_event"


@dataclass
class Auditing:
    """Captain beside a migrated database, with a disk that outlives it."""

    resources: Resources
    platform: Platform
    disk: str

    def captain(self) -> Container:
        servers = self.platform.servers
        return self.resources.run(
            servers.image("captain"), "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp",
            network=servers.network, env={"TMPDIR": "/var/tmp"},
            volumes=[f"{servers.secrets}:/run/secrets:ro", f"{self.disk}:/var/tmp"],
        )  # fmt: skip

    def told(self) -> list[str]:
        return self.platform.superuser(TOLD).split(",")


def acts(numbers: Sequence[int]) -> list[str]:
    return [f"act {number}" for number in numbers]


def act(captain: Container, first: int, after: int) -> None:
    captain.exec("sh", "-c", 'cd /srv && exec python -c "$0" "$@"', ACT, str(first), str(after))


def metric(captain: Container, name: str) -> float:
    with urlopen(f"http://{captain.ip}:8000/metrics") as answer:
        found = re.search(rf"^{name} (\S+)$", answer.read().decode(), re.MULTILINE)
    assert found is not None
    return float(found[1])


@pytest.fixture
def auditing(image: Callable[[str], str], tmp_path: Path) -> Iterator[Auditing]:
    resources = Resources()
    try:
        platform = empty_platform(resources, image, tmp_path / "secrets")
        migration = platform.migrate(resources)
        assert finished(migration) == 0, migration.logs()
        yield Auditing(resources, platform, resources.volume())
    finally:
        resources.close()


def test_everything_is_told_once_and_in_order_through_a_database_and_a_captain_that_end(
    auditing: Auditing, tmp_path: Path
) -> None:
    """PostgreSQL stops, captain acts and is killed with what waits on its disk; then both come back."""
    captain = auditing.captain()
    eventually(lambda: captain.exec("healthcheck", "8000") == "", 60)
    act(captain, 0, 5)
    eventually(lambda: auditing.told() == acts(range(5)), 30)
    eventually(lambda: metric(captain, "flotilla_captain_audit_spooled") == 0, 30)

    auditing.platform.postgres.stop()
    act(captain, 5, 800)  # more than one batch
    assert metric(captain, "flotilla_captain_audit_spooled") == 795
    captain.kill()
    eventually(lambda: not captain.running, 30)

    after = auditing.captain()
    eventually(lambda: after.exec("healthcheck", "8000") == "", 60)
    act(after, 800, 805)
    assert metric(after, "flotilla_captain_audit_spooled") == 800, "it works while the database is away"
    auditing.platform.postgres.start()
    eventually(lambda: auditing.told() == acts(range(805)), 60)
    eventually(lambda: metric(after, "flotilla_captain_audit_spooled") == 0, 30)
    assert metric(after, "flotilla_captain_audit_dropped_total") == 0
    connections = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'flotilla_captain'"
    assert auditing.platform.superuser(connections) == "1"
    after.stop()

    # What GET /audit shows, read from the same table.
    secrets = tmp_path / "own"
    secrets.mkdir()
    (secrets / "db_captain_password").write_text(auditing.platform.servers.password("flotilla_captain"))
    where = f"host={auditing.platform.postgres.ip}\nport=5432\ndbname=flotilla\nsslmode=disable\n"
    (secrets / "database_url").write_text(where)
    store = PostgresStore(secrets)
    audit = Audit(Spool(tmp_path), store)
    eventually(lambda: audit.page(1).away == "", 30)
    page = audit.page(3)
    assert [(entry.what, entry.by, entry.client, entry.went_well) for entry in page.entries] == [
        ("act 804", "ann", "192.0.2.1", True),
        ("act 803", "ann", "192.0.2.1", False),
        ("act 802", "ann", "192.0.2.1", True),
    ]  # fmt: skip
    older = audit.page(1000, page.entries[-1].id)
    assert [entry.what for entry in older.entries] == acts(range(801, -1, -1)) and older.away == ""
    store.close()


def test_captain_s_role_adds_and_reads_its_audit_and_nothing_else(auditing: Auditing) -> None:
    """It changes and removes no entry, sees no other table, and has one connection."""
    servers, postgres = auditing.platform.servers, auditing.platform.postgres
    with servers.connect(postgres, "flotilla_captain") as captain:
        captain.execute(
            "INSERT INTO captain_audit_event (id, happened_at, who, client, what, went_well)"
            " VALUES ('019b3c5e-7a10-7c44-9d27-3f1e5a6b7c8d', now(), 'ann', '', 'act', true)"
        )
        assert captain.execute("SELECT what FROM captain_audit_event").fetchall() == [("act",)]
        for statement in (
            "UPDATE captain_audit_event SET what = 'nothing'",
            "DELETE FROM captain_audit_event",
            "TRUNCATE captain_audit_event",
            "SELECT count(*) FROM account",
            "SELECT count(*) FROM platform_audit_event",
            "CREATE TABLE mine (id int)",
            "SET ROLE flotilla_operator",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                captain.execute(statement)
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            servers.connect(postgres, "flotilla_captain")
    with servers.connect(postgres, "flotilla_app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("SELECT count(*) FROM captain_audit_event")
