"""The audit: on captain's disk first, in the database once, in the order in which things were done."""

from __future__ import annotations

import math
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from captain.audit import Audit
from captain.audit_drain import AuditMetrics, Drain
from captain.audit_spool import FILE, Spool, SpoolError
from captain.audit_store import where
from tests.unit.captain.memory_captain import Store

AT = datetime(2026, 1, 1, tzinfo=UTC)


def whats(entries: object) -> list[str]:
    return [entry.what for entry in entries]  # type: ignore[attr-defined]


def test_what_is_done_while_the_database_is_away_is_in_it_afterwards_in_order(tmp_path: Path) -> None:
    """Exactly once, though the clock stands still or goes back; nothing is left on the disk."""
    store, spool, clock = Store(), Spool(tmp_path), [AT]
    audit, drain = Audit(spool, store, now=lambda: clock[0]), Drain(spool, store)
    store.away = "connection refused"
    for number in range(620):
        if number == 310:
            clock[0] -= timedelta(seconds=3)
        audit.note("ann", "192.0.2.1", f"act {number}")
    assert drain.step() is False and len(spool) == 620 and store.rows == {}
    page = audit.page(3)
    assert (whats(page.entries), page.away) == (["act 619", "act 618", "act 617"], "connection refused")
    store.away = ""
    while drain.step():
        pass
    assert len(spool) == 0
    assert whats(sorted(store.rows.values(), key=lambda entry: entry.id)) == [f"act {n}" for n in range(620)]
    assert audit.page(1).away == ""


def test_a_captain_that_was_killed_between_the_database_and_its_disk_writes_nothing_twice(tmp_path: Path) -> None:
    """The next one sends the same ids once more."""

    class Killed(Exception):
        pass

    class KilledAfter(Store):
        def keep(self, entries: object) -> None:
            super().keep(entries)  # type: ignore[arg-type]
            raise Killed

    store, spool = KilledAfter(), Spool(tmp_path)
    Audit(spool, store).note("ann", "", "one")
    with pytest.raises(Killed):
        Drain(spool, store).step()
    after = Store()
    after.rows = dict(store.rows)
    again = Spool(tmp_path)
    assert len(again) == 1
    Audit(again, after).note("ann", "", "two")
    assert whats(Audit(again, after).page().entries) == ["two", "one"], "what is in both places is shown once"
    Drain(again, after).step()
    assert len(again) == 0 and sorted(whats(after.rows.values())) == ["one", "two"]


def test_the_disk_holds_so_many_and_says_what_it_lost(tmp_path: Path) -> None:
    """The oldest go, which captain's log still has; the metrics say how many wait and how many went."""
    store, spool, registry = Store(), Spool(tmp_path, most=5), CollectorRegistry()
    audit = Audit(spool, store, AuditMetrics(registry, spool).dropped.inc)
    for number in range(8):
        audit.note("ann", "", f"act {number}")
    assert whats(audit.page().entries) == ["act 7", "act 6", "act 5", "act 4", "act 3"]
    assert registry.get_sample_value("flotilla_captain_audit_spooled") == 5
    assert registry.get_sample_value("flotilla_captain_audit_dropped_total") == 3


def test_a_disk_that_takes_nothing_is_counted_and_stops_nobody(tmp_path: Path) -> None:
    """Captain works; the line is in its log, and how many wait is not known."""
    (tmp_path / FILE).write_text("this is no database, and longer than the header of one: " * 20)
    spool, registry = Spool(tmp_path), CollectorRegistry()
    audit = Audit(spool, Store(), AuditMetrics(registry, spool).dropped.inc)
    audit.note("ann", "", "act")
    assert registry.get_sample_value("flotilla_captain_audit_dropped_total") == 1
    assert math.isnan(registry.get_sample_value("flotilla_captain_audit_spooled") or 0)
    with pytest.raises(SpoolError, match=str(tmp_path)):
        audit.page()
    assert Drain(spool, Store()).step() is False


def test_no_entry_keeps_the_others_waiting(tmp_path: Path) -> None:
    """What the table would refuse is made fit before: length, U+0000, what is no text."""
    spool = Spool(tmp_path)
    audit = Audit(spool, Store())
    audit.note("x" * 300, "y" * 300, "PUT /\0\ud800/" + "z" * 2000, went_well=False)
    (entry,) = audit.page().entries
    assert (len(entry.by), len(entry.client), len(entry.what)) == (200, 100, 1000)
    assert entry.what.startswith("PUT /??/z") and not entry.went_well


def test_two_captains_write_to_one_disk(tmp_path: Path) -> None:
    """As there are while one takes the other's place: every entry of both is there."""
    spools = [Spool(tmp_path), Spool(tmp_path)]

    def act(number: int) -> None:
        audit = Audit(spools[number], Store())
        for count in range(30):
            audit.note(f"captain {number}", "", f"act {count}")

    threads = [threading.Thread(target=act, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spools[0]) == 60


def test_where_the_database_is(tmp_path: Path) -> None:
    """The bundle's own without a word; another one by its secret, over TLS. Without a password it says which file."""
    with pytest.raises(OSError, match="db_captain_password"):
        where(tmp_path)
    (tmp_path / "db_captain_password").write_text("a 'b' \\c\n")
    (tmp_path / "database_url").write_text("bundled")
    own = where(tmp_path)
    assert (own["host"], own["port"], own["user"], own["password"]) == (
        "postgres",
        "5432",
        "flotilla_captain",
        "a 'b' \\c",
    )
    (tmp_path / "database_url").write_text(
        "host=db.example.com\nport=5433\ndbname=blog\nuser=o\npassword=p\nsslmode=require\n"
    )
    other = where(tmp_path)
    assert [other[name] for name in ("host", "port", "dbname", "sslmode", "user")] == [
        "db.example.com", "5433", "blog", "require", "flotilla_captain",
    ]  # fmt: skip
    assert "sslrootcert" not in other


def test_the_spool_is_what_sqlite_reads(tmp_path: Path) -> None:
    """An operator can look at it with any SQLite."""
    Audit(Spool(tmp_path), Store()).note("ann", "192.0.2.1", "act")
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT by, client, what, went_well FROM entry").fetchall() == [
            ("ann", "192.0.2.1", "act", 1)
        ]
