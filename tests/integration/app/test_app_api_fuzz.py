"""The API asked all that its OpenAPI document allows, and much that it does not: schemathesis over every operation."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.keys.secret import digest, secret
from app.models.plan import DEFAULT_PLAN
from tests.integration.app import fuzzed_sessions
from tests.integration.app.conftest import Platform
from tests.integration.app.fuzzed_sessions import MOST
from tests.integration.app.http_client import Client

ROOT = Path(__file__).parents[3]
FUZZED = "0000000d-0000-7000-8000-000000000000"
KEY = secret("fuzzed" * 5)
LEFT_OUT = {
    "positive_data_acceptance": "what the document allows may be refused: a reserved slug, a site that is not there",
}
"""Checks that cannot apply, and why."""
OF_PEOPLE = ("accounts", "sessions", "organisations")
"""What takes a session and not the key."""
SESSIONS = (
    "INSERT INTO account (email, email_verified_at, name)"
    f" SELECT 'fuzzed-' || n || '@example.org', now(), 'Fuzzed' FROM generate_series(1, {MOST}) n",
    "INSERT INTO member (organisation_id, account_id, role)"
    f" SELECT '{FUZZED}', id, 'owner' FROM account WHERE name = 'Fuzzed'",
    "INSERT INTO session (account_id, organisation_id, secret_sha256, expires_at)"
    f" SELECT id, '{FUZZED}', sha256(convert_to(split_part(email, '@', 1), 'UTF8')), now() + interval '1 hour'"
    " FROM account WHERE name = 'Fuzzed'",
)
"""Each of an account of its own, as `fuzzed_sessions.session_secret` names them."""


@pytest.fixture
def key(platform: Platform) -> Iterator[str]:
    """A key of an organisation of its own: what it finds and deletes is nobody else's."""
    platform.superuser(
        f"INSERT INTO organisation (id, name, plan_id) VALUES ('{FUZZED}', 'Fuzzed', '{DEFAULT_PLAN}')",
        "INSERT INTO api_key (organisation_id, name, prefix, secret_sha256, scopes)"
        f" VALUES ('{FUZZED}', 'k', 'fl_f', '\\x{digest(KEY).hex()}', ARRAY['manage'])",
    )
    yield KEY
    platform.superuser(f"DELETE FROM organisation WHERE id = '{FUZZED}'")


@pytest.fixture
def sessions(platform: Platform, key: str) -> Iterator[None]:
    """Owners of that organisation, each signed in."""
    platform.superuser(*SESSIONS)
    yield
    platform.superuser("DELETE FROM account WHERE name = 'Fuzzed'")


def fuzz(
    app: Client, folder: Path, *options: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Operations alone and one after the other, the same requests each time."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run"),
        *(f"http://{app.address}:8000/api/v1/openapi.json", "--url", f"http://{app.address}:8000"),
        *("--header", "Host: app.localhost"),
        *("--checks", "all", "--exclude-checks", ",".join(LEFT_OUT)),
        # One worker: with more, hypothesis and Python 3.11 fall over each other (a SystemError in ast.parse).
        *("--max-examples", "2", "--workers", "1", "--seed", "1", "--generation-deterministic"),
        *("--no-shrink", "--continue-on-failure"),
        *("--request-timeout", "10", "--output-sanitize", "false", "--no-color"),
        *options,
    ]
    return subprocess.run(
        command, cwd=folder, env=os.environ | (env or {}), capture_output=True, text=True, timeout=400
    )


def test_the_api_is_what_its_document_says(app: Client, key: str, tmp_path: Path) -> None:
    """No 5xx; no status, content type, header or body that the document does not have; nothing without a token; nothing
    wrong that is taken."""
    but_people = (part for tag in OF_PEOPLE for part in ("--exclude-tag", tag))
    done = fuzz(app, tmp_path, "--header", f"Authorization: Bearer {key}", *but_people)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr


def test_so_is_what_people_ask_of_it(app: Client, sessions: None, tmp_path: Path) -> None:
    """The same of accounts, sessions and organisations, each request with a session and an address of its own."""
    people = (part for tag in OF_PEOPLE for part in ("--include-tag", tag))
    hooks = {"SCHEMATHESIS_HOOKS": fuzzed_sessions.__name__, "PYTHONPATH": str(ROOT)}
    done = fuzz(app, tmp_path, *people, env=hooks)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr
