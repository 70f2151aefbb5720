"""The pages of accounts: what they may load, and that they talk to operations that there are."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

import pytest

from app.sdk.names import operation_name, typescript_name
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
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    assert len(files) > 2
    loaded: set[str] = set()
    for file in files:
        found = await ask(app, file)
        assert found.status == 200
        assert "immutable" in found.headers["cache-control"]
        for module in re.findall(r' from "([^"]+)"', found.body.decode()):
            loaded.add(posixpath.normpath(posixpath.join(posixpath.dirname(file), module)))
    assert loaded and loaded <= files, "each module is asked for by the page already"
    assert all(re.search(r'method="post"', form) for form in re.findall(r"<form[^>]*>", text))


def operations() -> dict[str, Any]:
    """The schema of what each operation takes, by the SDK's name of it."""
    document = json.loads((ROOT / "sdk" / "openapi.json").read_text(encoding="utf-8"))
    found = {}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if body := said.get("requestBody", {}).get("content", {}).get("application/json"):  # a file is no form
                name = typescript_name(operation_name(said["operationId"], method, path))
                schema = body["schema"]["$ref"].rpartition("/")[2]
                found[name] = document["components"]["schemas"][schema]
    return found


def test_forms_send_what_the_api_takes() -> None:
    """Each to an operation of the SDK, with members that this has; the script's table has the same ones."""
    takes = operations()
    found = set()
    for file in (TEMPLATES / "accounts").glob("*.html"):
        for form in re.findall(r"(?s)<form.*?</form>", file.read_text(encoding="utf-8")):
            (operation,) = re.findall(r'data-send="(\w+)"', form)
            said = takes[operation]
            names = set(re.findall(r'<input[^>]*\sname="(\w+)"', form)) | ({"token"} if "data-token" in form else set())
            assert set(said["required"]) <= names <= set(said["properties"]), (file.name, operation)
            found.add(operation)
    table = (ROOT / "app" / "web" / "forms.ts").read_text(encoding="utf-8").partition("const SENDS = {")[2]
    assert set(re.findall(r"(?m)^  (\w+): \(", table.partition("\n} satisfies")[0])) == found
    assert len(found) >= 14


async def test_other_pages_are_what_they_were() -> None:
    """And an address that is none is not found."""
    app = dashboard.create(Settings())
    assert (await ask(app, "/")).status == 200
    assert (await ask(app, "/nothing")).status == 404
