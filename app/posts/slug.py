"""A post's address from its title. Pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST_WORDS = 80
_OTHER = re.compile("[^a-z0-9]+")


def slug(title: str, unique: str) -> str:
    """The title's Latin letters and digits, with `unique` (lower-case letters and digits) behind: titles come twice."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = _OTHER.sub("-", plain).strip("-")[:LONGEST_WORDS].strip("-")
    return f"{words}-{unique}" if words else unique
