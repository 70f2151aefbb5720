"""Which images that captain built nobody needs any more. Pure.

Invariant: what a kept release, or a service as it is or was before its rollout, refers to is never among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from captain.apps.app_releases import Release
from swarm.engine_objects import Image, Service

_NOT_YET = timedelta(hours=1)
"""A build is no release before it is rolled out."""


def needed(releases: Iterable[Sequence[Release]], services: Iterable[Service]) -> frozenset[str]:
    """Every image that something refers to."""
    of_releases = {release.image for own in releases for release in own}
    return frozenset(of_releases | {image for service in services for image in _images(service)})


def unneeded(built: Sequence[Image], wanted: Collection[str], now: datetime) -> tuple[str, ...]:
    """Content ids to remove, among images that captain built."""
    before = (now - _NOT_YET).timestamp()
    return tuple(
        image.id
        for image in built
        if image.created_seconds < before and not any(name in wanted for name in (image.id, *image.digests))
    )


def _images(service: Service) -> Iterable[str]:
    for spec in (service.spec, service.previous_spec):
        container = (spec or {}).get("TaskTemplate", {}).get("ContainerSpec") or {}
        image = str(container.get("Image", ""))
        yield image
        if "@" in image:  # a tag beside a digest says nothing
            name, _, digest = image.partition("@")
            yield f"{name.rpartition(':')[0] if ':' in name.rsplit('/', 1)[-1] else name}@{digest}"
