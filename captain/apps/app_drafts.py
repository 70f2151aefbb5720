"""Apps that are named and described, and have no release yet: what CapRover calls registered.

A draft is a config as a release is, and is taken away once a release of the app is live, which then says all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from captain.apps.app_document import Document, document
from captain.apps.app_file import parse_app
from captain.errors import CaptainError
from captain.kept import Kept
from swarm.engine import Engine

DRAFT_LABEL = "flotilla.app.draft"
_NO_IMAGE_YET = "scratch"


def drafts(engine: Engine) -> Mapping[str, Document]:
    """All of them by name, as captain.yml would say them without an image."""
    found: dict[str, tuple[int, Document]] = {}
    for config in engine.configs(DRAFT_LABEL):
        number = int(config.name.rpartition(".")[2])
        name = config.labels[DRAFT_LABEL]
        if number > found.get(name, (0, {}))[0]:
            found[name] = (number, json.loads(config.data))
    return {name: draft for name, (_, draft) in found.items()}


def checked(name: str, draft: Document) -> Document:
    """The draft in captain.yml's own words. `CaptainError` for what cannot be an app."""
    made = document(parse_app(name, {"image": _NO_IMAGE_YET, **draft}))
    if "image" not in draft:
        del made["image"]
    return made


def register(engine: Engine, name: str, draft: Document) -> None:
    """Make it; `CaptainError` where there is one."""

    def make(before: bytes) -> bytes:
        if before:
            raise CaptainError(f"There is an app {name} already: give another name.")
        return _dump(checked(name, draft))

    _kept(name).change(engine, make)


def change(engine: Engine, name: str, changed: Callable[[Document], Document]) -> Document:
    """Make another of it, in the order of those who ask; `CaptainError` where there is none."""

    def make(before: bytes) -> bytes:
        if not before:
            raise CaptainError(f"There is no app {name}.")
        return _dump(checked(name, changed(json.loads(before))))

    made: Document = json.loads(_kept(name).change(engine, make))
    return made


def remove(engine: Engine, name: str) -> None:
    """Take it away; no error where there is none."""
    _kept(name).remove(engine)


def _kept(name: str) -> Kept:
    return Kept(f"draft.{name}", DRAFT_LABEL, name, {})


def _dump(draft: Document) -> bytes:
    return json.dumps(draft, sort_keys=True).encode()
