"""Fixtures of the tests that deploy against a Swarm in memory."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.unit.captain.memory_swarm import STACK, Swarm


@pytest.fixture(autouse=True)
def _turns_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apps of one name take turns over a file of this machine: those of two tests at once are not one app."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("turns")))


@pytest.fixture(autouse=True)
def _no_machine_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are killed here, which loses nothing that was written: waiting for a busy disk tests nothing."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)


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
