"""The platform's secrets as `captain rotate` lists them: how old each is, and what replaces it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from captain.generations import newest
from captain.rotation import PLANS, RETIRED_LABEL
from swarm.engine_objects import Secret

NOT_ROTATED: Mapping[str, str] = {
    "captain_key": "an app's webhook secret and deploy key: PUT /apps/APP/source with renew",
    "database_url": "swarm/up.sh --database-url URL",
    "db_first_password": "opens nothing once migrate has logged in",
    "registry_password": "stands in every service that the registry has an image of",
    "smtp_url": "swarm/up.sh --smtp-url URL",
}
"""Secrets that `rotate` does not replace, and what does, or why nothing has to."""


def lines(bases: Mapping[str, str], secrets: Iterable[Secret], now: datetime) -> list[str]:
    """A table: `bases` has for each secret's short name the name of its first generation."""
    by_name = {secret.name: secret for secret in secrets}
    rows = [("SECRET", "NOW", "AGE", "")]
    for what, base in bases.items():
        current = newest(base, by_name)
        made = by_name[current].created_at if current is not None else None
        how = NOT_ROTATED.get(what, "") if what not in PLANS else f"captain.sh rotate {what}"
        if current is not None and RETIRED_LABEL in by_name[current].labels:
            how = "holds nothing: programs have API keys"
        rows.append((what, current or "missing: swarm/up.sh makes it", _age(made, now), how))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]


def _age(made: datetime | None, now: datetime) -> str:
    if made is None:
        return ""
    days = (now - made).days
    return f"{days} d" if days else "today"
