"""What a start imports: it is what a new replica spends its first CPU time on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def imported_by(module: str) -> set[str]:
    """The modules in memory after importing `module` in a fresh interpreter."""
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["app.__main__", "app.worker"])
def test_a_start_does_not_import_alembic(module: str) -> None:
    """Migrations have a process of their own; here Alembic would cost half a CPU-second."""
    modules = imported_by(module)
    assert "sqlalchemy" in modules
    assert not {name for name in modules if name.split(".")[0] in {"alembic", "mako"}}


@pytest.mark.parametrize("module", ["app.__main__", "app.worker"])
def test_a_start_does_not_import_the_generators_of_the_sdks(module: str) -> None:
    """No image has them."""
    assert not {name for name in imported_by(module) if name.startswith("app.sdk")}


def test_the_worker_does_not_import_the_web_framework() -> None:
    """It answers three probes."""
    assert not {
        name for name in imported_by("app.worker") if name.split(".")[0] in {"fastapi", "starlette", "pydantic"}
    }


@pytest.mark.parametrize("module", ["app.__main__", "app.worker"])
def test_a_start_imports_the_models_that_it_uses(module: str) -> None:
    """All the others would cost it a quarter of a CPU-second more."""
    models = {name.removeprefix("app.models.") for name in imported_by(module) if name.startswith("app.models.")}
    assert models <= {"base", "post", "schema_compatibility", "scopes", "site", "words"}


def test_a_start_does_not_build_the_models_of_the_openapi_document() -> None:
    """They are built when it is asked for; the API's own are there from the start."""
    code = (
        "import app.__main__\n"
        "from fastapi.openapi.models import OpenAPI, PathItem\n"
        "from app.surfaces.api.post_schemas import NewPost\n"
        "print(*(model.__pydantic_complete__ for model in (OpenAPI, PathItem, NewPost)), NewPost.model_config)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False True {'extra': 'forbid'}"


@pytest.mark.parametrize("module", ["app.__main__", "app.worker", "app.surfaces.admin"])
def test_a_start_does_not_import_studio(module: str) -> None:
    """It is imported when somebody first asks for it."""
    heavy = {"starlette_admin", "jinja2", "itsdangerous"}
    modules = imported_by(module)
    assert not {name for name in modules if name.split(".")[0] in heavy}
    assert not {name for name in modules if name.startswith("app.surfaces.admin.studio")}
