"""What captain shows to the registry, from the environment, and engines that show it with what they write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from captain.errors import CaptainError
from swarm.engine import Engine
from swarm.engine_login import Login

ADDRESS = "127.0.0.1:5000"
"""Where every node's engine reaches it, through the edge of its node; what its images' names begin with."""
USER = "flotilla"
VARIABLE = "FLOTILLA_REGISTRY_PASSWORD_FILE"


def from_environment(environment: Mapping[str, str] | None = None) -> Login | None:
    """None outside the stack, where there is no password. `CaptainError` for a file that is not there."""
    found = os.environ if environment is None else environment
    path = found.get(VARIABLE, "")
    if not path:
        return None
    try:
        password = Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise CaptainError(f"The registry's password cannot be read ({VARIABLE}): {error}.") from error
    return Login(ADDRESS, USER, password, found.get("FLOTILLA_REGISTRY_URL", ""))


def connect(socket: str) -> Engine:
    """The engine, with the registry's login for what is written to services. `EngineError` when it does not answer."""
    engine = Engine.from_socket(socket)
    engine.login = from_environment()
    return engine
