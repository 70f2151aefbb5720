"""The labels that stack.yml ships, so that the tests run with the configuration that operators run."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

STACK = Path(__file__).resolve().parents[3] / "stack.yml"


def labels(service: str) -> dict[str, str]:
    """The `deploy.labels` of a service of stack.yml, every variable at its default."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", STACK.read_text())
    found: dict[str, str] = yaml.safe_load(text)["services"][service]["deploy"]["labels"]
    return found
