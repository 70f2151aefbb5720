"""Templates as their authors wrote them."""

from __future__ import annotations

import pytest

from captain.errors import CaptainError
from captain.oneclick.template import parse


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "captainVersion: 2\nservices: {a: {image: b}}\ncaproverOneClickApp: {}",
            "captainVersion '2': captain reads version 4",
        ),
        ("captainVersion: 4\ncaproverOneClickApp: {}", "services has to be a mapping"),
        ("captainVersion: 4\nservices: {}\ncaproverOneClickApp: {}", "services is empty"),
        ("captainVersion: 4\nservices: {a: {}}", "caproverOneClickApp has to be a mapping"),
        (
            "captainVersion: 4\nservices: {a: {}}\ncaproverOneClickApp: {variables: [{label: x}]}",
            "variables.0.id is needed",
        ),
        ("captainVersion: 4\nservices: {a: {}}\ncaproverOneClickApp: {variables: {a: b}}", "has to be a list"),
        ("[1]", "is not a template"),
        ("", "is not a template"),
    ],
)
def test_what_is_no_template(text: str, why: str) -> None:
    """Said with the file's name."""
    with pytest.raises(CaptainError, match=why) as caught:
        parse(text, "x.yml")
    assert "x.yml" in str(caught.value)


def test_a_template_as_its_author_wrote_it() -> None:
    """Ids that stand twice, words that are misspelt, and what stands beside: named."""
    made = parse(
        "captainVersion: '4'\nversion: 3\nservices: {a: {image: b}}\nx: 1\n"
        "caproverOneClickApp:\n  isOfficial: true\n  baseUrl: u\n  instructions: {start: s, more: m}\n"
        "  variables: [{id: $$cap_a, lable: l}, {id: $$cap_a}, {id: $$cap_appname}]",
        "t.yml",
    )
    assert (made.is_official, made.display_name, made.start) == (True, "t.yml", "s")
    assert [(variable.id, variable.label) for variable in made.variables] == [("$$cap_a", "$$cap_a")]
    about = "caproverOneClickApp"
    assert [entry.path for entry in made.unsupported] == [
        "x", f"{about}.baseUrl", f"{about}.instructions.more", f"{about}.variables.0.lable", f"{about}.variables.1",
        f"{about}.variables.2",
    ]  # fmt: skip
