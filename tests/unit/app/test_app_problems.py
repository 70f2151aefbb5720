"""Errors as problems of RFC 9457, and their codes."""

from __future__ import annotations

import re
from pathlib import Path

from app.errors import PlatformError, invalid_member

ROOT = Path(__file__).resolve().parents[3]


def test_an_error_is_a_problem() -> None:
    """Its type is an address that does not change, and ends in the code."""
    told = PlatformError(409, "slug_taken", "Taken.", more={"slug": "a"}).body("r1")
    assert told == {
        "type": "/problems/slug_taken",
        "title": "Slug taken",
        "status": 409,
        "detail": "Taken.",
        "code": "slug_taken",
        "instance": "/requests/r1",
        "slug": "a",
    }
    assert "instance" not in PlatformError(404, "not_found", "None.").body("")
    assert invalid_member("/slug", "No.").body("")["errors"] == [{"where": "body", "pointer": "/slug", "detail": "No."}]


def test_every_code_is_documented() -> None:
    """Those of the platform and those of the edge, in the table of docs/api.md."""
    raised = re.compile(r"PlatformError\(\s*\d{3},\s*\"(\w+)\"")
    codes = {code for file in (ROOT / "app").rglob("*.py") for code in raised.findall(file.read_text(encoding="utf-8"))}
    texts = (ROOT / "nginx/lua/pages.lua").read_text(encoding="utf-8").partition("local REASON_OF_STATUS")[0]
    codes |= set(re.findall(r"^    (\w+) = \{ \"", texts, re.MULTILINE))
    assert {"internal", "slug_taken", "queue_full"} <= codes
    table = (ROOT / "docs/api.md").read_text(encoding="utf-8").partition("## Errors")[2].partition("\n## ")[0]
    documented = {code for line in table.splitlines() if line.startswith("|") for code in re.findall(r"`(\w+)`", line)}
    assert codes - documented == set()
