"""`python -m app schema pull`: writes typed models, or TypeScript's types, from any PostgreSQL database."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SAWarning

from app.migrations.schema.pull import reading, typescript
from app.migrations.schema.pull.heading import MADE_BY, heading
from app.migrations.schema.pull.source import VARIABLE, PullError, Source, connected, said_by, source

_NEEDS = ("sqlacodegen", "ruff")
_LINE_LENGTH = "120"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "pull",
        help="write typed models from any PostgreSQL database",
        description="Writes typed SQLAlchemy models from any PostgreSQL database, or TypeScript's types. Reads alone.",
        epilog=f"Without --url and --url-file, the variable {VARIABLE} says which. A password in --url can be read by"
        " everybody on this machine while the command runs; PGPASSWORD, a file or the variable are not.",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", help="the database: postgresql://user@host:5432/name")
    where.add_argument("--url-file", type=Path, metavar="FILE", help="a file with the URL in it")
    parser.add_argument("--schema", action="append", help="a schema; may be given several times (default: public)")
    parser.add_argument("--typescript", action="store_true", help="types of rows, as node-postgres reads them")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="what to write")
    parser.add_argument("--force", action="store_true", help="overwrite FILE also if something else wrote it")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if FILE is not what would be")


def pull(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Exit codes: 0 written; 1 with --check, FILE differs; 2 not asked rightly; 3 the database does not let it."""
    try:
        if not given.typescript:
            _require_generator()
        out: Path = given.out
        if not given.check:
            _may_write(out, force=given.force)
        from_ = source(given.url, given.url_file, environment.get(VARIABLE))
        text = _pulled(from_, given.schema or ["public"], out, as_typescript=given.typescript)
        if given.check:
            same = out.is_file() and out.read_text(encoding="utf-8") == text
            sys.stdout.write(f"{out} {'is' if same else 'is not'} what {from_.where} says.\n")
            return 0 if same else 1
        _write(out, text)
    except PullError as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    sys.stdout.write(f"{out}\n")
    return 0


def _require_generator() -> None:
    if not all(importlib.util.find_spec(name) for name in _NEEDS):
        raise PullError(
            "Models are written by sqlacodegen and ruff, which are not here, and in no image: in a clone,"
            " pip install '.[app,introspect]'. TypeScript's types (--typescript) need neither."
        )


def _pulled(from_: Source, schemas: list[str], out: Path, *, as_typescript: bool) -> str:
    schemas = list(dict.fromkeys(schemas))
    try:
        with connected(from_) as connection:
            missing = reading.schemas_that_are_missing(connection, schemas)
            if missing:
                one = f"no schema {', '.join(missing)}"
                raise PullError(f"{from_.where} has {one}, or {from_.url.username} may not use it.")
            pulled = reading.read(connection, schemas)
            if not pulled.relations:
                raise PullError(f"{from_.where} has no table or view in {', '.join(schemas)}.")
            lines = heading(pulled, schemas, from_.arguments, str(out), typescript=as_typescript)
            if as_typescript:
                return typescript.render(lines, pulled.relations)

            from app.migrations.schema.pull import python_models  # noqa: PLC0415 - no image has what it imports

            with warnings.catch_warnings(record=True, category=SAWarning) as doubts:
                warnings.simplefilter("always", SAWarning)
                models = python_models.render(connection, schemas, pulled)
    except DBAPIError as error:
        raise PullError(f"{from_.where} does not let its schema be read: {said_by(error)}", 3) from error
    for doubt in dict.fromkeys(str(doubt.message) for doubt in doubts):
        sys.stderr.write(f"{doubt}\n")
    docstring = "\n".join(['"""' + lines[0], *lines[1:], '"""'])
    return _formatted(f"{docstring}\n\n{models}")


def _formatted(code: str) -> str:
    for arguments in (["check", "--fix", "--quiet", "--exit-zero", "--select", "I,F401,UP"], ["format", "--quiet"]):
        options = ["--isolated", "--line-length", _LINE_LENGTH, "--target-version", "py311", "--stdin-filename", "m.py"]
        command = [sys.executable, "-m", "ruff", *arguments, *options, "-"]
        code = subprocess.run(command, input=code, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return code


def _may_write(out: Path, *, force: bool) -> None:
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise PullError(f"{out} cannot be written: {'it is a folder' if out.is_dir() else 'its folder is not there'}.")
    if not force and out.exists() and MADE_BY.encode() not in out.read_bytes().partition(b"\n")[0]:
        raise PullError(f"{out} is there, and not from this command; take another name, or --force overwrites it.")


def _write(out: Path, text: str) -> None:
    beside = out.with_name(f".{out.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(out)
    except OSError as error:
        raise PullError(f"{out} cannot be written: {error.strerror}.") from error
