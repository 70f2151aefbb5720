"""Tags of a site: reading, making, changing and deleting them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError, changed_meanwhile, site_not_found
from app.posts import queries
from app.refusals import refusing
from app.versions import etag

_NAMES = ("id", "site_id", "slug", "name", "description", "created_at", "updated_at")
_COLUMNS = ", ".join(_NAMES)
_OF_SITE = "site_id = CAST(:site_id AS uuid)"
_ONE = f"{_OF_SITE} AND id = CAST(:tag_id AS uuid)"
_IN_VERSION = " AND updated_at = ANY(CAST(:versions AS timestamptz[]))"
_PAGE = text(
    f"SELECT {_COLUMNS} FROM tag WHERE {_OF_SITE} AND id > CAST(:after AS uuid) ORDER BY id LIMIT :limit"  # noqa: S608
)
_BY_ID = text(f"SELECT {_COLUMNS} FROM tag WHERE {_ONE}")  # noqa: S608 - names alone
_INSERT = text(
    "INSERT INTO tag (site_id, slug, name, description)"  # noqa: S608 - names alone
    f" VALUES (CAST(:site_id AS uuid), :slug, :name, :description) RETURNING {_COLUMNS}"
)
# A post is shown with the slugs of its tags: with another slug, or without the tag, it is another version.
_TOUCH = text(
    "UPDATE post SET updated_at = now() WHERE id IN (SELECT post_id FROM post_tag WHERE tag_id = CAST(:tag_id AS uuid))"
)
Versions = Sequence[datetime] | None


class TagRow(TypedDict):
    """A tag as the API shows it."""

    id: str
    site_id: str
    slug: str
    name: str
    description: str
    created_at: datetime
    updated_at: datetime
    etag: str


def not_found() -> PlatformError:
    """The tag that the address names does not exist on that site."""
    return PlatformError(404, "tag_not_found", "There is no such tag; list the site's tags to see which there are.")


def _taken() -> PlatformError:
    return PlatformError(409, "slug_taken", "Another tag of this site has the slug; choose another.")


def _shown(row: Iterable[Any]) -> TagRow:
    named = dict(zip(_NAMES, row, strict=True))
    named["etag"] = etag(named["updated_at"])
    return cast(TagRow, named)


async def page(connection: AsyncConnection, site_id: str, *, after: str, limit: int) -> list[TagRow] | None:
    """At most `limit` tags with an id above `after`, ascending; None if there is no such site."""
    rows = (await connection.execute(_PAGE, {"site_id": site_id, "after": after, "limit": limit})).all()
    if not rows and not await queries.site_exists(connection, site_id):
        return None
    return [_shown(row) for row in rows]


async def by_id(connection: AsyncConnection, site_id: str, tag_id: str) -> TagRow | None:
    """The tag with that id, if it is of that site."""
    row = (await connection.execute(_BY_ID, {"site_id": site_id, "tag_id": tag_id})).first()
    return None if row is None else _shown(row)


async def create(connection: AsyncConnection, site_id: str, values: Mapping[str, object]) -> TagRow:
    """Makes a tag. Errors: 404 for an unknown site, 409 for a slug that is taken."""
    constraints = {"uq_tag_site_id_slug": _taken, "fk_tag_organisation_id_site_id": site_not_found}
    with refusing(constraints, elsewhere=site_not_found):
        return _shown((await connection.execute(_INSERT, {"site_id": site_id, **values})).one())


async def change(
    connection: AsyncConnection, site_id: str, tag_id: str, values: Mapping[str, object], *, versions: Versions
) -> TagRow:
    """Changes what `values` name, and with a slug the version of its posts. Errors: 404, 409, 412."""
    changes = ", ".join(f"{name} = :{name}" for name in values)
    statement = f"UPDATE tag SET {changes or 'name = name'}, updated_at = now() WHERE {_ONE}"  # noqa: S608 - names alone
    with refusing({"uq_tag_site_id_slug": _taken}):
        row = await _one(connection, statement, f" RETURNING {_COLUMNS}", site_id, tag_id, values, versions)
    if "slug" in values:
        await connection.execute(_TOUCH, {"tag_id": tag_id})
    return _shown(row)


async def remove(connection: AsyncConnection, site_id: str, tag_id: str, *, versions: Versions) -> None:
    """Deletes a tag and takes it from its posts. Errors: 404, 412."""
    await connection.execute(_TOUCH, {"tag_id": tag_id})
    await _one(connection, f"DELETE FROM tag WHERE {_ONE}", " RETURNING id", site_id, tag_id, {}, versions)  # noqa: S608


async def _one(
    connection: AsyncConnection,
    statement: str,
    returning: str,
    site_id: str,
    tag_id: str,
    values: Mapping[str, object],
    versions: Versions,
) -> Sequence[Any]:
    given: dict[str, object] = {"site_id": site_id, "tag_id": tag_id, **values}
    if versions is not None:
        statement, given["versions"] = statement + _IN_VERSION, list(versions)
    row = (await connection.execute(text(statement + returning), given)).first()
    if row is None:
        found = await by_id(connection, site_id, tag_id)
        raise not_found() if found is None else changed_meanwhile(dict(found))
    return row
