"""The pages of accounts: what they may load, and that they talk to operations that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.settings import Settings
from app.surfaces import dashboard
from app.surfaces.pages import TEMPLATES
from tests.unit.app.asgi_client import ask

PAGES = (
    *("/sign-in", "/sign-in/link", "/sign-up", "/sign-up/finish", "/password/forgotten", "/password/reset"),
    *("/welcome", "/invitation", "/account", "/account/email"),
)
ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_its_own_files_alone(path: str) -> None:
    """A strict policy, no script or style in the page itself, and no form that is sent without the script."""
    app = dashboard.create(Settings())
    page = await ask(app, path)
    assert page.status == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "form-action 'none'" in policy
    assert "unsafe" not in policy
    text = page.body.decode()
    assert not re.search(r"<style|<script(?! src)|\son\w+=|\sstyle=|javascript:|\$\w", text)
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert len(files) == 2
    for file in files:
        found = await ask(app, file)
        assert found.status == 200
        assert "immutable" in found.headers["cache-control"]
    assert all(re.search(r'method="post"', form) for form in re.findall(r"<form[^>]*>", text))


def test_forms_send_what_the_api_takes() -> None:
    """Each to an operation of the document, with members that this has."""
    document = json.loads((ROOT / "sdk" / "openapi.json").read_text(encoding="utf-8"))
    found = 0
    for file in (TEMPLATES / "accounts").glob("*.html"):
        for form in re.findall(r"(?s)<form.*?</form>", file.read_text(encoding="utf-8")):
            method, path = re.findall(r'data-send="(\w+) ([^"]+)"', form)[0]
            operation = document["paths"][f"/api/v1{path}"][method.lower()]
            schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            said = document["components"]["schemas"][schema]
            names = set(re.findall(r'<input[^>]*\sname="(\w+)"', form)) | ({"token"} if "data-token" in form else set())
            assert set(said["required"]) <= names <= set(said["properties"]), (file.name, path)
            found += 1
    assert found >= 14


async def test_other_pages_are_what_they_were() -> None:
    """And an address that is none is not found."""
    app = dashboard.create(Settings())
    assert (await ask(app, "/")).status == 200
    assert (await ask(app, "/nothing")).status == 404
