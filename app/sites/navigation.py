"""Menus of a site: entries that keep their order, whoever else puts entries there."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError, invalid, invalid_member
from app.rows import Row, Rows, Versions

MOST_ENTRIES = 1_000
"""Of all menus of a site: among so many, giving out places anew is nothing."""
MOST_LEVELS = 5
_LAST = 32_767  # the largest smallint, behind every place


def not_found() -> PlatformError:
    """The entry that the address names does not exist on that site."""
    return PlatformError(
        404, "navigation_item_not_found", "There is no such entry; list the site's navigation to see which there are."
    )


NAVIGATION = Rows(
    "navigation_item",
    shown=("id", "site_id", "menu", "parent_id", "position", "label", "url", "created_at", "updated_at"),
    taken={"menu": "text", "parent_id": "uuid", "position": "smallint", "label": "text", "url": "text"},
    missing=not_found,
    filters={"menu": "menu = :menu"},
)

# One at a time on a site: places are counted, and of two entries each could be put below the other.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('navigation_item ' || :site_id, 0))")
_COUNT = text("SELECT count(*) FROM navigation_item WHERE site_id = CAST(:site_id AS uuid)")
_ABOVE = text(
    "WITH RECURSIVE above AS (SELECT id, parent_id, menu FROM navigation_item"
    " WHERE id = CAST(:parent_id AS uuid) AND site_id = CAST(:site_id AS uuid)"
    " UNION SELECT item.id, item.parent_id, item.menu FROM navigation_item item JOIN above"
    " ON item.id = above.parent_id) SELECT id, menu FROM above"
)
_LEVELS_BELOW = text(
    "WITH RECURSIVE below AS (SELECT id, 1 AS level FROM navigation_item WHERE id = CAST(:item_id AS uuid)"
    " UNION ALL SELECT item.id, level + 1 FROM navigation_item item JOIN below ON item.parent_id = below.id"
    " WHERE level < :most) SELECT max(level) FROM below"
)
# Of two in the same place, the one that was just put there is first; coming from a place before it, last.
_PLACES = text(
    "UPDATE navigation_item SET position = placed.place FROM (SELECT id, row_number() OVER (ORDER BY position,"
    " CASE WHEN id <> CAST(:item_id AS uuid) THEN 0 WHEN :behind THEN 1 ELSE -1 END, id) - 1 AS place"
    " FROM navigation_item WHERE site_id = CAST(:site_id AS uuid) AND menu = :menu"
    " AND parent_id IS NOT DISTINCT FROM CAST(:parent_id AS uuid)) placed"
    " WHERE navigation_item.id = placed.id AND navigation_item.position <> placed.place"
)


async def create(connection: AsyncConnection, site_id: str, values: Mapping[str, object]) -> Row:
    """Puts an entry in its place, or last; those behind move on. Errors: 404 for an unknown site, 422."""
    await connection.execute(_ALONE, {"site_id": site_id})
    if (await connection.execute(_COUNT, {"site_id": site_id})).scalar_one() >= MOST_ENTRIES:
        raise invalid(f"A site has at most {MOST_ENTRIES} entries in its menus; delete some first.")
    if values.get("parent_id") is not None:
        await _require_parent(connection, site_id, str(values["menu"]), str(values["parent_id"]), None)
    made = await NAVIGATION.create(connection, site_id, {"position": _LAST, **values})
    await _give_places(connection, made, made)
    return await NAVIGATION.by_id(connection, site_id, str(made["id"]))


async def change(
    connection: AsyncConnection, site_id: str, item_id: str, values: Mapping[str, object], *, versions: Versions
) -> Row:
    """Changes what `values` name; below another parent it is last, unless they say where. Errors: 404, 412, 422."""
    await connection.execute(_ALONE, {"site_id": site_id})
    before = await NAVIGATION.by_id(connection, site_id, item_id)
    moves = values.get("parent_id", before["parent_id"]) != before["parent_id"]
    if moves and values["parent_id"] is not None:
        await _require_parent(connection, site_id, str(before["menu"]), str(values["parent_id"]), item_id)
    given = {"position": _LAST, **values} if moves else values
    after = await NAVIGATION.change(connection, site_id, item_id, given, versions=versions)
    if "position" not in given:
        return after
    if moves:
        await _give_places(connection, before, after)
    await _give_places(connection, after, after, behind=not moves and _place(after) > _place(before))
    return await NAVIGATION.by_id(connection, site_id, item_id)


async def remove(connection: AsyncConnection, site_id: str, item_id: str, *, versions: Versions) -> None:
    """Deletes an entry with all below it; those behind it move up. Errors: 404, 412."""
    await connection.execute(_ALONE, {"site_id": site_id})
    before = await NAVIGATION.by_id(connection, site_id, item_id)
    await NAVIGATION.remove(connection, site_id, item_id, versions=versions)
    await _give_places(connection, before, before)


async def _require_parent(
    connection: AsyncConnection, site_id: str, menu: str, parent_id: str, item_id: str | None
) -> None:
    """PlatformError 422 unless an entry, a new one if it is None, can stand below the parent."""
    above = (await connection.execute(_ABOVE, {"site_id": site_id, "parent_id": parent_id})).all()
    menus = {row.id: row.menu for row in above}
    if parent_id not in menus:
        raise invalid_member("/parent_id", "There is no such entry on this site.")
    if menus[parent_id] != menu:
        raise invalid_member("/parent_id", f"The parent is in another menu than {menu}.")
    if item_id in menus:
        raise invalid_member("/parent_id", "An entry cannot stand below itself.")
    levels = 1
    if item_id is not None:
        levels = (await connection.execute(_LEVELS_BELOW, {"item_id": item_id, "most": MOST_LEVELS})).scalar_one()
    if len(above) + levels > MOST_LEVELS:
        raise invalid_member("/parent_id", f"A menu has at most {MOST_LEVELS} levels.")


async def _give_places(connection: AsyncConnection, among: Row, put: Row, *, behind: bool = False) -> None:
    """Counts the places among the siblings of an entry from 0, without gaps; `put` is the one that was put there."""
    values = {name: among[name] for name in ("site_id", "menu", "parent_id")}
    await connection.execute(_PLACES, {**values, "item_id": put["id"], "behind": behind})


def _place(row: Row) -> int:
    place = row["position"]
    assert isinstance(place, int)
    return place
