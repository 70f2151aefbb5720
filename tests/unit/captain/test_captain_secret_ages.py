"""`captain rotate` without a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from captain.__main__ import main
from captain.secret_ages import lines
from swarm.engine_objects import Secret

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def test_each_secret_with_its_age_and_what_replaces_it() -> None:
    """The newest generation counts; one that is not there, and one that nothing rotates, are said."""
    bases = {name: f"flotilla_{name}" for name in ("api_token", "db_app_password", "db_first_password")}
    secrets = [
        Secret("1", "flotilla_api_token", {}, NOW - timedelta(days=400)),
        Secret("2", "flotilla_api_token.2", {}, NOW - timedelta(days=3, hours=5)),
        Secret("3", "flotilla_db_first_password", {}, NOW),
    ]
    heading, *rows = lines(bases, secrets, NOW)
    assert heading.split() == ["SECRET", "NOW", "AGE"]
    assert rows[0].split() == ["api_token", "flotilla_api_token.2", "3", "d", "captain.sh", "rotate", "api_token"]
    retired = [Secret("2", "flotilla_api_token.2", {"flotilla.retired": "yes"}, NOW)]
    assert lines(bases, retired, NOW)[1].endswith("holds nothing: programs have API keys")
    assert "missing: swarm/up.sh makes it" in rows[1]
    assert "today" in rows[2] and rows[2].endswith("opens nothing once migrate has logged in")


def test_what_is_no_secret_cannot_be_rotated(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in the command line, before anything is asked."""
    with pytest.raises(SystemExit) as ended:
        main(["rotate", "api_tokn"])
    assert ended.value.code == 2
    assert "api_tokn is no secret that can be rotated; there are api_token, " in capsys.readouterr().err
