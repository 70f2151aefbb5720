"""Unit tests need no network: a test here that connects to anything but its own process fails."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import hypothesis
import pytest

# Machines differ in speed; a slow example is no failure.
hypothesis.settings.register_profile("flotilla", deadline=None)
hypothesis.settings.load_profile("flotilla")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    def refuse(self: socket.socket, address: object) -> None:
        raise AssertionError(f"A unit test wanted to connect to {address}: it belongs in tests/integration.")

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", refuse)
    patch.setattr(socket.socket, "connect_ex", refuse)
    yield
    patch.undo()
