"""The images of one engine. A part of the client (`swarm.engine`), by whose transport it speaks."""

from __future__ import annotations

import json
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from swarm.engine import Engine, EngineError, refusal
from swarm.engine_login import Login
from swarm.engine_objects import Image, parse_image


def images(engine: Engine, label: str) -> list[Image]:
    """Images with a label, `name` or `name=value`; not the layers between."""
    query = {"filters": json.dumps({"label": [label]})}
    raws = engine._request("list images", "GET", "/images/json", query) or []
    return [parse_image(raw) for raw in raws]


def image_id(engine: Engine, name: str) -> str | None:
    """The content id of an image of this node; None where it is not."""
    raw = engine._find(f"look for image {name}", f"/images/{quote(name)}/json")
    return None if raw is None else str(raw["Id"])


def tag_image(engine: Engine, image: str, repository: str, tag: str) -> None:
    """Give an image one more name; one that another had is taken from it."""
    query = {"repo": repository, "tag": tag}
    engine._request(f"name image {image}", "POST", f"/images/{quote(image)}/tag", query)


def push_image(engine: Engine, repository: str, tag: str, login: Login, silent_seconds: float = 300.0) -> str:
    """Send a named image to its registry; its digest there. `EngineError` with the registry's reason."""
    doing = f"push {repository}:{tag}"
    digest = ""
    try:
        answer = engine.post(f"/images/{quote(repository)}/push", {"tag": tag}, login.headers, silent_seconds)
        with answer:
            if answer.status_code >= 400:
                raise refusal(doing, answer.status_code, answer.content)
            for line in answer.iter_lines():
                event = json.loads(line) if line.strip() else {}
                if "error" in event:
                    raise EngineError(f"Could not {doing}: {str(event['error']).strip()}")
                digest = str((event.get("aux") or {}).get("Digest", digest))
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise EngineError(f"Could not {doing}: the Docker Engine does not answer ({error}).") from error
    if not digest:
        raise EngineError(f"Could not {doing}: the Docker Engine ended it without a digest.")
    return digest


def remove_image(engine: Engine, image: str) -> None:
    """Remove an image with all its names and what only it is made of. `EngineError` 409 while it runs."""
    engine._request(f"remove image {image}", "DELETE", f"/images/{quote(image)}", {"force": "1"})
