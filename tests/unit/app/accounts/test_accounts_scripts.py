"""The pages' scripts: compiled from `app/web`, and the API's clients through the SDK alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.surfaces.pages import TEMPLATES
from tests.typescript_sdk import PAGES, compiled_pages, modules

COMMAND = "sdk/typescript/node_modules/.bin/tsc --project app/web"
MOST_BYTES = 64_000
"""Of what a page loads in scripts, before any compression."""
# Each way in which a script can reach a server, or fetch another script, but by the SDK.
BY_HAND = re.compile(
    r"\b(fetch|XMLHttpRequest|sendBeacon|WebSocket|EventSource|WebTransport|Worker|importScripts|XDomainRequest)\b"
    r"|\bimport\s*\(|\bsubmit\s*\("
)


def reaching_out(text: str) -> list[str]:
    """The lines in which a script does so; comments say what they like."""
    lines = (line.partition("//")[0] if "://" not in line else line for line in text.splitlines())
    return [line.strip() for line in lines if BY_HAND.search(line)]


@pytest.fixture(scope="module")
def committed() -> dict[str, str]:
    return modules(PAGES / "compiled")


def test_the_committed_scripts_are_what_is_compiled(committed: dict[str, str], tmp_path: Path) -> None:
    """In strict mode, against the SDK as it is generated now, and nothing is left of what was taken away."""
    now = compiled_pages(tmp_path)
    differing = sorted(name for name in now.keys() | committed.keys() if now.get(name) != committed.get(name))
    assert differing == [], f"app/web/compiled: run {COMMAND}, and remove what has no source any more"


def test_the_client_of_the_pages_is_the_generated_sdk(committed: dict[str, str]) -> None:
    """The same files, not a copy; and each module of the pages that asks the platform does it by that client."""
    assert (PAGES / "sdk").resolve() == (PAGES.parents[1] / "sdk" / "typescript" / "src").resolve()
    assert 'from "./sdk/index.js"' in committed["client.js"] and "new Client(" in committed["client.js"]
    assert [name for name, text in committed.items() if "new Client(" in text] == ["client.js"]


def test_no_script_of_a_page_asks_the_platform_by_hand(committed: dict[str, str]) -> None:
    """Neither its source, nor what it was compiled to, nor a template; what sends is one place in the SDK."""
    scripts = {name: text for name, text in committed.items() if not name.startswith("sdk/")}
    scripts |= {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.ts")}
    scripts |= {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.js")}
    found = {name: lines for name, text in scripts.items() if (lines := reaching_out(text))}
    assert len(scripts) > 12
    assert found == {}
    inline = re.compile(r"<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:")
    pages = {path: path.read_text(encoding="utf-8") for path in (TEMPLATES / "accounts").glob("*.html")}
    assert [path.name for path, text in pages.items() if inline.search(text)] == []
    assert [name for name, text in committed.items() if reaching_out(text)] == ["sdk/transport.js"]


@pytest.mark.parametrize(
    "line",
    [
        'const answer = await fetch("/api/v1/session");',
        "window.fetch(address)",
        "new XMLHttpRequest()",
        "navigator.sendBeacon(address, body)",
        'new EventSource("/api/v1/events")',
        'await import("/elsewhere.js")',
        "form.submit()",
    ],
)
def test_the_rule_finds_what_it_is_for(line: str) -> None:
    """Each way past the SDK is found, and a word about it is not."""
    assert reaching_out(f"  {line}") == [line]
    assert reaching_out("// What fetch rejects with.") == []


def test_a_page_loads_little(committed: dict[str, str]) -> None:
    """The SDK's types cost a browser nothing; a page's whole scripts are well under a picture's size."""
    assert sum(len(text.encode()) for text in committed.values()) < MOST_BYTES
