"""A post's address from its title."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.post import SLUG_LENGTH
from app.models.words import WORDS_PATTERN
from app.posts.slug import slug


@pytest.mark.parametrize(
    ("title", "address"),
    [
        ("Hello, World!", "hello-world-0a1b"),
        ("Über – Größe", "uber-groe-0a1b"),
        ("你好", "0a1b"),
        ("  ", "0a1b"),
        ("x" * 200, "x" * 80 + "-0a1b"),
    ],
)
def test_an_address_has_the_words_of_the_title(title: str, address: str) -> None:
    """As far as they are Latin letters and digits, and not longer than people read."""
    assert slug(title, "0a1b") == address


@given(st.text(max_size=300))
def test_every_title_has_an_address_that_the_database_takes(title: str) -> None:
    """Whatever people write."""
    made = slug(title, "0a1b")
    assert re.fullmatch(WORDS_PATTERN, made)
    assert len(made) <= SLUG_LENGTH
