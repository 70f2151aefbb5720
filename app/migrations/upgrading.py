"""Bringing a database's schema to this code's revision: once, whatever the number of runners."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.settings import SettingsError

log = logging.getLogger(__name__)

# Any number, the same in every runner. Held by the session: a migration may commit in between.
LOCK = 0x464C4F54_0000
# A migration that waits for a lock makes everybody behind it wait as well: it gives up instead, and tries
# again.
LOCK_TIMEOUT = "5s"
# No statement may hold what it has locked for longer: what is on that scale is done in steps, by the worker.
STATEMENT_TIMEOUT = "120s"
# Databases from before the first release have this revision; nothing leads from it to any other.
UNRELEASED = "0001"
RETRY_SECONDS = 1.0

# What passes by itself: starting, stopping, too many runners for the role's connections, a lock that others
# hold.
_PASSING = frozenset({"57P03", "57P01", "53300", "55P03", "40P01"})


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration of this package; no file and no section is read."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision in this package."""
    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    if revision is None:
        raise RuntimeError("app/migrations/versions holds no migration")
    return revision


def between(present: str | None, wanted: str) -> list[str] | None:
    """What leads from a revision (None: an empty database) to a later one: a line each; None if nothing does."""
    scripts = ScriptDirectory.from_config(configuration())
    if present is not None and not _known(present):
        return None
    return [f"{script.revision} {script.doc}" for script in reversed(list(scripts.iterate_revisions(wanted, present)))]


def downgrade(url: URL, revision: str) -> None:
    """Takes back what came after a revision (`base`: everything), with the data in it.

    SettingsError for a revision that is none or not an earlier one.
    """
    engine = _engine(url)
    with engine.connect() as connection:
        present = _lock(connection)
        earlier = [line.split()[0] for line in between(None, present) or []] if present else []
        if revision not in ("base", *earlier[:-1]):
            raise SettingsError(f"The schema is at {present or 'nothing'} and cannot go back to {revision}.")
        log.info("taking the schema back from %s to %s", present, revision)
        command.downgrade(configuration(connection), revision)
        connection.commit()
        log.info("the schema is at %s", revision)


def _engine(url: URL) -> Engine:
    return create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": 5, "application_name": "flotilla-migrate"}
    )


def _lock(connection: Connection) -> str | None:
    """Waits until no other runner is at work; the revision that the database has then.

    No unlock: the lock ends with the session, also by an error.
    """
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()
    present = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return present


def upgrade(url: URL, *, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Brings the schema to `head`; whether there was anything to do.

    Waits for PostgreSQL and for other runners as long as it takes. A schema that is newer than this code is
    left alone; for one from before the first release, SettingsError. Errors in a migration are raised, and
    nothing of it is kept.
    """
    engine = _engine(url)
    told = ""
    while True:
        try:
            with engine.connect() as connection:
                return _upgrade_alone(connection)
        except OperationalError as error:
            if not _passes(error):
                raise
            reason = " ".join(str(error.orig).split())
            if reason != told:
                log.warning("waiting for PostgreSQL: %s", reason)
                told = reason
            sleep(RETRY_SECONDS)


def _passes(error: DBAPIError) -> bool:
    """Whether waiting helps. An error without a code came before there was a session: connecting failed."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state in _PASSING


def _upgrade_alone(connection: Connection) -> bool:
    present = _lock(connection)
    if present == head():
        log.info("the schema is at %s already", present)
        return False
    if present == UNRELEASED:
        raise SettingsError(
            "The database is from before the first release and cannot be brought up to date; take it away with "
            "./swarm/down.sh --volumes, which deletes its data, and run ./swarm/up.sh again."
        )
    if present is not None and not _known(present):
        log.warning("the schema is at %s, which is newer than this code (%s): left as it is", present, head())
        return False
    log.info("bringing the schema from %s to %s", present or "nothing", head())
    command.upgrade(configuration(connection), "head")
    connection.commit()
    log.info("the schema is at %s", head())
    return True


def _known(revision: str) -> bool:
    return any(script.revision == revision for script in ScriptDirectory.from_config(configuration()).walk_revisions())
