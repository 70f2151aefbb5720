"""`captain deploy APP`: what it takes, and the settings of builds."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from captain.__main__ import main
from captain.builds import tarball
from captain.builds.image_builder import BuildLimits
from captain.builds.members import Limits
from captain.builds.places import place
from captain.builds.settings import BuildSettings, from_environment
from captain.errors import CaptainError


@pytest.mark.parametrize(
    "words", [["shop"], ["shop", "--tar", "a", "--image", "b"], ["--image", "b"], ["shop", "--port", "x", "--tar", "a"]]
)
def test_a_deploy_is_of_one_app_from_one_thing(words: list[str]) -> None:
    """Anything else is a wrong usage."""
    with pytest.raises(SystemExit, match="2"):
        main(["deploy", *words])


def test_what_builds_may_take() -> None:
    """What is shipped is the default; what cannot be says so."""
    assert from_environment({}) == BuildSettings(BuildLimits(), 2)
    given = {"FLOTILLA_BUILD_MEMORY": "512M", "FLOTILLA_BUILD_CPUS": "0.5", "FLOTILLA_BUILD_MINUTES": "5"}
    assert from_environment({**given, "FLOTILLA_BUILDS": "1"}) == BuildSettings(BuildLimits(512 << 20, 0.5, 300.0), 1)
    for name, value in (("MEMORY", "much"), ("MEMORY", "1M"), ("CPUS", "0"), ("CPUS", "x"), ("MINUTES", "nan")):
        with pytest.raises(CaptainError, match=r"FLOTILLA_BUILD"):
            from_environment({f"FLOTILLA_BUILD_{name}": value})
    with pytest.raises(CaptainError, match="FLOTILLA_BUILDS"):
        from_environment({"FLOTILLA_BUILDS": "0"})


def test_a_folder_is_packed_without_its_history(tmp_path: Path) -> None:
    """And is a source that captain takes."""
    folder, sink = tmp_path / "app", io.BytesIO()
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("x")
    (folder / "Dockerfile").write_text("FROM a")
    (folder / ".gitignore").symlink_to("Dockerfile")
    tarball.from_folder(folder, sink)
    assert sorted(tarball.files(sink, Limits())) == [".gitignore", "Dockerfile"]
    assert tarfile.is_tarfile(sink)


def test_places_are_shared_and_given_back(tmp_path: Path) -> None:
    """With all of them taken one waits until it is told not to; an end in an error gives its place back."""

    class Enough(Exception):
        pass

    def no_more() -> None:
        raise Enough

    said: list[str] = []
    with place(tmp_path, 2, no_more, said.append), place(tmp_path, 2, no_more, said.append):
        assert said == []
        with pytest.raises(Enough), place(tmp_path, 2, no_more, said.append):
            pytest.fail("there was no third place")
    assert said == ["2 builds are under way: this one waits for a place"]
    with pytest.raises(ValueError, match="x"), place(tmp_path, 1, no_more, said.append):
        raise ValueError("x")
    with place(tmp_path, 1, no_more, said.append):
        pass
