"""The way to the database: one engine pool of fixed size, reads and transactions with a deadline.

A unit of work is an async function that takes a connection. `Database.read` and `Database.write` run it, each for
somebody (`app/acting.py`); a write is committed there, and only there, before they return, so whoever answers
afterwards answers for saved data.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from sqlalchemy import URL, NullPool, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.acting import Acting
from app.connections import adapt_types, clear, close, commit, driver_of, expire_at, is_alive, is_fit
from app.errors import database_unavailable, outcome_unknown
from app.observability import request_id, well_formed
from app.pool import Pool, PoolBusy
from app.scene import Reading, Writing
from app.settings import Settings, read_generations, read_secret

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[AsyncConnection, P], Awaitable[T]]

# Between two tries to connect while a request waits, and between two questions whether the database is back.
RETRY_SECONDS = 0.2


@dataclass(frozen=True)
class PoolUse:
    """Connections of the engine pool: all, and those at work now."""

    size: int
    checked_out: int


class Database:
    """The engine pool of one process. Errors: PlatformError 503 when the database cannot be had in time.

    `on_wait` is told how many seconds each unit of work waited for its connection.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        application: str,
        pool_size: int | None = None,
        on_wait: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._size = pool_size or settings.pool_size
        self._timeout_seconds = settings.database_timeout_seconds
        self._on_wait = on_wait
        self._watcher: asyncio.Task[None] | None = None
        self._away = False
        self._last_success = 0.0  # the loop's time
        self._url = database_url(settings)
        self._passwords = read_generations(settings.database_password_file)
        self._engine = create_async_engine(
            self._url,
            poolclass=NullPool,  # the connections are kept below
            # Transactions are begun, committed and rolled back below and nowhere else: a single SELECT then is one
            # round trip instead of three, and nothing is reset that was not begun.
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            hide_parameters=True,  # errors go to the log: what was to be saved does not
            use_native_hstore=False,  # would ask the server for a type that nobody uses
            connect_args={
                "application_name": application,
                "connect_timeout": max(2, int(self._timeout_seconds)),
                "gssencmode": "disable",  # one round trip less per connection
                "tcp_user_timeout": int(self._timeout_seconds * 1000),
                "prepare_threshold": None,  # every statement names its request, so none comes twice
            },
        )
        event.listen(self._engine.sync_engine, "do_connect", self._log_in)
        event.listen(self._engine.sync_engine, "connect", adapt_types)
        event.listen(self._engine.sync_engine, "before_cursor_execute", _name_the_request, retval=True)
        self._pool: Pool[AsyncConnection] = Pool(
            self._size, self._open_one, is_alive=is_alive, is_fit=is_fit, close=close
        )

    async def open(self, warm_up: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        """Opens every connection of the pool and runs `warm_up` on each.

        Raises what the driver or `warm_up` raises, and TimeoutError; may be called again.
        """
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        async with asyncio.timeout_at(deadline), contextlib.AsyncExitStack() as opened:
            for _ in range(self._size):  # none goes back to the pool before all are open
                connection = await self._pool.take(deadline)
                opened.push_async_callback(self._pool.give, connection)
                await warm_up(connection)

    async def close(self) -> None:
        """Closes every connection."""
        if self._watcher is not None:
            self._watcher.cancel()
        await self._pool.close()

    async def _open_one(self) -> AsyncConnection:
        return await self._engine.connect()

    def use(self) -> PoolUse:
        """How much of the engine pool is at work."""
        return PoolUse(size=self._size, checked_out=self._pool.checked_out)

    @property
    def away(self) -> bool:
        """Whether the database has not answered for so long that requests are refused without asking it."""
        return self._away

    async def read(self, acting: Acting, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a unit of work that only reads, each statement by itself. If the connection breaks, again on another."""
        return await self._repeat(False, acting, work, args, kwargs)

    async def write(self, acting: Acting, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a unit of work in a transaction and commits it.

        If the connection breaks before the commit is sent, nothing was saved and it runs again; if it
        breaks during the commit, PlatformError `outcome_unknown`.
        """
        return await self._repeat(True, acting, work, args, kwargs)

    async def _repeat(
        self, writing: bool, acting: Acting, work: Callable[..., Awaitable[T]], args: Any, kwargs: Any
    ) -> T:
        deadline = self._deadline()
        # When PgBouncer goes, all connections of the pool are broken and one after the other tells so.
        for left in range(self._size, -1, -1):
            try:
                return await self._attempt(writing, acting, deadline, work, args, kwargs)
            except _ConnectionLost as lost:
                if not left:
                    raise database_unavailable() from lost
                log.warning("the connection to the database broke and nothing was saved; again on another")
        raise AssertionError("the last attempt returns or raises")

    async def write_within(
        self, seconds: float, acting: Acting, work: Work[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`write` for jobs: once, with a time limit of its own."""
        try:
            deadline = asyncio.get_running_loop().time() + seconds
            return await self._attempt(True, acting, deadline, work, args, kwargs)
        except _ConnectionLost as lost:
            raise database_unavailable() from lost

    def _deadline(self) -> float:
        if self._away:
            raise database_unavailable()
        return asyncio.get_running_loop().time() + self._timeout_seconds

    async def _attempt(
        self,
        writing: bool,
        acting: Acting,
        deadline: float,
        work: Callable[..., Awaitable[T]],
        args: Any,
        kwargs: Any,
    ) -> T:
        """One unit of work on one connection. Raises _ConnectionLost if it broke with nothing saved."""
        committing = False
        connection = await self._connect(deadline)
        driver = driver_of(connection)
        expiry = expire_at(driver, deadline)
        try:
            try:
                scene = Writing(acting) if writing else Reading(acting)
                driver.cursor_factory = scene  # type: ignore[assignment]  # called as that class is
                answer = await work(connection, *args, **kwargs)
                if writing:
                    committing = True
                    await commit(driver)
                self._last_success = asyncio.get_running_loop().time()
                return answer
            finally:
                try:
                    await clear(driver)  # under the deadline too: a database that stalls must not hold the pool
                finally:
                    # A timer that fires after the connection went back would hit its next user.
                    expiry.cancel()
                    driver.cursor_factory = psycopg.AsyncCursor
                    await self._pool.give(connection)
        except DBAPIError as error:
            raise self._meaning(error, error.orig, driver.closed, committing, expiry) from error
        except psycopg.Error as error:
            raise self._meaning(error, error, driver.closed, committing, expiry) from error

    async def _connect(self, deadline: float) -> AsyncConnection:
        """A connection from the pool.

        While PgBouncer is away for a moment, waits for it until the deadline.
        """
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        try:
            while True:
                try:
                    return await self._pool.take(deadline)
                except PoolBusy as error:
                    raise database_unavailable() from error
                except TimeoutError as error:
                    self._suspect()
                    raise database_unavailable() from error
                except (OperationalError, InterfaceError) as error:
                    self._suspect()
                    if self._away or loop.time() + RETRY_SECONDS >= deadline:
                        raise database_unavailable() from error
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._on_wait(time.perf_counter() - began)

    def _meaning(
        self,
        error: Exception,
        cause: BaseException | None,
        broken: bool,
        committing: bool,
        expiry: asyncio.TimerHandle,
    ) -> Exception:
        """What an error is for the caller: try again, say 503, or the error itself. `cause` is the driver's."""
        if not broken and not isinstance(cause, psycopg.OperationalError):
            return error
        log.warning("the database failed: %s", str(cause).strip())
        if not broken:
            return database_unavailable()
        self._suspect()
        if committing:
            return outcome_unknown()
        expired = expiry.when() <= asyncio.get_running_loop().time()
        return database_unavailable() if expired else _ConnectionLost()

    def _suspect(self) -> None:
        """Starts asking whether the database is there at all; one question at a time, beside the pool."""
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch(), name="database watch")

    async def _watch(self) -> None:
        """Makes requests fail at once, without waiting, while the database does not answer.

        Not before `database_timeout_seconds` without any success: a PgBouncer that is only being replaced is
        waited for.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            while not await self._answers():
                if not self._away and loop.time() - max(began, self._last_success) >= self._timeout_seconds:
                    self._away = True
                    log.error("the database is away; requests get 503 until it answers")
                await asyncio.sleep(RETRY_SECONDS)
            if self._away:
                log.info("the database answers again")
        finally:
            self._away = False

    def _log_in(self, dialect: Any, record: Any, positional: Any, named: dict[str, Any]) -> Any:
        """While the password is being rotated: with the new one, and if that is not known yet, with the old one.

        None lets SQLAlchemy connect as it would anyway.
        """
        for password in self._passwords[:-1]:
            try:
                return dialect.connect(*positional, **(named | {"password": password}))
            except psycopg.OperationalError as error:
                if not is_wrong_password(error):
                    raise
        named["password"] = self._passwords[-1]
        return None

    async def _answers(self) -> bool:
        """Whether a connection beside the pool gets an answer to the smallest question."""
        for password in self._passwords:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    connection = await psycopg.AsyncConnection.connect(
                        host=self._url.host,
                        port=self._url.port,
                        dbname=self._url.database,
                        user=self._url.username,
                        password=password,
                        application_name="flotilla-watch",
                        connect_timeout=2,
                        autocommit=True,
                    )
                    try:
                        await connection.execute("SELECT 1")
                    finally:
                        await connection.close()
            except (TimeoutError, OSError, psycopg.Error):
                continue
            return True
        return False


def is_wrong_password(error: psycopg.Error) -> bool:
    """Whether a login failed for its password. PostgreSQL and PgBouncer say so in a sentence; libpq keeps no code."""
    return "password authentication failed" in str(error) or "SASL authentication failed" in str(error)


class _ConnectionLost(Exception):
    """The connection broke and nothing was saved by it."""


def database_url(settings: Settings) -> URL:
    """SQLAlchemy's address of the database, the password from its secret. Raises SettingsError."""
    return URL.create(
        "postgresql+psycopg",
        username=settings.database_user,
        password=read_secret(settings.database_password_file),
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
    )


def _name_the_request(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> tuple[str, Any]:
    """Every statement says whose it is, as sqlcommenter does: pg_stat_activity and PostgreSQL's log repeat it."""
    return commented(statement, request_id.get()), parameters


def commented(statement: str, identity: str) -> str:
    """The statement with the request's id in a comment; without one if there is none that is safe there."""
    return f"{statement} /*request_id='{identity}'*/" if well_formed(identity) else statement
