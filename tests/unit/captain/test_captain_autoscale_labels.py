"""Autoscale labels that cannot be are refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from captain.autoscale_labels import PREFIX, mistakes
from captain.errors import CaptainError
from tests.unit.captain.memory_swarm import STACK, Swarm, deploy


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"min": "abc"}, 'flotilla.autoscale.min is "abc": give a whole number.'),
        ({"max": "-1"}, 'flotilla.autoscale.max is "-1": give a whole number.'),
        ({"cpu": "0"}, 'flotilla.autoscale.cpu is "0": give a number above 0.'),
        ({"objective_ms": "nan"}, 'flotilla.autoscale.objective_ms is "nan": give a number above 0.'),
        (
            {"min": "20", "max": "12"},
            "flotilla.autoscale.min is 20 and flotilla.autoscale.max is 12: min must not be above max.",
        ),
    ],
)
def test_a_number_that_cannot_be_is_named(labels: dict[str, str], sentence: str) -> None:
    """One sentence, with the label and what it may be."""
    assert mistakes({PREFIX + key: text for key, text in labels.items()}) == [sentence]


def test_what_can_be_is_left_alone() -> None:
    """Others' labels too."""
    assert mistakes({PREFIX + "min": "2", PREFIX + "max": "12", PREFIX + "cpu": "0.7", "min": "abc"}) == []


def test_nothing_is_written_of_such_a_stack(swarm: Swarm, folder: Path) -> None:
    """Not even a network."""
    stack = folder / "stack.yml"
    stack.write_text(STACK.replace('flotilla.autoscale.min: "2"', 'flotilla.autoscale.min: "abc"'))
    with pytest.raises(CaptainError, match=r'app: flotilla\.autoscale\.min is "abc".*\nNothing was changed\.'):
        deploy(swarm, folder)
    assert swarm.writes == []
