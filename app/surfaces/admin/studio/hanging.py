"""What hangs on a row: the rows that lead to it, and what becomes of them if it is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Table, and_, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.surfaces.admin.studio.columns import Relation, children
from app.surfaces.admin.studio.rows import Hanging, Row

# Of each kind, at most so many are counted.
_COUNTED = 1_000
# A chain of keys is followed so far; the models have none longer.
_DEEPEST = 6

_Found = tuple[Table, Relation, ColumnElement[bool]]


async def leading_to(connection: AsyncConnection, row: Row) -> list[Hanging]:
    """The rows that lead to it, by the key that does."""
    found = [(child, relation, _direct(child, relation, row)) for child, relation in _children(row.table)]
    return await _counted(connection, row, found)


async def deleted_with(connection: AsyncConnection, row: Row) -> list[Hanging]:
    """What a deletion takes along, over all steps, what it cuts off, and what forbids it."""
    found = list(_consequences(row))
    taken = {child.name for child, relation, _ in found if relation.ondelete == "CASCADE"}
    cut_off = [each for each in found if each[1].ondelete == "CASCADE" or each[0].name not in taken]
    return await _counted(connection, row, cut_off)


def _children(table: Table) -> list[tuple[Table, Relation]]:
    return [(table.metadata.tables[name], relation) for name, relation in children(table.metadata, table)]


def _direct(child: Table, relation: Relation, row: Row) -> ColumnElement[bool]:
    pairs = zip(relation.columns, relation.referred, strict=True)
    return and_(*(child.c[own] == row.values[theirs] for own, theirs in pairs))


def _consequences(row: Row) -> Iterator[_Found]:
    """Breadth first; a table that is reached over several ways is told once, over the shortest."""
    reached = {row.table.name}
    step = [(child, relation, _direct(child, relation, row)) for child, relation in _children(row.table)]
    for _ in range(_DEEPEST):
        following: list[_Found] = []
        for child, relation, condition in step:
            if child.name in reached:
                continue
            yield child, relation, condition
            if relation.ondelete != "CASCADE":
                continue
            reached.add(child.name)
            for grandchild, key in _children(child):
                parents = select(*(child.c[name] for name in key.referred)).where(condition)
                own = tuple_(*(grandchild.c[name] for name in key.columns))
                following.append((grandchild, key, own.in_(parents)))
        step = following


async def _counted(connection: AsyncConnection, row: Row, found: list[_Found]) -> list[Hanging]:
    if not found:
        return []
    numbers = (await connection.execute(select(*(_number(child, condition) for child, _, condition in found)))).one()
    return [
        Hanging(
            child.name,
            relation.columns,
            tuple(row.values.get(name) for name in relation.referred),
            min(number, _COUNTED),
            number > _COUNTED,
            relation.ondelete,
        )
        for (child, relation, _), number in zip(found, numbers, strict=True)
        if number
    ]


def _number(child: Table, condition: ColumnElement[bool]) -> ScalarSelect[Any]:
    rows = select(literal_column("1")).select_from(child).where(condition).limit(_COUNTED + 1).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()
