"""Changing, restoring and deleting a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import changed_meanwhile, post_not_found
from app.models.post import PostStatus
from app.posts import queries
from app.posts.labels import Labels, label
from app.posts.queries import WHOLE, WholePostRow, whole
from app.posts.refusals import POST
from app.refusals import refusing

Versions = Sequence[datetime] | None

_IDENTITY = "post.id = CAST(:post_id AS uuid) AND post.site_id = CAST(:site_id AS uuid)"
_IN_VERSION = " AND post.updated_at = ANY(CAST(:versions AS timestamptz[]))"
_CASTS = {"published_at": "timestamptz", "translation_group_id": "uuid", "cover_media_id": "uuid"}
_OUT = (PostStatus.PUBLISHED.value, PostStatus.UNLISTED.value)


def _saving(changes: str, source: str, condition: str) -> str:
    """A statement that changes a post, keeps what it became as a revision, and gives it."""
    return (
        f"WITH post AS (UPDATE post SET {changes}, updated_at = now(){source} WHERE {condition}"  # noqa: S608 - names alone
        f" RETURNING {', '.join(f'post.{name}' for name in queries.NAMES)}),"
        " kept AS (INSERT INTO revision (site_id, post_id, account_id, title, body, excerpt, reason)"
        " SELECT site_id, id, acting_account(), title, body, excerpt, :reason FROM post)"
        f" SELECT {WHOLE} FROM post"
    )


async def change(
    connection: AsyncConnection,
    site_id: str,
    post_id: str,
    values: Mapping[str, object],
    *,
    reason: str,
    labels: Labels,
    versions: Versions,
) -> WholePostRow:
    """Changes the columns that `values` name, if the post is in one of `versions`. Errors: 404, 409, 412, 422.

    What is published gets the time of it, if it has none that has come.
    """
    changes = [f"{name} = CAST(:{name} AS {_CASTS.get(name, 'text')})" for name in values]
    if values.get("status") in _OUT and "published_at" not in values:
        changes.append("published_at = least(coalesce(published_at, now()), now())")
    statement = _saving(", ".join(changes) or "title = title", "", _IDENTITY)
    with refusing(POST):
        row = await _save(connection, statement, site_id, post_id, {**values, "reason": reason}, versions)
        if labels == Labels():
            return whole(row)
        await label(connection, site_id, post_id, labels)
    return await _read(connection, site_id, post_id)


_RESTORED = _saving(
    "title = revision.title, body = revision.body, excerpt = revision.excerpt",
    " FROM revision",
    f"{_IDENTITY} AND revision.id = CAST(:revision_id AS uuid) AND revision.post_id = post.id"
    " AND revision.site_id = post.site_id",
)


async def restore(
    connection: AsyncConnection, site_id: str, post_id: str, revision_id: str, *, versions: Versions
) -> WholePostRow:
    """Makes a post what it was in a revision, which is a save like any other. Errors: 404, 412."""
    given = {"revision_id": revision_id, "reason": f"Restored from {revision_id}."}
    with refusing(POST):
        return whole(await _save(connection, _RESTORED, site_id, post_id, given, versions))


async def remove(connection: AsyncConnection, site_id: str, post_id: str, *, versions: Versions) -> None:
    """Deletes a post with its revisions, if it is in one of `versions`. Errors: 404, 412."""
    condition = _IDENTITY if versions is None else _IDENTITY + _IN_VERSION
    given: dict[str, object] = {"site_id": site_id, "post_id": post_id}
    if versions is not None:
        given["versions"] = list(versions)
    deleted = await connection.execute(text(f"DELETE FROM post WHERE {condition} RETURNING id"), given)  # noqa: S608
    if deleted.first() is None:
        raise await _refusal(connection, site_id, post_id, versions)


async def _save(
    connection: AsyncConnection,
    statement: str,
    site_id: str,
    post_id: str,
    given: Mapping[str, object],
    versions: Versions,
) -> Sequence[Any]:
    values: dict[str, object] = {"site_id": site_id, "post_id": post_id, **given}
    if versions is not None:
        statement = statement.replace(_IDENTITY, _IDENTITY + _IN_VERSION, 1)
        values["versions"] = list(versions)
    row = (await connection.execute(text(statement), values)).first()
    if row is None:
        raise await _refusal(connection, site_id, post_id, versions)
    return row


async def _read(connection: AsyncConnection, site_id: str, post_id: str) -> WholePostRow:
    found = await queries.by_id(connection, site_id, post_id)
    if found is None:
        raise post_not_found()
    return found


async def _refusal(connection: AsyncConnection, site_id: str, post_id: str, versions: Versions) -> Exception:
    """412 if the post is there in another version, else 404: of the post, or of what it was to be restored from."""
    found = await queries.by_id(connection, site_id, post_id) if versions is not None else None
    return (
        post_not_found() if found is None or found["updated_at"] in (versions or ()) else changed_meanwhile(dict(found))
    )
