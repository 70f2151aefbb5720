"""What the database refuses of a post, as the error that the client gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.errors import PlatformError, invalid_member, site_not_found

POST: Mapping[str, Callable[[], PlatformError]] = {
    "fk_post_organisation_id_site_id": site_not_found,
    "fk_post_organisation_id_site_id_cover_media_id": lambda: invalid_member(
        "/cover_media_id", "There is no such media on this site."
    ),
    "uq_post_site_id_language_slug": lambda: PlatformError(
        409, "slug_taken", "Another post of this site and language has the slug; choose another."
    ),
    "uq_post_translation": lambda: PlatformError(
        409, "translation_taken", "The translation group has a post of this language already."
    ),
    "ck_post_published_at": lambda: invalid_member(
        "/published_at", "A post of this status needs a time of publishing."
    ),
    "fk_post_author_organisation_id_account_id": lambda: invalid_member(
        "/authors", "One of the authors is no member of the organisation."
    ),
}
