"""Which changes of a schema the code of before survives: it runs on during a rollout and after a rollback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic.operations import ops
from sqlalchemy import Column


def flattened(operations: ops.OpContainer | None) -> Iterator[ops.MigrateOperation]:
    """The single operations, in their order."""
    for operation in operations.ops if operations is not None else ():
        if isinstance(operation, ops.OpContainer):
            yield from flattened(operation)
        else:
            yield operation


def new_columns(operations: Iterable[ops.MigrateOperation]) -> set[tuple[str, str]]:
    """Table and name of every column that is added, those of new tables apart."""
    return {
        (operation.table_name, operation.column.name)
        for operation in operations
        if isinstance(operation, ops.AddColumnOp)
    }


def objection(operation: ops.MigrateOperation, added: set[tuple[str, str]]) -> str | None:
    """Why the code of before does not survive it, or None. `added` are the columns that are new with it."""
    if isinstance(operation, ops.CreateTableOp):
        return None
    if isinstance(operation, ops.AddColumnOp):
        return _of_column(operation.table_name, operation.column)
    if isinstance(operation, ops.AlterColumnOp):
        return _of_change(operation)
    if isinstance(operation, ops.CreateIndexOp):
        if operation.unique and not _touches(operation.table_name, operation.columns, added):
            return f"the unique index {operation.index_name} refuses rows that may be written so far"
        return None
    if isinstance(operation, ops.CreateUniqueConstraintOp):
        new = _touches(operation.table_name, operation.columns, added)
        return None if new else f"{operation.constraint_name} refuses rows that may be written so far"
    if isinstance(operation, ops.CreateForeignKeyOp):
        new = _touches(operation.source_table, operation.local_cols, added)
        return None if new else f"{operation.constraint_name} refuses rows that may be written so far"
    if isinstance(operation, ops.DropColumnOp):
        return f"column {operation.table_name}.{operation.column_name} goes, with its data"
    if isinstance(operation, ops.DropTableOp):
        return f"table {operation.table_name} goes, with its data"
    if isinstance(operation, ops.DropIndexOp):
        return f"index {operation.index_name} goes, which reading may need"
    if isinstance(operation, ops.DropConstraintOp):
        return f"constraint {operation.constraint_name} on {operation.table_name} goes"
    return f"{type(operation).__name__} is nothing that is known here"


def _of_column(table: str, column: Column[object]) -> str | None:
    if column.nullable or column.server_default is not None or column.computed or column.identity:
        return None
    return f"column {table}.{column.name} may not be null and has no server_default: the code of before leaves it out"


def _of_change(operation: ops.AlterColumnOp) -> str | None:
    name = f"column {operation.table_name}.{operation.column_name}"
    if operation.modify_type is not None:
        return f"{name} gets another type, for which the table is locked and perhaps written anew"
    if operation.modify_nullable is False:
        return f"{name} may not be null any more"
    if operation.modify_server_default is None:
        return f"{name} loses its default"
    return None


def _touches(table: str, columns: Iterable[object], added: set[tuple[str, str]]) -> bool:
    """Whether one of the columns is new, so that no row has anything in it; null is in nobody's way."""
    return any((table, str(getattr(column, "name", column))) in added for column in columns)
