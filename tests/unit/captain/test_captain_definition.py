"""`captain-definition` in all its forms, and where it is looked for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.caprover.definition import Definition, Place, build_arguments, parse, place
from captain.errors import CaptainError


def parsed(**fields: object) -> Definition:
    return parse(json.dumps({"schemaVersion": 2, **fields}))


def test_each_form() -> None:
    """An image is pulled, lines are a Dockerfile, a path is one of the source, a template is one of captain's."""
    assert parsed(imageName=" nginx:1.27 ") == Definition(image="nginx:1.27")
    assert parsed(dockerfileLines=["ARG V=1", "FROM a:$V", "RUN b"]) == Definition(
        dockerfile="ARG V=1\nFROM a:$V\nRUN b\n"
    )
    assert parsed(dockerfilePath="./docker/../Dockerfile.live") == Definition(dockerfile_path="Dockerfile.live")
    assert parsed(dockerfilePath="/deploy/Dockerfile") == Definition(dockerfile_path="deploy/Dockerfile")
    assert parsed(imageName="a", templateId="", dockerfileLines=[], dockerfilePath=None) == Definition(image="a")
    assert parse('\ufeff{"schemaVersion": "2", "imageName": "a"}') == Definition(image="a")


@pytest.mark.parametrize(
    ("identifier", "base"),
    [
        ("node/8.7.0", "node:8.7.0-alpine"),
        ("php/7.3", "php:7.3-apache"),
        ("python-django/3.8.3", "python:3.8.3-alpine"),
        ("ruby-rack/2.7", "ruby:2.7-alpine"),
    ],
)
def test_templates(identifier: str, base: str) -> None:
    """Of the version that is asked for; what it serves is at port 80."""
    lines = parsed(templateId=identifier).dockerfile.splitlines()
    assert lines[0] == f"FROM {base}" and "EXPOSE 80" in lines


def test_keys_that_say_nothing_are_named() -> None:
    """So that they can be told in the build's log."""
    assert parsed(imageName="a", dockerFileLines=["x"], note="y").unknown_keys == ("dockerFileLines", "note")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "has to be an object"),
        ("{}", "schemaVersion null: captain reads version 2"),
        ('{"schemaVersion": 1, "imageName": "a"}', "schemaVersion 1"),
        ('{"schemaVersion": true, "imageName": "a"}', "schemaVersion true"),
        ('{"schemaVersion": 2}', "says none of them"),
        ('{"schemaVersion": 2, "imageName": "a", "templateId": "node/1"}', "says templateId and imageName"),
        ('{"schemaVersion": 2, "imageName": "a", "imageName": "b"}', "twice"),
        ('{"schemaVersion": 2, "imageName": "Not An Image"}', "no name of an image"),
        ('{"schemaVersion": 2, "imageName": ["a"]}', "imageName has to be a text"),
        ('{"schemaVersion": 2, "templateId": "node"}', "write one of node, php, python-django, ruby-rack, a slash"),
        ('{"schemaVersion": 2, "templateId": "cobol/1"}', "write one of node"),
        ('{"schemaVersion": 2, "templateId": "node/1\\nRUN evil"}', "write one of node"),
        ('{"schemaVersion": 2, "dockerfileLines": "FROM a"}', "a list of texts"),
        ('{"schemaVersion": 2, "dockerfileLines": ["FROM a", 1]}', "a list of texts"),
        ('{"schemaVersion": 2, "dockerfileLines": ["RUN a"]}', "no line that begins with FROM"),
        ('{"schemaVersion": 2, "dockerfilePath": "../Dockerfile"}', "within the source"),
        ('{"schemaVersion": 2, "dockerfilePath": "a/../../Dockerfile"}', "within the source"),
        ('{"schemaVersion": 2, "dockerfilePath": "a\\\\..\\\\..\\\\Dockerfile"}', "within the source"),
        ('{"schemaVersion": 2, "dockerfilePath": "./"}', "within the source"),
    ],
)
def test_mistakes(text: str, why: str) -> None:
    """Each has a sentence that says what has to be, with the file's name."""
    with pytest.raises(CaptainError, match=why) as caught:
        parse(text)
    assert str(caught.value).startswith("captain-definition")


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)
KEYS = st.sampled_from(["schemaVersion", "templateId", "dockerfileLines", "dockerfilePath", "imageName", "x"])


@given(st.dictionaries(KEYS, ANYTHING), st.sampled_from([{}, {"schemaVersion": 2}]))
def test_any_json_is_a_definition_or_a_sentence(fields: dict[str, object], version: dict[str, object]) -> None:
    """Whatever is uploaded: one of the three ways to build, or a `CaptainError`."""
    try:
        made = parse(json.dumps({**fields, **version}))
    except CaptainError as error:
        assert str(error)
    else:
        assert [bool(made.dockerfile), bool(made.dockerfile_path), bool(made.image)].count(True) == 1


@pytest.mark.parametrize(
    ("files", "wanted", "found"),
    [
        (["captain-definition", "Dockerfile"], "captain-definition", Place("", "captain-definition")),
        (["./captain-definition", "./a/b"], "./captain-definition", Place("", "captain-definition")),
        (["Dockerfile", "a/captain-definition"], "captain-definition", Place("", "")),
        (["repo/captain-definition", "repo/a"], "captain-definition", Place("repo", "repo/captain-definition")),
        (["repo/Dockerfile"], "captain-definition", Place("repo", "")),
        (["a/b/captain-definition", "a/b/x", "c"], "/a/b/captain-definition", Place("a/b", "a/b/captain-definition")),
        (["r/web/live", "r/x"], "web/live", Place("r/web", "r/web/live")),
    ],
)
def test_where_a_source_is_built(files: list[str], wanted: str, found: Place) -> None:
    """The folder of the definition is the context; one folder down only if that is all there is."""
    assert place(files, wanted) == found


@pytest.mark.parametrize(
    "files", [[], ["a"], ["a/Dockerfile", "b"], ["a/b/Dockerfile"], ["a/captain-definition", "b/x"], ["dockerfile"]]
)
def test_a_source_with_nothing_to_build(files: list[str]) -> None:
    """Said with what is missing."""
    with pytest.raises(CaptainError, match="neither captain-definition nor Dockerfile"):
        place(files)


def test_a_path_that_leads_out_of_the_source() -> None:
    """Whoever sets it."""
    with pytest.raises(CaptainError, match="within the source"):
        place(["x"], "../captain-definition")


def test_what_a_build_is_told() -> None:
    """The app's environment and the commit, which counts for more than a variable of that name."""
    assert build_arguments({"A": "1", "CAPROVER_GIT_COMMIT_SHA": "x"}, "abc") == {
        "A": "1",
        "CAPROVER_GIT_COMMIT_SHA": "abc",
    }
    assert build_arguments({}, "") == {"CAPROVER_GIT_COMMIT_SHA": ""}
