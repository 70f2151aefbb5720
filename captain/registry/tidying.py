"""Takes images of apps that nobody needs any more out of the registry; the registry frees their bytes once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from captain.apps.app_releases import releases
from captain.builds.unneeded import needed
from captain.errors import CaptainError
from captain.registry.client import RegistryClient
from captain.registry.pushing import APPS
from captain.registry.turns import alone
from captain.registry.unneeded import unneeded
from swarm.engine import Engine


def tidy(engine: Engine, say: Callable[[str], object]) -> tuple[tuple[str, str], ...]:
    """The repositories and digests that were deleted. A registry that is away is said, and tidied another time."""
    login = engine.login
    if login is None or not login.url:
        return ()
    deleted = []
    try:
        # What is pushed meanwhile could be what is about to go: the same content has the same digest.
        with alone() as is_alone, RegistryClient(login.url, login) as registry:
            if not is_alone:
                return ()
            pushed = registry.pushed(APPS)
            wanted = needed(releases(engine.configs()).values(), engine.services())  # after what is there
            for repository, digest in unneeded(pushed, wanted, login.address, datetime.now(UTC)):
                registry.delete(repository, digest)
                deleted.append((repository, digest))
    except CaptainError as error:
        say(f"images that no release needs stay in the registry for now: {error}")
    return tuple(deleted)
