"""Which images of the bundle other nodes need, and which services have no login for them yet. Pure.

Swarm does not tell whether a service has a login, so captain marks those that it wrote with one. The mark is a label of
the service, which restarts nothing, and no difference from the stack file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from captain.labels import LOGIN_LABEL
from captain.plan import ROLLING
from swarm.engine_login import Login
from swarm.engine_objects import Service


def login_mark(login: Login) -> str:
    """Another password, another mark. The password is random and long, so its hash gives nothing away."""
    return hashlib.sha256(login.password.encode()).hexdigest()[:12]


def bundle_images(services: Iterable[Service], login: Login) -> frozenset[str]:
    """The images, by tag, that services want from this registry."""
    return frozenset(service.image for service in services if _is_ours(service, login))


def without_login(services: Iterable[Service], login: Login) -> list[Service]:
    """Services to write again with the login: not those in a rollout, whose state a write would change."""
    return [
        service
        for service in services
        if _is_ours(service, login)
        and service.labels.get(LOGIN_LABEL) != login_mark(login)
        and service.update_state not in ROLLING
    ]


def _is_ours(service: Service, login: Login) -> bool:
    return login.covers(service.image) and "@" not in service.image
