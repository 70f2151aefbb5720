"""YAML whose scalars stay texts."""

from __future__ import annotations

import pytest

from captain.errors import CaptainError
from captain.oneclick.yaml_text import read


def test_scalars_are_what_their_author_wrote() -> None:
    """What Python's YAML would make into True, 1342, 1.1, 511 and a date; only nothing is None."""
    text = "[yes, off, 22:22, 1.10, 0777, 1_000, 2024-01-01, .5, =, true, '', null, ~, 'null', \"~\"]"
    assert read(text, "t") == [
        "yes", "off", "22:22", "1.10", "0777", "1_000", "2024-01-01", ".5", "=", "true", "", None, None, "null", "~",
    ]  # fmt: skip
    assert read("", "t") is None and read("a:\n  b:\n", "t") == {"a": {"b": None}}


def test_anchors_and_merged_mappings() -> None:
    """As YAML means them: own keys over merged ones, the first of several mappings over the others."""
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 5}\nd: *a\n"
    assert read(text, "t") == {
        "a": {"x": "1", "y": "2"},
        "b": {"y": "3", "z": "4"},
        "c": {"x": "5", "y": "2", "z": "4"},
        "d": {"x": "1", "y": "2"},
    }


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "not valid YAML"),
        ("a: 1\na: 2", "t: a stands twice"),
        ("a: {b: 1, b: 2}", "t: a.b stands twice"),
        ("a: !!python/object/apply:os.system [x]", "has the tag"),
        ("a: !secret x", "has the tag"),
        ("a: !!binary eA==", "has the tag"),
        ("? [a]\n: b", "not a text"),
        (BOMB, "too many values"),
        ("&a [*a]", "too deeply"),
        ("[" * 100_000, "too deeply"),
        ("{<<: 3}", "<<"),
        ("x" * 200_000, "the most"),
        ("[a, " * 100, "too deeply|not valid YAML"),
        ("- " * 1000, "too deeply"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    """Mistakes and bombs end in a sentence that names the place."""
    with pytest.raises(CaptainError, match=why):
        read(text, "t")
