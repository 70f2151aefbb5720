"""Statements of the requests that come most often: compiled once, sent and read with little between libpq and the rows.

SQLAlchemy's way from a statement to its rows, and psycopg's cursor under it, cost more than the rest of a request. What
they do besides (looking for parameters, types of results, rows under names) is the same each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, zip_longest
from typing import Any

import psycopg
from psycopg import adapt, generators
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from app.connections import driver_of
from app.db import commented
from app.observability import request_id
from app.scene import Reading, Writing

_DIALECT: Any = PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]
_PARAMETER = re.compile(r"%\((\w+)\)s")
_DONE = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}

Row = tuple[Any, ...]


class Statement:
    """A statement with parameters by name, as SQLAlchemy has them.

    `numbered` is its text for parameters that go beside it, in the order of `names`.
    """

    def __init__(self, statement: ClauseElement) -> None:
        pieces = _PARAMETER.split(str(statement.compile(dialect=_DIALECT)))
        self._words = [piece.replace("%%", "%") for piece in pieces[::2]]
        self._places = pieces[1::2]
        self.names = tuple(dict.fromkeys(self._places))
        numbers = [f"${self.names.index(name) + 1}" for name in self._places]
        self.numbered = "".join(_mixed(self._words, numbers))

    async def rows(self, connection: AsyncConnection, given: Mapping[str, object]) -> list[Row]:
        """All rows, as the driver makes them. Raises psycopg.Error, and KeyError for a parameter that is not given.

        A read goes with what it acts for in one message, a write's first statement together with its BEGIN.
        """
        driver = driver_of(connection)
        scene: Any = driver.cursor_factory
        types: Transformer = adapt.Transformer(driver)
        if isinstance(scene, Reading):
            found = await _sent(driver, f"{scene.before}; {self.written(types, given)}")
        else:
            before = scene.due() if isinstance(scene, Writing) else ()
            found = await self._sent_apart(driver, before, types, [given[name] for name in self.names])
        types.set_pgresult(found)
        return types.load_rows(0, found.ntuples, tuple)

    def written(self, types: Transformer, given: Mapping[str, object]) -> str:
        """With its parameters in it, quoted by libpq."""
        literals = {name: types.as_literal(given[name]).decode() for name in self.names}
        return "".join(_mixed(self._words, [literals[name] for name in self._places]))

    async def _sent_apart(
        self, driver: psycopg.AsyncConnection[Any], before: Sequence[str], types: Transformer, values: Sequence[object]
    ) -> PGresult:
        """With its parameters beside it, and in the same round trip what has to be `before` it."""
        data = types.dump_sequence(values, [PyFormat.AUTO] * len(values))
        sent = commented(self.numbered, request_id.get()).encode()
        last = partial(driver.pgconn.send_query_params, sent, data, types.types, types.formats)
        if not before:
            last()
            return _last(await driver.wait(generators.execute(driver.pgconn)))
        return await _pipelined(driver, before, last)


async def _sent(driver: psycopg.AsyncConnection[Any], message: str) -> PGresult:
    """Several statements in one message; the last one's result."""
    driver.pgconn.send_query(commented(message, request_id.get()).encode())
    return _last(await driver.wait(generators.execute(driver.pgconn)))


async def _pipelined(driver: psycopg.AsyncConnection[Any], before: Sequence[str], last: Callable[[], None]) -> PGresult:
    """Some statements without parameters and one more, in one round trip; the last one's result."""
    pgconn = driver.pgconn
    pgconn.enter_pipeline_mode()
    try:
        for statement in before:
            pgconn.send_query_params(statement.encode(), None)
        last()
        pgconn.pipeline_sync()
        await driver.wait(generators.send(pgconn))
        found: list[PGresult] = []
        while not found or found[-1].status != ExecStatus.PIPELINE_SYNC:
            found += await driver.wait(generators.fetch_many(pgconn))
        pgconn.exit_pipeline_mode()
    except BaseException:
        await driver.close()  # what is still under way on it belongs to nobody
        raise
    return _last(found[:-1])


def _last(results: Sequence[PGresult]) -> PGresult:
    """The last result. Raises psycopg.Error for the first that is none."""
    for result in results:
        if result.status not in _DONE:
            raise error_from_result(result)
    return results[-1]


def _mixed(words: Sequence[str], between: Sequence[str]) -> Iterable[str]:
    """The words with one of the others between each two."""
    return chain.from_iterable(zip_longest(words, between, fillvalue=""))
