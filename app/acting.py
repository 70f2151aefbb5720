"""For whom a unit of work acts: what its transaction tells the database before anything else. Pure.

Row-level security compares rows with it. Whoever says nothing sees nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Acting:
    """`statement` is one SELECT without parameters; what it sets ends with the transaction."""

    statement: str


def organisation(organisation_id: str, *, site_id: str | None = None, published_only: bool = False) -> Acting:
    """An organisation's own programs and people: its rows, for reading and writing. ValueError for no id.

    With `site_id`, of that site alone; with `published_only`, for reading what is published.
    """
    settings = [_set("flotilla.organisation_id", _id(organisation_id))]
    if site_id is not None:
        settings.append(_set("flotilla.site_id", _id(site_id)))
    if published_only:
        settings.append(_set("role", "flotilla_content"))
    return Acting(f"SELECT {', '.join(settings)}")


def reader(slug: str) -> Acting | None:
    """Somebody who reads the site of that slug: the site and what is published there. None if no site can have it."""
    if not _SLUG.fullmatch(slug):
        return None
    return Acting(
        f"SELECT set_config('flotilla.site_slug', '{slug}', true), set_config('role', 'flotilla_reader', true)"
    )


def doorkeeper(secret_sha256: bytes) -> Acting:
    """Whoever has to find out whose a secret is: the row with its hash, 32 bytes, and no other."""
    if len(secret_sha256) != 32:
        raise ValueError("a SHA-256 has 32 bytes")
    return Acting(
        f"SELECT set_config('flotilla.secret_sha256', '{secret_sha256.hex()}', true),"
        " set_config('role', 'flotilla_doorkeeper', true)"
    )


def worker() -> Acting:
    """The worker's jobs over all organisations: the few columns that they need."""
    return Acting("SELECT set_config('role', 'flotilla_worker', true)")


def _set(name: str, value: str) -> str:
    return f"set_config('{name}', '{value}', true)"


def _id(given: str) -> str:
    if not _UUID.fullmatch(given):
        raise ValueError("an id is a UUID in lower case")
    return given
