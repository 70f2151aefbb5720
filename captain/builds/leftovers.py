"""Removes images that captain built and nobody needs any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from captain.apps.app_releases import releases
from captain.builds.image_builder import APP_LABEL
from captain.builds.unneeded import needed, unneeded
from captain.registry.tidying import tidy
from swarm.engine import Engine, EngineError
from swarm.engine_images import images, remove_image


def remove_unneeded(engine: Engine, say: Callable[[str], object]) -> tuple[str, ...]:
    """The content ids that were removed. One that cannot be is said, and tried again another time.

    So are images in the registry, where there is one.
    """
    tidy(engine, say)
    wanted = needed(releases(engine.configs()).values(), engine.services())
    removed = []
    for image in unneeded(images(engine, APP_LABEL), wanted, datetime.now(UTC)):
        try:
            remove_image(engine, image)
            removed.append(image)
        except EngineError as error:
            say(f"an image that no release needs stays for now: {error}")
    return tuple(removed)
