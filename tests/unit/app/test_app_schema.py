"""Which code runs on which schema, and that migrations, models and code agree about the revision."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.migrations import upgrading
from app.models.schema_compatibility import REVISION, fits
from app.models.site import SLUG_PATTERN


@pytest.mark.parametrize(
    ("code", "schema", "compatible", "runs"),
    [
        ("0002", "0002", [], True),
        ("0002", "0003", ["0002"], True),
        ("0002", "0004", ["0003", "0002"], True),
        ("0002", "0003", [], False),
        ("0002", "0003", ["0001"], False),
        ("0002", "0001", [], False),
        ("0002", None, [], False),
        ("0002", None, ["0002"], False),
    ],
)
def test_code_runs_on_its_schema_and_on_newer_ones_that_say_so(
    code: str, schema: str | None, compatible: list[str], runs: bool
) -> None:
    """Never without a schema, on an older one, or on a newer one that does not name it."""
    assert fits(code, schema, compatible) is runs


def test_the_code_expects_the_newest_migration() -> None:
    """A migration without the constant, or the other way round, would never become healthy."""
    assert upgrading.head() == REVISION


def test_every_migration_states_whose_code_can_run() -> None:
    """A migration that forgot it would leave the statement of the one before in force."""
    folder = Path(upgrading.__file__).parent / "versions"
    migrations = sorted(folder.glob("*.py"))
    assert migrations
    for path in migrations:
        calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        assert "runs_code_of" in calls, f"{path.name} does not say which older revisions' code can run on it"


def test_the_migrations_have_the_models_slug_rule() -> None:
    """The database refuses what the API refuses."""
    sites = (Path(upgrading.__file__).parent / "versions" / "0003_sites.py").read_text()
    assert SLUG_PATTERN in sites
