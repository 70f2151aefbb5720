"""The search box: anywhere in the texts of a small table, by index in a large one."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Table, false, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.surfaces.admin.studio.columns import Kind, facts, found_by
from app.surfaces.admin.studio.rows import estimated

# Tables with more rows are not read through for a word.
READ_THROUGH = 50_000
_LONGEST = 200
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def condition(
    connection: AsyncConnection, table: Table, words: str | None
) -> tuple[ColumnElement[bool] | None, str | None]:
    """The condition for a search, and what to tell about how it was done; nothing where nothing is searched for."""
    words = (words or "").replace("\0", "").strip()[:_LONGEST]
    if not words:
        return None, None
    known = {name: each for name, each in facts(table).items() if not each.secret}
    if _UUID.fullmatch(words.lower()):
        ids = [table.c[name] == words.lower() for name, each in known.items() if each.kind is Kind.UUID]
        return or_(false(), *ids), None
    texts = {name for name, each in known.items() if each.kind in {Kind.TEXT, Kind.LONG_TEXT}}
    if await estimated(connection, table) <= READ_THROUGH:
        pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return or_(false(), *(table.c[name].ilike(f"%{pattern}%") for name in sorted(texts))), None
    indexed = sorted(texts & found_by(table))
    told = (
        f"This table is large: only rows whose {' or '.join(indexed)} is exactly this are found."
        if indexed
        else ("This table is too large to be read through: search by an id, or narrow it down with a filter.")
    )
    return or_(false(), *(table.c[name] == words for name in indexed)), told
