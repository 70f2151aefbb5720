"""What a repository of one-click templates lists, in the words of CapRover's API. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from captain.errors import CaptainError
from captain.oneclick.yaml_text import read

_KEYS = ("name", "displayName", "description")


def listed(text: str, address: str) -> list[dict[str, Any]]:
    """The templates of `<address>/v4/list`. `CaptainError` for what is no such list."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CaptainError(f"{address} answers with no JSON: it is no repository of templates.") from error
    entries = found.get("oneClickApps") if isinstance(found, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise CaptainError(f"{address} lists no templates: it is no repository of them.")
    return [_told(entry, address) for entry in entries if isinstance(entry, Mapping) and entry.get("name")]


def template(text: str, name: str) -> object:
    """A template as clients read it, from JSON or YAML. `CaptainError` for what is neither."""
    try:
        return json.loads(text)
    except ValueError:
        return read(text, name)


def _told(entry: Mapping[str, Any], address: str) -> dict[str, Any]:
    logo = str(entry.get("logoUrl") or "")
    return {
        **{key: str(entry.get(key) or "") for key in _KEYS},
        "isOfficial": str(entry.get("isOfficial")).lower() == "true",
        "baseUrl": address,
        "logoUrl": logo if logo.startswith(("http://", "https://")) else f"{address}/v4/logos/{logo}",
    }
