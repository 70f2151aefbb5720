"""The decision's own `replace` does what the library's does."""

from __future__ import annotations

import dataclasses

import pytest

from autoscaler.copying import replace
from autoscaler.history import History


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    value: int

    def __post_init__(self) -> None:
        raise AssertionError("not reached")


def test_a_copy_differs_in_what_was_named_and_the_first_is_as_it_was() -> None:
    """The same as `dataclasses.replace` on the largest of them."""
    before = History(replicas=3, turns=(1.0,))
    after = replace(before, replicas=4, asked=5)
    assert after == dataclasses.replace(before, replicas=4, asked=5)
    assert (before.replicas, before.asked) == (3, None)


def test_a_field_that_is_not_there_is_an_error() -> None:
    """As is a class that checks itself, which this would not do."""
    with pytest.raises(TypeError, match="History has no field nothing"):
        replace(History(), nothing=1)  # type: ignore[call-arg]  # the mistake is what is tried
    with pytest.raises(TypeError, match=r"use dataclasses\.replace"):
        replace(object.__new__(Checked), value=1)
