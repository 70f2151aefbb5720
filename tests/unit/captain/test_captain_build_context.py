"""From a source and its captain-definition to what is built."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from captain.apps.app_releases import Release
from captain.builds.context import Context, Source, context
from captain.builds.ignored import left_out
from captain.builds.members import Limits
from captain.builds.unneeded import needed, unneeded
from captain.errors import CaptainError
from swarm.engine_objects import Image, Service

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def source(files: Mapping[str, str], definition_path: str = "captain-definition") -> Source:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return Source(made, definition_path=definition_path)


def definition(**fields: object) -> str:
    return json.dumps({"schemaVersion": 2, **fields})


def made(what: Source, folder: Path) -> tuple[Context, list[str], list[str]]:
    """The context, the names in it, and what was said."""
    said: list[str] = []
    found = context(what, folder, Limits(), said.append)
    if found.image:
        return found, [], said
    with tarfile.open(fileobj=io.BytesIO(b"".join(found.chunks()))) as archive:
        return found, archive.getnames(), said


def test_each_form(tmp_path: Path) -> None:
    """A Dockerfile of the source, one at a path, one of lines, an image, and a source that is one folder."""
    found, names, _ = made(source({"Dockerfile": "FROM a", "x": ""}), tmp_path)
    assert (found.dockerfile, names) == ("Dockerfile", ["Dockerfile", "x"])
    wanted = definition(dockerfilePath="docker/live")
    found, names, _ = made(source({"site/captain-definition": wanted, "site/docker/live": "FROM a"}), tmp_path)
    assert (found.dockerfile, names) == ("docker/live", ["captain-definition", "docker/live"])
    lines = definition(dockerfileLines=["FROM a", "COPY . ."], note="x")
    found, names, said = made(source({"sub/captain-definition": lines, "sub/y": ""}), tmp_path)
    assert (found.text, names) == ("FROM a\nCOPY . .\n", [found.dockerfile, "captain-definition", "y"])
    assert said == ["captain-definition: note says nothing to captain and is left out"]
    found, _, _ = made(source({"captain-definition": definition(imageName="nginx:1.27")}), tmp_path)
    assert found.image == "nginx:1.27"
    found, names, _ = made(source({"a/def": definition(templateId="node/20"), "b": ""}, "a/def"), tmp_path)
    assert found.text.startswith("FROM node:20-alpine\n") and names == [found.dockerfile, "def"]


@pytest.mark.parametrize(
    ("text", "out", "stays"),
    [
        ("node_modules", ["node_modules", "node_modules/a/b"], ["app/node_modules", "node_modules2"]),
        ("/build/\n# note\n\n", ["build/x"], ["# note", "app/build"]),
        ("**/*.pyc", ["a.pyc", "a/b/c.pyc"], ["a.py", "a.pycx"]),
        ("*.md\n!README.md", ["notes.md"], ["README.md", "docs/notes.md"]),
        ("docs\n!docs/keep\ndocs/keep/not", ["docs/a", "docs/keep/not/x"], ["docs/keep", "docs/keep/x"]),
        ("*", ["a", "a/b"], ["Dockerfile", ".dockerignore"]),
        ("tmp?/[a-c]", ["tmp1/b"], ["tmp/b", "tmp1/d", "tmp1/x/b"]),
        ("a/**\n\\*", ["a/x/y", "*"], ["b", "x"]),
        ("./x/../y", ["y"], ["x"]),
    ],
)
def test_what_a_dockerignore_says(text: str, out: list[str], stays: list[str]) -> None:
    """As Docker's command line reads it: folders with all below, the last pattern that fits, never the Dockerfile."""
    is_left_out = left_out(text, "Dockerfile")
    assert {path: is_left_out(path) for path in [*out, *stays]} == dict.fromkeys(out, True) | dict.fromkeys(
        stays, False
    )


def test_what_is_ignored_is_not_sent(tmp_path: Path) -> None:
    """The file of the folder that is built counts; one that is no pattern is an error."""
    files = {"Dockerfile": "FROM a", ".dockerignore": "secret\nDockerfile\n", "secret": "x", "sub/secret": "y"}
    assert made(source(files), tmp_path)[1] == ["Dockerfile", ".dockerignore", "sub/secret"]
    with pytest.raises(CaptainError, match=r"\.dockerignore has '\[z-a\]', which is no pattern"):
        made(source({**files, ".dockerignore": "[z-a]"}), tmp_path)


def test_without_a_source(tmp_path: Path) -> None:
    """Lines and images need none; a path does."""
    found, names, _ = made(Source(None, definition(dockerfileLines=["FROM a"])), tmp_path)
    assert names == [found.dockerfile]
    assert made(Source(None, definition(imageName="a:1")), tmp_path)[0].image == "a:1"
    with pytest.raises(CaptainError, match="there is no source"):
        made(Source(None, definition(dockerfilePath="Dockerfile")), tmp_path)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"x": ""}, "has neither captain-definition nor Dockerfile"),
        ({"captain-definition": "{"}, "not valid JSON"),
        ({"captain-definition": definition(dockerfilePath="other")}, "the source has no other"),
        ({"captain-definition": definition(dockerfilePath="../other")}, "within the source"),
    ],
)
def test_what_cannot_be_built_says_why(files: dict[str, str], sentence: str, tmp_path: Path) -> None:
    """And lets go of the source."""
    what = source(files)
    with pytest.raises(CaptainError, match=sentence):
        made(what, tmp_path)
    assert what.tar is not None and what.tar.closed


def test_no_image_of_a_kept_release_is_removed() -> None:
    """Nor one that a service has or had before its rollout, nor one that was built just now; all others are."""

    def service(image: str, before: str) -> Service:
        spec, previous = ({"Name": "s", "TaskTemplate": {"ContainerSpec": {"Image": each}}} for each in (image, before))
        return Service("i", "s", 1, spec, previous, None, "", None, None)

    kept = Release("shop", 1, {"image": "sha256:release"}, NOW, "", "c")
    old = int(NOW.timestamp()) - 7200
    ids = ("release", "runs", "ran", "nobody's")
    built = [Image(f"sha256:{name}", {}, old) for name in ids] + [Image("sha256:new", {}, old + 7000)]
    wanted = needed([[kept]], [service("sha256:runs", "sha256:ran")])
    assert unneeded(built, wanted, NOW) == ("sha256:nobody's",)
