"""The TypeScript SDK in a folder of its own, compiled with the options it is published with, and run by Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SDK = Path(__file__).resolve().parents[1] / "sdk" / "typescript"
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
    if not TSC.exists():
        pytest.fail("TypeScript is not installed; run the tests with ./tests/run.sh, which installs it.", pytrace=False)
    done = subprocess.run([TSC, "--project", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return folder / "dist"


def observed(program: Path, *arguments: str) -> Any:
    """The JSON that a compiled program prints."""
    done = subprocess.run(["node", program, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
