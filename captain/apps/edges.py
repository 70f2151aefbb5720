"""Asks every edge what it does: where it sends which host, and which replicas it finds ready."""

from __future__ import annotations

import httpx

from captain.apps.app_truth import EdgeSight, sight_of
from swarm.engine import Engine, NotFound

_PORT = 9101
_TIMEOUT_SECONDS = 3.0


def ask(engine: Engine, stack: str) -> list[EdgeSight] | str:
    """A sight for each edge that runs; a sentence if there is none or one cannot be asked."""
    name, network = f"{stack}_edge", f"{stack}_front"
    try:
        tasks = [task for task in engine.tasks(name) if task.ready]
    except NotFound:
        tasks = []
    addresses = [found.address for task in tasks for found in task.addresses if found.network == network]
    if not addresses:
        return f"no edge runs: docker service ps {name}"
    sights = []
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
        for address in addresses:
            try:
                answer = client.get(f"http://{address}:{_PORT}/picture")
                answer.raise_for_status()
                sights.append(sight_of(address, answer.json()))
            except (httpx.HTTPError, ValueError) as error:
                return f"the edge {address} cannot be asked: {error or type(error).__name__}"
    return sights
