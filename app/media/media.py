"""What is known of a site's pictures and other files; `uploading` has what they hold."""

from __future__ import annotations

from app.errors import PlatformError
from app.rows import Rows


def not_found() -> PlatformError:
    """The picture or file that the address names does not exist on that site."""
    return PlatformError(404, "media_not_found", "There is no such media; list the site's to see which there are.")


MEDIA = Rows(
    "media",
    shown=(
        *("id", "site_id", "file_name", "content_type", "size_bytes", "width_pixels", "height_pixels"),
        *("duration_seconds", "alternative_text", "created_at", "updated_at"),
    ),
    taken={
        "file_name": "text",
        "content_type": "text",
        "content_sha256": "bytea",
        "content": "bytea",
        "size_bytes": "bigint",
        "width_pixels": "integer",
        "height_pixels": "integer",
        "alternative_text": "text",
    },
    missing=not_found,
)
