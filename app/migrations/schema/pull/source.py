"""Which database to pull from, and the connection to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from app.db import is_wrong_password

VARIABLE = "DATABASE_URL"
"""The environment variable with the URL, where no option says it: a command line is read by everybody on a machine."""


class PullError(Exception):
    """Why nothing was pulled, as a sentence that says what to do, and the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Source:
    """`arguments` say it again in a command line, without a password."""

    url: URL = field(repr=False)
    arguments: tuple[str, ...]

    @property
    def where(self) -> str:
        """Host, port and database, as people write them."""
        return f"{self.url.database or self.url.username} on {self.url.host or 'this machine'}:{self.url.port or 5432}"


def source(url: str | None, file: Path | None, variable: str | None) -> Source:
    """From `--url`, `--url-file` or the variable's value, in this order. Raises PullError."""
    if url is not None:
        parsed = _parsed(url, "--url")
        # `set` takes None for nothing to set.
        shown = URL.create("postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database)
        return Source(parsed, ("--url", shown.render_as_string()))
    if file is not None:
        try:
            content = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise PullError(f"{file} cannot be read ({error}); --url-file takes a file with a URL in it.") from error
        return Source(_parsed(content, str(file)), ("--url-file", str(file)))
    if not variable:
        raise PullError(
            "Say which database: --url postgresql://user@host:5432/name, --url-file FILE with that in it, or the"
            f" variable {VARIABLE}. The password may be in the file or the variable, or in PGPASSWORD."
        )
    return Source(_parsed(variable, VARIABLE), ())


def _parsed(text: str, where: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        # What was given may hold a password, and is not repeated.
        raise PullError(f"{where} is no URL of a PostgreSQL database; it looks like postgresql://user@host:5432/name.")
    return url.set(drivername="postgresql+psycopg")


@contextmanager
def connected(from_: Source) -> Iterator[Connection]:
    """One transaction that can write nothing and sees everything as it is at its beginning. Raises PullError."""
    # A database without an encoding (SQL_ASCII) would give bytes.
    options = {"connect_timeout": 10, "client_encoding": "utf8", "application_name": "flotilla-pull"}
    engine = create_engine(from_.url, poolclass=NullPool, connect_args=options)
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise _refused(from_, error) from error
    with connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # What is in public is written without its name, everything else with it, whoever asks.
        connection.execute(text("SET LOCAL search_path = public"))
        yield connection
        connection.rollback()


def _refused(from_: Source, error: OperationalError) -> PullError:
    if isinstance(error.orig, psycopg.Error) and is_wrong_password(error.orig):
        return PullError(f"{from_.where} does not take the password of {from_.url.username}.", 3)
    reason = " ".join(str(error.orig).split())
    return PullError(f"No connection to {from_.where}: {reason}", 3)


def said_by(error: DBAPIError) -> str:
    """The driver's own first line."""
    return str(error.orig).splitlines()[0]
