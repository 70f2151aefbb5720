"""What breaks: every part is killed under an open loop of reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e import kills
from tests.e2e.stack import Stack


@pytest.fixture(scope="module")
def prepared(the_stack: Stack) -> Iterator[Stack]:
    """As many replicas as the kills need, once for all rounds."""
    the_stack.wait_healthy()
    with kills.prepared(the_stack):
        yield the_stack


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_part_dies_under_load_and_comes_back(prepared: Stack, tell: Callable[[str], None], number: int) -> None:
    """A part that dies costs what is documented and no more: no other request fails, no acknowledged POST is lost,
    none is written twice or although it was refused; and afterwards all is as before."""
    outcome = kills.run(prepared, kills.ROUND)
    tell("")
    for seen in outcome.seen:
        tell(f"  {kills.sentence(seen)}")
    assert outcome.wrong == ()
