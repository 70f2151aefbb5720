"""For whom Studio acts, and that nobody else in the platform acts so."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.surfaces.admin.acting import as_tenant, operating

ROOT = Path(__file__).resolve().parents[4]
TENANT = "0190a5c0-0000-7000-8000-000000000000"


def test_an_operator_takes_the_role_on_by_name() -> None:
    """For reading, the transaction only reads."""
    reading, writing = operating("Ada", writing=False).statement, operating("Ada", writing=True).statement
    assert writing == (
        "SELECT set_config('flotilla.operator', 'Ada', true), set_config('role', 'flotilla_operator', true),"
        " set_config('statement_timeout', '4000', true)"
    )
    assert reading == f"{writing}, set_config('transaction_read_only', 'on', true)"


def test_as_a_tenant_the_role_is_the_tenants() -> None:
    """No right of an operator is taken along."""
    statement = as_tenant("Ada", TENANT, writing=True).statement
    assert f"set_config('flotilla.organisation_id', '{TENANT}', true)" in statement
    assert "role" not in statement
    with pytest.raises(ValueError, match="UUID"):
        as_tenant("Ada", "x'", writing=False)


@pytest.mark.parametrize("name", ["O'Brien", "a\\'; DROP TABLE post --", "%s", "ü\0", "x" * 5000])
def test_a_name_cannot_become_sql(name: str) -> None:
    """What could mean something there is replaced."""
    value = operating(name, writing=True).statement.split("'")[3]
    assert value and len(value) <= 200
    assert not set(value) & set("'\\%\0;")


def test_who_has_no_name_is_no_operator() -> None:
    """The database would show nothing either."""
    with pytest.raises(ValueError, match="name"):
        operating("  ", writing=False)


def test_only_studio_takes_the_role_on() -> None:
    """The word stands where the role is made, given its rights and taken on, and nowhere else in the platform."""
    where = {
        path.relative_to(ROOT / "app").as_posix()
        for path in (ROOT / "app").rglob("*.py")
        if "flotilla_operator" in path.read_text() or "flotilla.operator" in path.read_text()
    }
    migrations = {name for name in where if name.startswith("migrations/")}
    assert where - migrations == {"models/functions.py", "models/rights.py", "surfaces/admin/acting.py"}
    users = {
        path.relative_to(ROOT / "app").as_posix()
        for path in (ROOT / "app").rglob("*.py")
        if "surfaces.admin.acting" in path.read_text()
    }
    assert {name.rpartition("/")[0] for name in users} == {"surfaces/admin/studio"}
