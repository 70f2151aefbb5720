"""The pages of accounts in Chromium: what a person does, from signing up to a forgotten password."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.docker_cli import Container
from tests.integration.app.browser import Person, events
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client
from tests.integration.app.sdk.people import Desk

BROWSER = Path(__file__).resolve().parents[2] / "browser"


def test_a_person_signs_up_protects_the_account_and_gets_back_in(
    platform: Platform, shared_app: tuple[Container, Client], person: Person, tmp_path: Path
) -> None:
    """Sign up, be refused, second factor, its code at sign-in, another address, forgotten password; also on a phone."""
    with Desk(platform).open() as desk:
        script = ["node", "accounts.mjs", shared_app[0].ip, desk, person.email, str(tmp_path)]
        done = subprocess.run(script, cwd=BROWSER, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "failed" not in seen, seen
    # Answers that refuse were asked for, and the pages have no icon.
    assert [each for each in seen["complaints"] if not each.startswith("Failed to load resource")] == []
    # Whatever the pages asked, the SDK sent.
    assert {script for _, script in seen["senders"]} == {"sdk/transport.js"}
    assert {"/api/v1/sign-ups", "/api/v1/session", "/api/v1/account/email"} <= {path for path, _ in seen["senders"]}
    moved = Person(platform, person.browser, f"moved-{person.email}")
    assert "mail" in seen["told"]
    assert seen["whose"] == person.email
    assert "among the first" in seen["refused"]
    assert "The link is used up" in seen["used"][0] and seen["used"][1] is False, "no form that nothing can come of"
    assert "Ada Lovelace" in seen["account"] and person.email in seen["account"]
    assert seen["qr"] == [True, True], "the key's picture is shown, whatever the page's policy"
    assert seen["recovery"] == 10
    assert (seen["asked"], "asks for a code" in seen["on"]) == ("Your account asks for a code too.", True)
    assert "new address" in seen["mailed"] and person.email in seen["confirm"]
    assert moved.email in seen["moved"] and moved.email in seen["end"]
    assert "not complete" in seen["incomplete"]
    assert "new password is set" in seen["reset"]
    assert seen["wide"] is False
    assert [each for each in events(moved) if each in {"second-factor-on", "email-changed", "password-reset"}] == [
        *("second-factor-on", "email-changed", "password-reset")
    ]
