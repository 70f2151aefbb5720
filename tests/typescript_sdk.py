"""The TypeScript SDK in a folder of its own, compiled as it is published and run by Node; and the pages' scripts."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SDK = Path(__file__).resolve().parents[1] / "sdk" / "typescript"
PAGES = SDK.parents[1] / "app" / "web"
TSC = SDK / "node_modules" / ".bin" / "tsc"


def lay_out(folder: Path, *programs: Path) -> None:
    """The SDK's own files, and beside its sources the programs that use it."""
    shutil.copytree(SDK / "src", folder / "src")
    for name in ("tsconfig.json", "package.json"):
        shutil.copy(SDK / name, folder)
    for program in programs:
        shutil.copy(program, folder / "src")


def compiled(folder: Path) -> Path:
    """The folder of the compiled modules. What the compiler has to say fails the test."""
    _compile("--project", folder)
    return folder / "dist"


def compiled_pages(folder: Path) -> dict[str, str]:
    """`{path below app/web/compiled: text}`, as the pages' scripts are compiled now, in another folder."""
    _compile("--project", PAGES, "--outDir", folder)
    return modules(folder)


def modules(folder: Path) -> dict[str, str]:
    """`{path below a folder: text}` of everything in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def _compile(*options: str | Path) -> None:
    if not TSC.exists():
        pytest.fail("TypeScript is not installed; run the tests with ./tests/run.sh, which installs it.", pytrace=False)
    done = subprocess.run([TSC, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def observed(program: Path, *arguments: str) -> Any:
    """The JSON that a compiled program prints."""
    done = subprocess.run(["node", program, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
