"""Where a database differs from what it should be."""

from __future__ import annotations

from app.migrations.schema.drift import drifts


def test_each_difference_is_named_once() -> None:
    """What is missing, what is too much, what is otherwise; in the order of the names."""
    is_there = {"column post.title": "text", "index a on post": "(id)", "same": "x"}
    should_be = {"column post.title": "text NOT NULL", "policy own on post": "true", "same": "x"}
    assert drifts(is_there, should_be) == [
        "column post.title differs: it is text, and should be text NOT NULL",
        "index a on post is there, and the models do not say it: (id)",
        "policy own on post is missing: true",
    ]


def test_what_is_as_it_should_be_has_no_differences() -> None:
    """However much there is of it."""
    assert drifts({"a": "x", "b": "y"}, {"b": "y", "a": "x"}) == []
