"""What routes of `Rows` do alike: a page, one, and a new one that has a secret."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from app.errors import PlatformError
from app.rows import Rows
from app.surfaces.api.answers import acting_of, database_of, page, single
from app.surfaces.api.schemas import After

Sort = Annotated[Literal["id", "-id"], Query(description="The order of their making; with `-`, the other way round.")]
AnyAfter = After | None
"""`after` of a list that has two directions, of which no id is before every other."""


async def listed(
    request: Request,
    rows: Rows,
    parent_id: str | None,
    limit: int,
    after: str | None,
    *,
    falling: bool = False,
    **sought: str | None,
) -> Response:
    """A page of a parent's rows; `sought` are filters of theirs, None for any."""
    found = await database_of(request).read(
        acting_of(request), rows.page, parent_id, after=after, limit=limit + 1, falling=falling, sought=sought
    )
    return page(found, limit)


async def one(request: Request, rows: Rows, parent_id: str | None, row_id: str) -> Response:
    """A row with its ETag; 304 for who has it already."""
    return single(request, await database_of(request).read(acting_of(request), rows.by_id, parent_id, row_id))


def require_once(request: Request) -> None:
    """For an answer with a secret, which is not kept. Raises PlatformError 400 for an Idempotency-Key."""
    if "idempotency-key" in request.headers:
        raise PlatformError(
            400, "not_idempotent", "This answer holds a secret and is not kept; send it without Idempotency-Key."
        )
