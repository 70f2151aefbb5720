"""The document with everything in it, generated and ready to run."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from app.sdk.generate import generate
from tests import typescript_sdk
from tests.unit.app.sdk.documents import EVERYTHING

ROOT = Path(__file__).resolve().parents[4]
PYTHON = "sdk/python/flotilla_sdk"
TYPESCRIPT = "sdk/typescript/src"
BEHAVIOUR = Path(__file__).parent / "behaviour.ts"


def overwrite(folder: str, to: Path) -> None:
    """Puts EVERYTHING's files in place of the generated ones of one folder of the SDKs."""
    for name, text in generate(EVERYTHING).items():
        if name.startswith(f"{folder}/"):
            (to / Path(name).name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def python_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package `everything_sdk`: what would be `flotilla_sdk` if that were the API."""
    package = tmp_path_factory.mktemp("python") / "everything_sdk"
    shutil.copytree(ROOT / PYTHON, package, ignore=shutil.ignore_patterns("__pycache__"))
    overwrite(PYTHON, package)
    for path in package.glob("*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace("flotilla_sdk", "everything_sdk"), encoding="utf-8")
    return package


@pytest.fixture(scope="session")
def everything(python_package: Path) -> ModuleType:
    """That package, imported."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(python_package.parent)
    module = importlib.import_module("everything_sdk")
    patch.undo()
    return module


@pytest.fixture(scope="session")
def typescript_behaviour(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What `behaviour.ts` observed of EVERYTHING's client, compiled by the SDK's own options: a value per promise."""
    folder = tmp_path_factory.mktemp("typescript")
    typescript_sdk.lay_out(folder, BEHAVIOUR)
    overwrite(TYPESCRIPT, folder / "src")
    found: dict[str, object] = typescript_sdk.observed(typescript_sdk.compiled(folder) / "behaviour.js")
    return found
