"""Reading and changing API keys. Their secrets are in none of the rows."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError, changed_meanwhile, invalid_member
from app.keys import secret as form
from app.refusals import refusing
from app.versions import etag

_NAMES = (
    *("id", "site_id", "name", "prefix", "scopes", "last_used_at", "expires_at", "revoked_at"),
    *("created_at", "updated_at"),
)
_COLUMNS = ", ".join(_NAMES)
_PAGE = text(f"SELECT {_COLUMNS} FROM api_key WHERE id > CAST(:after AS uuid) ORDER BY id LIMIT :limit")  # noqa: S608
_BY_ID = text(f"SELECT {_COLUMNS} FROM api_key WHERE id = CAST(:key_id AS uuid)")  # noqa: S608 - names alone
_INSERT = text(
    "INSERT INTO api_key (site_id, name, prefix, secret_sha256, scopes, expires_at)"  # noqa: S608 - names alone
    " VALUES (CAST(:site_id AS uuid), :name, :prefix, :sha256, CAST(:scopes AS text[]),"
    f" CAST(:expires_at AS timestamptz)) RETURNING {_COLUMNS}"
)
_REVOKE = "UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = CAST(:key_id AS uuid)"


class KeyRow(TypedDict):
    """A key as the API shows it."""

    id: str
    site_id: str | None
    name: str
    prefix: str
    scopes: list[str]
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: str


class NewKeyRow(KeyRow):
    """A key that was just made, with its secret: nobody can read that again."""

    secret: str


def _shown(row: Iterable[Any]) -> KeyRow:
    named = dict(zip(_NAMES, row, strict=True))
    named["etag"] = etag(named["updated_at"])
    return cast(KeyRow, named)


def not_found() -> PlatformError:
    """The key that the address names does not exist."""
    return PlatformError(404, "key_not_found", "There is no such API key; list the keys to see which there are.")


async def page(connection: AsyncConnection, *, after: str, limit: int) -> list[KeyRow]:
    """At most `limit` keys with an id above `after`, ascending."""
    return [_shown(row) for row in await connection.execute(_PAGE, {"after": after, "limit": limit})]


async def by_id(connection: AsyncConnection, key_id: str) -> KeyRow | None:
    """The key with that id."""
    row = (await connection.execute(_BY_ID, {"key_id": key_id})).first()
    return None if row is None else _shown(row)


async def create(
    connection: AsyncConnection, *, name: str, scopes: Sequence[str], site_id: str | None, expires_at: datetime | None
) -> NewKeyRow:
    """Makes a key. Errors: 422 for a site that is not there."""
    made = form.secret("".join(secrets.choice(form.ALPHABET) for _ in range(form.RANDOM_LENGTH)))
    given = {"name": name, "scopes": list(scopes), "site_id": site_id, "expires_at": expires_at}
    kept = {"prefix": made[: form.SHOWN_LENGTH], "sha256": form.digest(made)}

    def no_such_site() -> PlatformError:
        return invalid_member("/site_id", "There is no such site.")

    with refusing({"fk_api_key_organisation_id_site_id": no_such_site}, elsewhere=no_such_site):
        row = (await connection.execute(_INSERT, {**given, **kept})).one()
    return {**_shown(row), "secret": made}


async def revoke(connection: AsyncConnection, key_id: str, *, versions: Sequence[datetime] | None) -> None:
    """Makes a key useless for good; it goes on being listed. Errors: 404, 412."""
    statement, given = _REVOKE, dict[str, Any](key_id=key_id)
    if versions is not None:
        statement += " AND updated_at = ANY(CAST(:versions AS timestamptz[]))"
        given["versions"] = list(versions)
    if (await connection.execute(text(statement), given)).rowcount:
        return
    found = await by_id(connection, key_id)
    raise not_found() if found is None else changed_meanwhile(dict(found))
