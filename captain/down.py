"""`captain down`: takes a stack off the Swarm. Data and secrets stay unless they are asked for too."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from captain.credentials import STACK_LABEL
from captain.errors import CaptainError
from captain.labels import EXEC_LABEL, NAMESPACE_LABEL
from captain.swarm_check import check_manager
from swarm.engine import Engine, EngineError, Network, NotFound, Service

_PAUSE_SECONDS = 0.5
_ENDED = ("complete", "failed", "rejected", "remove", "orphaned", "shutdown")
# What "in use" comes as; it ends by itself once the last container is gone.
_IN_USE = (400, 403, 409, 500)


def down(engine: Engine, stack: str, volumes: bool, timeout_seconds: float, say: Callable[[str], None]) -> None:
    """Remove services, networks and configs of the stack; with `volumes` its volumes and secrets too.

    Apps go on running, and so does a network that they are in.

    Safe to repeat. `CaptainError` when something is still in use after the time.
    """
    check_manager(engine)
    label = f"{NAMESPACE_LABEL}={stack}"
    _end_gates(engine)
    deadline = time.monotonic() + timeout_seconds
    services = engine.services(label)
    for service in services:
        _gone(partial(engine.remove_service, service.name))
        say(f"service {service.name} removed")
    if services:
        say("waiting for tasks to end")
    _until(lambda: _running(engine, label), deadline, f"tasks of stack {stack} still run")
    others = engine.services()
    for network in engine.networks():
        users = [service.name for service in others if _is_in(service, network)]
        if network.labels.get(NAMESPACE_LABEL) == stack and users:
            say(f"network {network.name} stays: {', '.join(sorted(users))} is in it")
        elif network.labels.get(NAMESPACE_LABEL) == stack:
            _retry(partial(engine.remove_network, network.id), deadline)
            say(f"network {network.name} removed")
    for config in engine.configs():
        if config.labels.get(NAMESPACE_LABEL) == stack:
            _retry(partial(engine.remove_config, config.id), deadline)
            say(f"config {config.name} removed")
    if volumes:
        _remove_data(engine, stack, deadline, say)


def _end_gates(engine: Engine) -> None:
    """Those of `captain exec`: they are in a network of the stack, and without it nobody removes what is left."""
    for gate in engine.services(EXEC_LABEL):
        _gone(partial(engine.remove_service, gate.id))
    for secret in engine.secrets():
        if EXEC_LABEL in secret.labels:
            _gone(partial(engine.remove_secret, secret.id))


def _is_in(service: Service, network: Network) -> bool:
    targets = {attached.get("Target") for attached in service.spec["TaskTemplate"].get("Networks") or []}
    return bool(targets & {network.id, network.name})


def _remove_data(engine: Engine, stack: str, deadline: float, say: Callable[[str], None]) -> None:
    for volume in engine.volumes():
        if volume.labels.get(NAMESPACE_LABEL) == stack:
            _retry(partial(engine.remove_volume, volume.name), deadline)
            say(f"volume {volume.name} removed")
    for secret in engine.secrets():
        if secret.labels.get(STACK_LABEL) == stack:
            _retry(partial(engine.remove_secret, secret.id), deadline)
            say(f"secret {secret.name} removed")
    for config in engine.configs(f"{STACK_LABEL}={stack}"):
        _retry(partial(engine.remove_config, config.id), deadline)
        say(f"config {config.name} removed")
    if len(engine.nodes()) > 1:
        say("volumes of other nodes stay: run docker volume prune there")


def _running(engine: Engine, label: str) -> bool:
    """Whether a task is not over yet, or a container of one is still on this node."""
    if any(task.state not in _ENDED for task in engine.tasks(filters={"label": [label]})):
        return True
    return bool(engine.containers(label, all_states=True))


def _until(busy: Callable[[], bool], deadline: float, complaint: str) -> None:
    while busy():
        if time.monotonic() >= deadline:
            raise CaptainError(f"{complaint}: run this again in a moment.")
        time.sleep(_PAUSE_SECONDS)


def _gone(remove: Callable[[], None]) -> None:
    try:
        remove()
    except NotFound:
        return


def _retry(remove: Callable[[], None], deadline: float) -> None:
    """Remove what may be in use for a moment longer."""
    while True:
        try:
            return _gone(remove)
        except EngineError as error:
            if error.status not in _IN_USE or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE_SECONDS)
