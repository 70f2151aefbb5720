"""The values of a decision are as the library's frozen dataclasses are, but for what freezing them costs."""

from __future__ import annotations

import dataclasses

import pytest

from autoscaler.history import History
from autoscaler.observation import Latency
from autoscaler.values import replace


def test_a_copy_differs_in_what_was_named_and_the_first_is_as_it_was() -> None:
    """The same as `dataclasses.replace` on the largest of them."""
    before = History(replicas=3, turns=(1.0,))
    after = replace(before, replicas=4, asked=5)
    assert after == dataclasses.replace(before, replicas=4, asked=5)
    assert (before.replicas, before.asked) == (3, None)


def test_a_field_that_is_not_there_is_an_error() -> None:
    """A slip of the pen adds nothing to a value."""
    with pytest.raises(TypeError, match="History has no field nothing"):
        replace(History(), nothing=1)  # type: ignore[call-arg]  # the mistake is what is tried


def test_equal_values_are_one_key() -> None:
    """As those of a frozen dataclass are."""
    assert {Latency(1.0, 2.0): 1}[Latency(1.0, 2.0)] == 1
