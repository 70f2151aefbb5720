"""Keeping a file, and giving its content back."""

from __future__ import annotations

import hashlib
from typing import TypedDict, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError
from app.media.kind import KINDS, kind_of, safe_name
from app.media.media import MEDIA, not_found
from app.rows import Row

_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('media' || CAST(:digest AS text), 0))")
_SAME = text(
    "SELECT id FROM media WHERE site_id = CAST(:site_id AS uuid) AND content_sha256 = CAST(:content_sha256 AS bytea)"
)
_CONTENT = text(
    "SELECT file_name, content_type, content_sha256, content FROM media"
    " WHERE id = CAST(:media_id AS uuid) AND site_id = CAST(:site_id AS uuid)"
)


class Content(TypedDict):
    """What a file holds, and how it is served."""

    file_name: str
    content_type: str
    content_sha256: bytes
    content: bytes


def unknown_kind() -> PlatformError:
    """What was sent is none of the kinds that are kept."""
    return PlatformError(
        415, "unsupported_media_type", f"This is no file of a kind that is kept; send one of {KINDS}, whole."
    )


async def keep(connection: AsyncConnection, site_id: str, file_name: str, alternative_text: str, content: bytes) -> Row:
    """The new file, or the one of the site that holds the same. Errors: 403 beyond the plan's limit, 404, 415."""
    kind = kind_of(content)
    if kind is None:
        raise unknown_kind()
    digest = hashlib.sha256(content).digest()
    # Two who send the same at once: the second one's insert finds the first one's.
    await connection.execute(_TURN, {"digest": digest.hex()})
    same = (await connection.execute(_SAME, {"site_id": site_id, "content_sha256": digest})).scalar()
    if same is not None:
        return await MEDIA.by_id(connection, site_id, str(same))
    values = {
        "file_name": safe_name(file_name, kind),
        "content_type": kind.content_type,
        "content_sha256": digest,
        "content": content,
        "size_bytes": len(content),
        "width_pixels": kind.width_pixels,
        "height_pixels": kind.height_pixels,
        "alternative_text": alternative_text,
    }
    return await MEDIA.create(connection, site_id, values)


async def content_of(connection: AsyncConnection, site_id: str, media_id: str) -> Content:
    """What a file holds. Errors: 404, also where it is kept elsewhere."""
    row = (await connection.execute(_CONTENT, {"site_id": site_id, "media_id": media_id})).mappings().one_or_none()
    if row is None or row["content"] is None:
        raise not_found()
    return cast(Content, dict(row))  # the statement says its columns
