"""`python -m app schema …`: what the database's schema is, and whether that is what the models say.

Connects as the settings say, which have to be those of `migrate`: straight to PostgreSQL, as the schema's owner. Only
`pull` is told which database.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from app.db import database_url
from app.migrations import external, upgrading
from app.migrations.schema.catalogue import read
from app.migrations.schema.drift import drifts
from app.migrations.schema.expected import expected
from app.migrations.schema.pull import command as pulling
from app.models.everything import Base
from app.models.schema_compatibility import SchemaCompatibility
from app.observability import log_as_json
from app.settings import SettingsError, load


def main(arguments: list[str]) -> int:
    """Exit codes: 0 as it should be, or done; 1 it is not; 2 a setting or the command line is wrong."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a process 1 has no default for it
    log_as_json()
    return run(arguments)


def run(arguments: list[str]) -> int:
    """`main`, but for what it sets for the whole process."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command == "migrate" and given.autogenerate is None and (given.contract or given.apply):
        parser.error("--contract and --apply go with --autogenerate")
    if given.command == "pull":
        return pulling.pull(given, os.environ)
    try:
        settings = load()
        address = external.from_secret(settings.database_url_file)
        url = address.url() if address is not None else database_url(settings)
        if given.command == "migrate":
            if given.autogenerate is not None and not _autogenerate(url, given):
                return 1
            if given.autogenerate is None or given.apply:
                upgrading.upgrade(url)
            return 0
        if given.command == "rollback":
            upgrading.downgrade(url, given.revision)
            return 0
        return _look(url, given.command)
    except (SettingsError, DBAPIError) as error:
        # An error of the driver's says it in its first line; what follows is the statement.
        sys.stderr.write(f"{str(getattr(error, 'orig', None) or error).splitlines()[0]}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app schema", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("status", help="the database's revision, the code's, and what lies between them")
    commands.add_parser("diff", help="what a migration would have to do to make the tables what the models say")
    migrate = commands.add_parser(
        "migrate", help="bring the schema to this code's revision, or write the next migration"
    )
    migrate.add_argument(
        "--autogenerate", metavar="WHAT", help="write the next migration, which makes the database what the models say"
    )
    migrate.add_argument("--contract", metavar="WHY", default="", help="it takes something away, which nobody needs")
    migrate.add_argument("--apply", action="store_true", help="and bring the database to it")
    rollback = commands.add_parser("rollback", help="take back what came after a revision, with the data in it")
    rollback.add_argument("revision", help="the revision to go back to; base for an empty database")
    commands.add_parser("check", help="name everything in which the database differs from the models")
    pulling.add_to(commands)
    return parser


def _autogenerate(url: URL, given: argparse.Namespace) -> bool:
    """Whether models and database agree now, or will with the migration that was written."""
    from app.migrations.schema import autogenerate  # noqa: PLC0415 - for a clone alone

    try:
        path = autogenerate.write(url, given.autogenerate, why_contracting=given.contract)
    except autogenerate.Refused as error:
        sys.stderr.write(f"{error}\n")
        return False
    sys.stdout.write(f"{path}\n" if path else "The database is what the models say; there is nothing to write.\n")
    return True


def _look(url: URL, command: str) -> int:
    """Runs a command that changes nothing; whatever it made to compare with is rolled back."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        lines = {"status": _status, "diff": _diff, "check": _check}[command](connection)
        connection.rollback()
    good, *bad = lines
    sys.stdout.write("".join(f"{line}\n" for line in bad or [good]))
    return 1 if bad else 0


def _status(connection: Connection) -> list[str]:
    """The sentence for a schema that is up to date, and lines if it is not."""
    context = MigrationContext.configure(connection)
    present = context.get_current_revision()
    head = upgrading.head()
    if present == head:
        compatible = connection.execute(SchemaCompatibility.__table__.select()).scalars().all()
        older = f", and code of {', '.join(sorted(compatible))} can run on it" if compatible else ""
        return [f"The schema is at {head}, as this code expects{older}."]
    pending = upgrading.between(present, head)
    if pending is None:
        return ["", f"The schema is at {present}, which this code ({head}) does not know."]
    return ["", f"The schema is at {present or 'nothing'}, this code expects {head}:", *pending]


def _diff(connection: Connection) -> list[str]:
    operations = produce_migrations(MigrationContext.configure(connection), Base.metadata).upgrade_ops
    nothing = "The tables are what the models say; python -m app schema check looks at everything else."
    if operations is None or operations.is_empty():
        return [nothing]
    code = render_python_code(operations)
    return [nothing, *(line for line in code.splitlines() if not line.lstrip().startswith("#"))]


def _check(connection: Connection) -> list[str]:
    is_there = read(connection, "public")
    should_be = expected(connection)
    return [f"The database is what the models say: {len(should_be)} things compared.", *drifts(is_there, should_be)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
