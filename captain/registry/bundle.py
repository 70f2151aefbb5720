"""The bundle's own images: in the registry as soon as there is a second node, which gets them from there.

On a Swarm of one node they are nowhere but in its engine: nobody else needs them, and they would lie on the disk twice.
"""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable, Iterable

from captain.errors import CaptainError
from captain.labels import LOGIN_LABEL, NAMESPACE_LABEL
from captain.registry.bundle_plan import bundle_images, login_mark, without_login
from captain.registry.client import RegistryClient
from captain.registry.pushing import push
from swarm.engine import Engine, EngineError, OutOfSequence
from swarm.engine_images import image_id
from swarm.engine_login import Login

_PAUSE_SECONDS = 5.0
_LOOKS_UNTIL_CHECKED = 12
"""A minute: a registry that came back on another node has nothing."""

log = logging.getLogger("captain.registry")


def push_missing(engine: Engine, login: Login, names: Iterable[str], say: Callable[[str], object]) -> list[str]:
    """Push those of these images that the registry has not; the names of those that are not on this node either.

    `CaptainError` names the registry where it does not take one.
    """
    absent = []
    with RegistryClient(login.url, login) as registry:
        for name in names:
            repository, _, tag = name.removeprefix(f"{login.address}/").rpartition(":")
            if registry.digest(repository, tag):
                continue
            content = image_id(engine, name)
            if content is None:
                absent.append(name)
                continue
            push(engine, login, repository, content, tag, say)
            say(f"image {name} is in the registry")
    return absent


class BundleKeeper:
    """Looks every few seconds whether there are several nodes, and what they cannot pull yet."""

    def __init__(self, connect: Callable[[], Engine], stack: str, failed: Callable[[], object]) -> None:
        """`failed` is told of each look that ended in an error."""
        self._connect = connect
        self._stack = stack
        self._failed = failed
        self._done: frozenset[str] = frozenset()
        self._looks = 0
        self._said = ""

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop. What goes wrong is said once, and tried again."""
        while not stop.wait(_PAUSE_SECONDS):
            try:
                engine = self._connect()
                try:
                    self.look(engine)
                finally:
                    engine.close()
                self._said = ""
            except (EngineError, CaptainError) as error:
                self._failed()
                self._tell(f"Not every node can pull the bundle's images: {error}")

    def look(self, engine: Engine) -> None:
        """One pass: images that are missing, then services that do not have the login yet."""
        login = engine.login
        if login is None or not login.url or int(engine.info()["Swarm"].get("Nodes") or 0) < 2:
            return
        services = engine.services(f"{NAMESPACE_LABEL}={self._stack}")
        names = bundle_images(services, login)
        self._looks += 1
        if self._looks % _LOOKS_UNTIL_CHECKED == 0:
            self._done = frozenset()
        if names - self._done:
            absent = push_missing(engine, login, sorted(names - self._done), log.info)
            self._done = names - set(absent)
            if absent:
                raise CaptainError(
                    f"{', '.join(absent)} are neither in the registry nor on this node: run ./swarm/up.sh on the node "
                    "that has them, with captain on it."
                )
        for service in without_login(services, login):
            spec = copy.deepcopy(service.spec)
            spec.setdefault("Labels", {})[LOGIN_LABEL] = login_mark(login)
            try:
                engine.update_service(service.id, service.version_index, spec)
            except OutOfSequence:
                continue  # the next look decides again
            log.info("%s can be pulled by every node", service.name)

    def _tell(self, sentence: str) -> None:
        if sentence != self._said:
            log.warning("%s", sentence)
        self._said = sentence
