"""`captain-definition`, version 2: where it lies in a source, and what it says to build. Pure."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from captain.caprover.starting_points import STARTING_POINTS, starting_point
from captain.errors import CaptainError
from captain.image_name import is_image_name

FILE = "captain-definition"
DOCKERFILE = "Dockerfile"
VERSION = 2

_SOURCES = ("templateId", "dockerfileLines", "dockerfilePath", "imageName")
_MOST_CHARACTERS = 512 * 1024

_Fields: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Definition:
    """What to build, in one of three ways; the other two are empty.

    `dockerfile` is the text of one, `dockerfile_path` lies in the folder of the definition or below, `image` is pulled
    and nothing is built. `unknown_keys` say nothing to captain and have to be told.
    """

    dockerfile: str = ""
    dockerfile_path: str = ""
    image: str = ""
    unknown_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is built: `context` is a folder in it, empty for its root; `definition` a file, empty for none.

    Without a definition, the context has a `Dockerfile`.
    """

    context: str
    definition: str


def parse(text: str, file: str = FILE) -> Definition:
    """The definition from its JSON. `CaptainError` says what is wrong, with the name of the file."""
    fields = _fields(text, file)
    version = fields.get("schemaVersion")
    if version not in (VERSION, str(VERSION)) or isinstance(version, bool):
        raise CaptainError(f"{file} has schemaVersion {json.dumps(version)}: captain reads version {VERSION}.")
    said = [key for key in _SOURCES if fields.get(key)]
    if len(said) != 1:
        found = " and ".join(said) if said else "none of them"
        raise CaptainError(f"{file} has to say one of {', '.join(_SOURCES)}: it says {found}.")
    unknown = tuple(key for key in fields if key not in (*_SOURCES, "schemaVersion"))
    if said == ["dockerfileLines"]:
        return Definition(dockerfile=_lines(fields["dockerfileLines"], file), unknown_keys=unknown)
    value = fields[said[0]]
    if not isinstance(value, str):
        raise CaptainError(f"{file}: {said[0]} has to be a text.")
    value = value.strip()
    if said == ["templateId"]:
        made = starting_point(value)
        if made is None:
            raise CaptainError(
                f"{file}: templateId is '{value}': write one of {', '.join(STARTING_POINTS)}, a slash and a version."
            )
        return Definition(dockerfile=made, unknown_keys=unknown)
    if said == ["dockerfilePath"]:
        return Definition(dockerfile_path=inside(value, f"{file}: dockerfilePath"), unknown_keys=unknown)
    if not is_image_name(value):
        raise CaptainError(f"{file}: imageName is '{value}', which is no name of an image, such as nginx:1.27.")
    return Definition(image=value, unknown_keys=unknown)


def place(files: Collection[str], definition: str = FILE) -> Place:
    """Where to build a source of these files, whose definition should be at the path `definition`.

    At the root, else with a `Dockerfile` there, else the same one folder down where that is all that there is.
    `CaptainError` when there is nothing to build.
    """
    wanted = inside(definition, "The path of the definition")
    names = {posixpath.normpath(name) for name in files} - {"."}
    roots = {name.partition("/")[0] for name in names}
    only = f"{next(iter(roots))}/" if len(roots) == 1 and roots.isdisjoint(names) else ""
    for folder in dict.fromkeys(("", only)):
        if folder + wanted in names:
            return Place(posixpath.dirname(folder + wanted), folder + wanted)
        if folder + DOCKERFILE in names:
            return Place(folder.rstrip("/"), "")
    raise CaptainError(f"The source has neither {wanted} nor {DOCKERFILE}: add one of them, at its root.")


def build_arguments(environment: Mapping[str, str], git_hash: str) -> dict[str, str]:
    """What a build gets as its arguments: the app's environment and the commit, which is empty when there is none."""
    return {**environment, "CAPROVER_GIT_COMMIT_SHA": git_hash}


def inside(path: str, what: str) -> str:
    """The path without detours. `CaptainError` if it leads out of the source."""
    found = posixpath.normpath(path.replace("\\", "/").lstrip("/"))
    if found == ".." or found.startswith("../") or found == "." or "\0" in found:
        raise CaptainError(f"{what} is '{path}': it has to be a file within the source.")
    return found


def _fields(text: str, file: str) -> _Fields:
    if len(text) > _MOST_CHARACTERS:
        raise CaptainError(f"{file} has {len(text)} characters: {_MOST_CHARACTERS} are the most.")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise CaptainError(f"{file} says a key twice: keep one of the two.")
        return found

    try:
        document = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise CaptainError(f"{file} is not valid JSON: {error}.") from error
    except RecursionError:
        raise CaptainError(f"{file} is not valid JSON: it has values within values too deeply.") from None
    if not isinstance(document, dict):
        raise CaptainError(f"{file} has to be an object, with schemaVersion and one of {', '.join(_SOURCES)}.")
    return document


def _lines(value: object, file: str) -> str:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise CaptainError(f"{file}: dockerfileLines has to be a list of texts.")
    lines = [str(line) for line in value]
    if not any(line.split()[:1] == [word] for line in lines for word in ("FROM", "from", "From")):
        raise CaptainError(f"{file}: dockerfileLines has no line that begins with FROM.")
    return "\n".join(lines) + "\n"
