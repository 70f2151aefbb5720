"""Variables in stack files."""

import pytest

from captain.errors import CaptainError
from captain.interpolation import interpolate, interpolate_tree

VARIABLES = {"SET": "value", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$SET and ${SET}", "value and value"),
        ("${SET:-default}", "value"),
        ("${UNSET:-default}", "default"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY-default}", ""),
        ("${UNSET-default}", "default"),
        ("${UNSET:-}", ""),
        ("${SET:?why}", "value"),
        ("${EMPTY?why}", ""),
        ("price: $$5, $${SET}", "price: $5, ${SET}"),
        ("{{.Node.Hostname}}", "{{.Node.Hostname}}"),
        ("http://${UNSET:-a:1}/x", "http://a:1/x"),
    ],
)
def test_variables_are_substituted_as_docker_does(text: str, expected: str) -> None:
    """Set, unset and empty variables, both kinds of default, and escaped dollars."""
    assert interpolate(text, VARIABLES) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("${UNSET:?set it to your domain}", "set it to your domain"),
        ("${EMPTY:?needed}", "needed"),
        ("${UNSET}", "UNSET"),
        ("costs 5$", "\\$\\$"),
        ("${A:-${B}}", "default cannot hold"),
    ],
)
def test_what_cannot_be_substituted_says_what_to_do(text: str, named: str) -> None:
    """A missing value or a malformed variable is an error that names it, never an empty text."""
    with pytest.raises(CaptainError, match=named):
        interpolate(text, VARIABLES)


def test_only_string_values_are_substituted() -> None:
    """Keys, numbers and booleans stay."""
    tree = {"$SET": ["$SET", 5, True, None, {"x": "${SET}"}]}
    assert interpolate_tree(tree, VARIABLES) == {"$SET": ["value", 5, True, None, {"x": "value"}]}
