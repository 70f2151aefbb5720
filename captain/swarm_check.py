"""Whether the engine is one that captain can work with."""

from __future__ import annotations

from captain.errors import CaptainError
from swarm.engine import Engine


def check_manager(engine: Engine) -> None:
    """`CaptainError` unless this engine manages a Swarm."""
    swarm = engine.info().get("Swarm") or {}
    if not swarm.get("ControlAvailable"):
        state = swarm.get("LocalNodeState", "inactive")
        raise CaptainError(
            "This engine manages no Swarm: run docker swarm init."
            if state == "inactive"
            else "This node is not a manager of its Swarm: run this on a manager."
        )
