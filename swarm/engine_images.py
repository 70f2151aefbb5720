"""The images of one engine. A part of the client (`swarm.engine`), by whose transport it speaks."""

from __future__ import annotations

import json
from urllib.parse import quote

from swarm.engine import Engine
from swarm.engine_objects import Image, parse_image


def images(engine: Engine, label: str) -> list[Image]:
    """Images with a label, `name` or `name=value`; not the layers between."""
    query = {"filters": json.dumps({"label": [label]})}
    raws = engine._request("list images", "GET", "/images/json", query) or []
    return [parse_image(raw) for raw in raws]


def tag_image(engine: Engine, image: str, repository: str, tag: str) -> None:
    """Give an image one more name; one that another had is taken from it."""
    query = {"repo": repository, "tag": tag}
    engine._request(f"name image {image}", "POST", f"/images/{quote(image)}/tag", query)


def remove_image(engine: Engine, image: str) -> None:
    """Remove an image with all its names and what only it is made of. `EngineError` 409 while it runs."""
    engine._request(f"remove image {image}", "DELETE", f"/images/{quote(image)}", {"force": "1"})
