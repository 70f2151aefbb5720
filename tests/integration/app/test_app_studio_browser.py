"""Studio in Chromium: what a person does, from signing in to the audit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.models.plan import DEFAULT_PLAN
from tests.docker_cli import Container
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client
from tests.integration.app.studio_client import OPERATOR, PASSWORD, accounts

BROWSER = Path(__file__).resolve().parents[2] / "browser"
ORGANISATION = "0000000d-0000-7000-8000-000000000000"
SITE = "0000000d-0000-7000-8000-000000000001"


@pytest.fixture
def browsed(platform: Platform) -> Iterator[None]:
    """An organisation with a site and a few posts."""
    platform.superuser(
        "DELETE FROM post",  # this test counts drafts as an operator, who sees those that other files left as well
        f"INSERT INTO organisation (id, name, plan_id) VALUES ('{ORGANISATION}', 'Browsed', '{DEFAULT_PLAN}')",
        "INSERT INTO site (id, organisation_id, slug, title, theme_settings)"
        f" VALUES ('{SITE}', '{ORGANISATION}', 'browsed', 'browsed', '{{}}')",
        "INSERT INTO post (organisation_id, site_id, title, slug, body, status, published_at)"
        f" SELECT '{ORGANISATION}', '{SITE}', title, lower(title), '', status,"
        " CASE status WHEN 'draft' THEN NULL ELSE now() END"
        " FROM (VALUES ('Zebra', 'draft'), ('Apple', 'draft'), ('Mango', 'published')) AS made (title, status)",
    )
    with accounts(platform.superuser):
        yield
    platform.superuser(f"DELETE FROM organisation WHERE id = '{ORGANISATION}'", "DELETE FROM platform_audit_event")


def test_a_person_finds_and_changes_rows(
    browsed: None, platform: Platform, shared_app: tuple[Container, Client], tmp_path: Path
) -> None:
    """Sign in, browse, filter, sort, follow, be refused, switch on, write, delete, audit, see as a tenant, sign out."""
    script = ["node", "studio.mjs", shared_app[0].ip, OPERATOR.email, PASSWORD, str(tmp_path)]
    done = subprocess.run(script, cwd=BROWSER, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "failed" not in seen, seen
    # One answer is a refusal that was asked for, one a form that could not be saved, and no site has an icon.
    told = [each for each in seen["complaints"] if not each.startswith("Failed to load resource")]
    assert told == []
    assert (seen["state"], seen["all"] >= 3, seen["drafts"]) == ("Read-only", True, 2)
    assert seen["sorted"] == ["Apple", "Zebra"]
    assert (seen["related"], seen["refused"]) == ("browsed", 403)
    assert seen["writing"].startswith("Writing until")
    assert "This is no JSON" in seen["noJson"] and seen["typed"] == '{"colour": '
    assert platform.superuser(f"SELECT theme_settings ->> 'colour' FROM site WHERE id = '{SITE}'") == "teal"
    assert "2 Jan 2030, 10:30:00 Europe/Vienna" in seen["local"]
    assert "Made in the browser" in seen["added"] and "Made in the browser" in seen["deleted"]
    assert "Deleted with it" in seen["hanging"] and "Revision" in seen["hanging"]  # that which adding it made
    assert seen["audit"][:3] == ["studio-delete", "studio-add", "studio-change"]
    assert "ticket 4711" in seen["event"] and "2030-01-02T09:30:00+00:00" in seen["event"]
    assert (seen["tenant"], seen["own"], seen["out"]) == ("You see what Browsed sees", 1, 1)
