"""Fixtures of the tests that deploy against a Swarm in memory."""

from pathlib import Path

import pytest

from tests.unit.captain.memory_swarm import STACK, Swarm


@pytest.fixture
def swarm() -> Swarm:
    made = Swarm()
    made.create_secret("token", b"x", {})
    made.writes.clear()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stack.yml").write_text(STACK)
    (tmp_path / "routes.yml").write_text("one")
    return tmp_path
