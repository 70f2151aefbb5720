"""What a site's address may look like. Pure."""

from __future__ import annotations

import re

from app.models.site import SLUG_PATTERN

# Names that the platform itself has beside the sites, also where the blog domain is the platform's own.
RESERVED = frozenset({"www", "app", "admin", "api", "captain", "blogs", "registry", "mail"})


def fault(slug: str) -> str | None:
    """What is wrong with a slug, as a sentence, or None."""
    if not re.fullmatch(SLUG_PATTERN, slug):
        return "The slug has to be 1 to 63 lower-case letters, digits and hyphens, no hyphen first or last."
    if slug[2:4] == "--":
        return "The slug may not have hyphens as its third and fourth character; such names are reserved in DNS."
    if slug in RESERVED:
        return f"The slug {slug} is reserved; choose another."
    return None
