"""Alert rules say what to do, and so does the manual."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
GROUPS = yaml.safe_load((ROOT / "swarm" / "prometheus" / "rules" / "flotilla.yml").read_text(encoding="utf-8"))[
    "groups"
]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}


@pytest.mark.parametrize("name", RULES)
def test_every_alert_says_what_it_means_and_what_mends_it(name: str) -> None:
    """A sentence, what it means, a command; a patience, a severity; a row in docs/operations.md."""
    rule = RULES[name]
    assert set(rule["annotations"]) == {"summary", "description", "mend"}
    assert rule["annotations"]["summary"].endswith(".") and rule["annotations"]["description"].endswith(".")
    assert rule["for"] and rule["labels"]["severity"] in ("critical", "warning")
    assert f"| `{name}` |" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
