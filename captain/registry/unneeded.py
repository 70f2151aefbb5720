"""Which images of apps in the registry nobody needs any more. Pure.

Invariant: what a kept release, or a service as it is or was before its rollout, refers to, by digest or by tag, is
never among them; nor is what was pushed within the last hour, or what captain did not push.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_NOT_YET = timedelta(hours=1)
"""What was pushed is no release before it is rolled out."""
_TIME = "%Y%m%dt%H%M%Sz"
_TAG = re.compile(r"(\d{8}t\d{6}z)-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Pushed:
    """One name of an image: `apps/shop`, a tag, and the digest that it stands for."""

    repository: str
    tag: str
    digest: str


def tag_of(image: str, now: datetime) -> str:
    """`<time>-<content>`, for a content id: the time is how anybody knows later when it was pushed."""
    return f"{now.astimezone(UTC).strftime(_TIME)}-{image.removeprefix('sha256:')[:12]}"


def pushed_at(tag: str) -> datetime | None:
    """When captain pushed what has this tag; None where captain did not."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    except ValueError:  # digits that are no time
        return None


def unneeded(
    pushed: Iterable[Pushed], wanted: Collection[str], address: str, now: datetime
) -> tuple[tuple[str, str], ...]:
    """Repositories and digests of the manifests to delete; `address` is what names of images begin with.

    A manifest goes with all of its tags, so each of them has to allow it.
    """
    tags: dict[tuple[str, str], list[str]] = defaultdict(list)
    for found in pushed:
        tags[found.repository, found.digest].append(found.tag)
    return tuple(
        (repository, digest)
        for (repository, digest), names in sorted(tags.items())
        if f"{address}/{repository}@{digest}" not in wanted
        and not any(f"{address}/{repository}:{tag}" in wanted for tag in names)
        and all((at := pushed_at(tag)) is not None and at < now - _NOT_YET for tag in names)
    )
