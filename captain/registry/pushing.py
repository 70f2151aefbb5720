"""Images to the registry, through the edge of this node, and what went wrong in words."""

from __future__ import annotations

import time
from collections.abc import Callable

from captain.errors import CaptainError
from captain.registry.client import RegistryClient
from captain.registry.turns import pushing
from swarm.engine import Engine, EngineError
from swarm.engine_images import push_image, tag_image
from swarm.engine_login import Login

APPS = "apps"
"""Images of apps are `apps/<app>` there."""
_PAUSES_SECONDS = (2.0, 4.0, 8.0, 16.0)
# What comes of a registry that frees bytes: it takes no upload, or has freed a layer that came before its manifest.
_FREEING = ("http 405", "status: 405", "blob unknown")


def push(
    engine: Engine,
    login: Login,
    name: str,
    image: str,
    tag: str,
    say: Callable[[str], object],
    sleep: Callable[[float], object] = time.sleep,
) -> str:
    """Push an image of this node as `name`, such as `apps/shop`; the reference by digest that every node can pull.

    `CaptainError` names the registry where it does not take it: at once where it does not answer at all.
    """
    repository = f"{login.address}/{name}"
    try:
        if login.url:  # an engine would try for half a minute
            with RegistryClient(login.url, login) as registry:
                registry.check()
        tag_image(engine, image, repository, tag)
        digest = _pushed(engine, login, repository, tag, say, sleep)
    except (CaptainError, EngineError) as error:
        raise CaptainError(
            f"The registry of this Swarm ({login.address}, service flotilla_registry) did not take the image: "
            f"{str(error).rstrip('.')}. Nothing that runs was touched; docker service ps --no-trunc "
            "flotilla_registry shows how it is."
        ) from error
    return f"{repository}@{digest}"


def _pushed(
    engine: Engine,
    login: Login,
    repository: str,
    tag: str,
    say: Callable[[str], object],
    sleep: Callable[[float], object],
) -> str:
    for pause in _PAUSES_SECONDS:
        try:
            with pushing():
                return push_image(engine, repository, tag, login)
        except EngineError as error:
            if not any(word in str(error).lower() for word in _FREEING):
                raise
            say(f"the registry is freeing space and takes nothing for the moment: again in {pause:g} s")
            sleep(pause)
    with pushing():
        return push_image(engine, repository, tag, login)
