"""A database that is not the bundle's: what its URL may be, and what is kept of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.migrations.external import BUNDLED, LOGIN_ROLES, TAKEN_ON, from_secret, from_url
from app.settings import SettingsError

ROOT = Path(__file__).resolve().parents[3]


def test_it_gets_the_roles_that_the_bundles_has() -> None:
    """All but the owner, who is whom the operator gave."""
    made = (ROOT / "swarm/postgres/roles.sql").read_text().partition("unnest(ARRAY[")[2].partition("])")[0]
    assert set(re.findall(r"'(\w+)'", made)) == {"flotilla_owner", *LOGIN_ROLES, *TAKEN_ON}


def test_what_was_given_is_what_the_secret_says(tmp_path: Path) -> None:
    """Whatever is in a password; encrypted, and verified where there is an authority."""
    address = from_url("postgres://me:p%40ss%3D%2F%20%27@db.example/blog", "PEM\n")
    assert (address.port, address.sslmode, address.password) == (5432, "verify-full", "p@ss=/ '")
    (tmp_path / "url").write_text(address.secret())
    assert from_secret(tmp_path / "url") == address
    assert from_url("postgresql://me:hush@db.example/blog", "").sslmode == "require"


def test_without_a_word_it_is_the_bundles(tmp_path: Path) -> None:
    """Outside the stack there is no file at all."""
    (tmp_path / "url").write_text(f"{BUNDLED}\n")
    assert from_secret(tmp_path / "url") is None
    assert from_secret(tmp_path / "none") is None
    (tmp_path / "url").write_text("host=x\n")
    with pytest.raises(SettingsError, match=r"run up\.sh --database-url once more"):
        from_secret(tmp_path / "url")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "no URL of a PostgreSQL database"),
        ("mysql://me:hush@db.example/blog", "no URL of a PostgreSQL database"),
        ("postgresql://me@db.example/blog", "lacks a user, a password"),
        ("postgresql://me:hush@db.example", "lacks a user, a password"),
        ("postgresql://me:hush@db.example/blog?sslmode=prefer", "lets passwords travel unprotected"),
        ("postgresql://me:hush@db.example/blog?sslmode=verify-full", "--database-ca FILE"),
        ("postgresql://me:hush@db.example/blog?target=x", "says target; only sslmode"),
        ("postgresql://me:hush@127.0.0.1/blog", "is, in a container, the container"),
        ("postgresql://me:hush@db.example/b%20c", "may only have letters"),
        ("postgresql://me:hush%0Ahush@db.example/blog", "has a line end"),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_a_password(url: str, says: str) -> None:
    """A sentence that says what to give instead."""
    with pytest.raises(SettingsError, match=re.escape(says)) as refused:
        from_url(url, "")
    assert "hush" not in str(refused.value)
