"""`python -m app sdk generate [--check]`: writes the SDKs' generated files into the repository, or compares them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.accounts import service
from app.db import Database
from app.models.base import DEFAULT_ORGANISATION
from app.sdk.files import differing, write
from app.sdk.generate import generate
from app.sdk.prose import COMMAND
from app.sdk.shapes import Unsupported
from app.settings import Settings
from app.surfaces import api

ROOT = Path(__file__).resolve().parents[2]


class _NoDatabase(Database):
    """The document is what the routes say; none of them is asked."""

    def __init__(self) -> None: ...


def document() -> dict[str, object]:
    """The API's OpenAPI document, without a database or the network."""
    database = _NoDatabase()
    accounts = service.create(Settings(), database, secrets=("none",))
    return api.create(database, tokens=(), organisation_id=DEFAULT_ORGANISATION, accounts=accounts).openapi()


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 the files are what is generated; 1 with --check, some are not; 2 no code for the document."""
    parser = argparse.ArgumentParser(prog="python -m app sdk", description="The SDKs in sdk/python and sdk/typescript.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("generate", help="write them from the API's OpenAPI document")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 and name each file that differs")
    checking: bool = parser.parse_args(arguments).check
    try:
        generated = generate(document())
    except Unsupported as error:
        print(f"The SDKs cannot be generated: {error}.", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    changed = differing(ROOT, generated) if checking else write(ROOT, generated)
    for path in changed:
        print(f"{path} differs; run {COMMAND}" if checking else path)  # noqa: T201 - a command's answer
    return 1 if checking and changed else 0


if __name__ == "__main__":
    sys.exit(main())
