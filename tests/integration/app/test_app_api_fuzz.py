"""The API asked all that its OpenAPI document allows, and much that it does not: schemathesis over every operation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.keys.secret import digest, secret
from app.models.plan import DEFAULT_PLAN
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client

FUZZED = "0000000d-0000-7000-8000-000000000000"
KEY = secret("fuzzed" * 5)
LEFT_OUT = {
    "positive_data_acceptance": "what the document allows may be refused: a reserved slug, a site that is not there",
}
"""Checks that cannot apply, and why."""
# They take a session and not the key, and are throttled by address: test_app_accounts.py and its neighbours ask them.
OF_PEOPLE = ("accounts", "sessions", "organisations")


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


def test_the_api_is_what_its_document_says(app: Client, key: str, tmp_path: Path) -> None:
    """No 5xx; no status, content type, header or body that the document does not have; nothing without a token; nothing
    wrong that is taken. Operations alone and one after the other, the same requests each time."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run"),
        *(f"http://{app.address}:8000/api/v1/openapi.json", "--url", f"http://{app.address}:8000"),
        *("--header", "Host: app.localhost", "--header", f"Authorization: Bearer {key}"),
        *("--checks", "all", "--exclude-checks", ",".join(LEFT_OUT)),
        # One worker: with more, hypothesis and Python 3.11 fall over each other (a SystemError in ast.parse).
        *(part for tag in OF_PEOPLE for part in ("--exclude-tag", tag)),
        *("--max-examples", "2", "--workers", "1", "--seed", "1", "--generation-deterministic"),
        *("--no-shrink", "--continue-on-failure"),
        *("--request-timeout", "10", "--output-sanitize", "false", "--no-color"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr
