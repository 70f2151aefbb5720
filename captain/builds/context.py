"""From a source to what the engine is given: a Dockerfile and its files, or the name of an image to pull."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from captain.builds import ignored, tarball
from captain.builds.ignored import LeftOut
from captain.builds.members import Kind, Limits
from captain.caprover import definition
from captain.caprover.definition import FILE as DEFINITION_FILE
from captain.errors import CaptainError

_WRITTEN = ".captain.Dockerfile"
_MOST_DEFINITION_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source that was fetched from elsewhere, at a commit. `host_keys` are those that the server showed."""

    tar: BinaryIO
    commit: str
    host_keys: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What somebody wants to be built.

    With `fetch` it is to be had when the build's turn has come, and is then as new as can be.
    `tar` is an open file, plain or compressed, which whoever builds it closes; without one, `definition` is the JSON of
    a captain-definition. With one, `definition_path` is where its definition lies.
    """

    tar: BinaryIO | None
    definition: str = ""
    definition_path: str = DEFINITION_FILE
    fetch: Callable[[Callable[[str], object]], Fetched] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """`dockerfile` is the path of one among `chunks`, a tar; `image` is given instead where nothing is to be built.

    `chunks` are what is below `folder` in `tar`, but for what is `left_out`; `text` is the Dockerfile's where
    the source has none.
    """

    dockerfile: str = ""
    image: str = ""
    tar: BinaryIO | None = None
    folder: str = ""
    text: str = ""
    left_out: LeftOut = ignored.nothing

    def chunks(self) -> Iterator[bytes]:
        """The context as the engine takes it; it can be asked for again."""
        return tarball.packed(self.tar, self.folder, {self.dockerfile: self.text} if self.text else {}, self.left_out)

    def close(self) -> None:
        """Let go of the source."""
        if self.tar is not None:
            self.tar.close()


def context(source: Source, folder: Path, limits: Limits, say: Callable[[str], object]) -> Context:
    """What to build, every member of the source having been looked at. `CaptainError` says what is wrong with it.

    `folder` is where a compressed source is unpacked to, in a file without a name.
    """
    if source.tar is None:
        return _made(definition.parse(source.definition), None, "", say)
    tar = tarball.plain(source.tar, folder, limits)
    try:
        found = tarball.files(tar, limits)
        return _without_ignored(_of_tar(tar, found, source.definition_path, say), found)
    except BaseException:  # whatever it was is the caller's; the file is nobody's any more
        tar.close()
        raise


def _without_ignored(made: Context, found: Mapping[str, Kind]) -> Context:
    path = posixpath.join(made.folder, ignored.FILE)
    if made.tar is None or found.get(path) is not Kind.FILE:
        return made
    text = tarball.text_of(made.tar, path, _MOST_DEFINITION_BYTES)
    return replace(made, left_out=ignored.left_out(text, made.dockerfile))


def _of_tar(tar: BinaryIO, found: Mapping[str, Kind], wanted: str, say: Callable[[str], object]) -> Context:
    place = definition.place([path for path, kind in found.items() if kind is not Kind.FOLDER], wanted)
    if not place.definition:
        return Context(dockerfile=definition.DOCKERFILE, tar=tar, folder=place.context)
    text = tarball.text_of(tar, place.definition, _MOST_DEFINITION_BYTES)
    made = definition.parse(text, place.definition)
    if made.dockerfile_path:
        path = posixpath.join(place.context, made.dockerfile_path)
        if found.get(path, Kind.FOLDER) is Kind.FOLDER:
            raise CaptainError(f"{place.definition}: the source has no {path}, which dockerfilePath says.")
    return _made(made, tar, place.context, say)


def _made(made: definition.Definition, tar: BinaryIO | None, folder: str, say: Callable[[str], object]) -> Context:
    if made.unknown_keys:
        say(f"{definition.FILE}: {', '.join(made.unknown_keys)} says nothing to captain and is left out")
    if made.image:
        if tar is not None:
            tar.close()
        return Context(image=made.image)
    if made.dockerfile:
        return Context(_WRITTEN, tar=tar, folder=folder, text=made.dockerfile)
    if tar is None:
        raise CaptainError(f"dockerfilePath is {made.dockerfile_path}, and there is no source that it could be in.")
    return Context(made.dockerfile_path, tar=tar, folder=folder)
