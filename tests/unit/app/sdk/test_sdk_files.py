"""The committed files are what is generated, and the command says so or names what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from app.sdk.__main__ import document
from app.sdk.files import differing, write
from app.sdk.generate import generate
from tests.unit.app.sdk.documents import EVERYTHING

ROOT = Path(__file__).resolve().parents[4]


def test_the_committed_files_are_what_is_generated() -> None:
    """By the command itself, in a process whose hashes fall out otherwise than those of the one that wrote them."""
    command = [sys.executable, "-m", "app", "sdk", "generate", "--check"]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_same_document_makes_the_same_bytes() -> None:
    """Whether it comes from the app or was read from a file."""
    assert generate(json.loads(json.dumps(EVERYTHING))) == generate(EVERYTHING)
    committed = json.loads((ROOT / "sdk" / "openapi.json").read_text(encoding="utf-8"))
    assert committed.pop("x-generated")
    assert committed == document()


def test_what_differs_is_named(tmp_path: Path) -> None:
    """Changed, missing, and left over from an earlier document; a file written by hand is nobody's business."""
    generated = generate(EVERYTHING)
    assert write(tmp_path, generated) == sorted(generated)
    assert differing(tmp_path, generated) == []
    package = tmp_path / "sdk" / "python" / "flotilla_sdk"
    (package / "codec.py").write_text("by hand")
    (package / "old.py").write_text((package / "models.py").read_text())
    (package / "models.py").write_text("changed")
    (package / "client.py").unlink()
    named = [f"sdk/python/flotilla_sdk/{name}.py" for name in ("client", "models", "old")]
    assert differing(tmp_path, generated) == named
    assert write(tmp_path, generated) == named
    assert differing(tmp_path, generated) == []
    assert not (package / "old.py").exists()
    assert (package / "codec.py").exists()


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    """It installs the same from any registry."""
    lock = json.loads((ROOT / "sdk" / "typescript" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: said for name, said in lock["packages"].items() if name}
    assert packages
    assert all(said["integrity"].startswith("sha512-") for said in packages.values())
    assert not any("resolved" in said for said in packages.values())


def test_the_sdk_needs_nothing_at_run_time_but_fetch() -> None:
    """The compiler is there for development alone."""
    package = json.loads((ROOT / "sdk" / "typescript" / "package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
