"""Names of the document as names of a language."""

from __future__ import annotations

import keyword
import re

from app.sdk.shapes import Unsupported


def words(text: str) -> frozenset[str]:
    """A set of words, as short as it can be written."""
    return frozenset(text.split())


# Names that the generated modules and TypeScript's own library use themselves.
TAKEN_BY_TYPES = words(
    "Any ApiError Array AsyncClient AsyncGenerator AsyncIterator AsyncTransport Boolean CalendarDate CallOptions "
    "Client ClientOptions Date DateTime Error Fault Iterator Literal Map Mapping Number Object ProblemBody Promise "
    "Record Sequence Set String Timestamp Transport TypeAlias UNSET UUID UnexpectedAnswer Unset Uuid"
)
# A field of one of these names would hide what its class needs below it.
_TAKEN_BY_MEMBERS = words("bool classmethod cls codec dataclass float from_json int object self str to_json")
_TAKEN_BY_METHODS = words("aclose call close constructor")
# What the generated methods use themselves; what they call something begins with a line, as no name here does.
_TAKEN_BY_PARAMETERS = words("body codec models")
_JAVASCRIPT = words(
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends "
    "false finally for function if implements import in instanceof interface let new null options package private "
    "protected public return static super switch this throw true try typeof undefined var void while with yield "
    "body following options page segment"
)


def joined(name: str) -> str:
    """`Post-Input`, `Post_Input` → `PostInput`."""
    return "".join(part[0].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name) if part)


def type_name(name: str) -> str:
    """`joined`. Raises Unsupported for a name that cannot be a type's."""
    made = joined(name)
    if not made or made[0].isdigit() or keyword.iskeyword(made) or made in TAKEN_BY_TYPES:
        raise Unsupported(f"components/schemas/{name}", "the name cannot be that of a type; give the model another")
    return made


def operation_name(identity: str, method: str, path: str) -> str:
    """FastAPI's `list_posts_api_v1_posts_get` → `list_posts`; another id as it is, in snake case."""
    ending = re.sub(r"\W", "_", path) + "_" + method
    return python_name(identity.removesuffix(ending))


def python_name(name: str) -> str:
    """`If-Match`, `ifMatch` → `if_match`; a name that Python or a generated class needs gets a line after it."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    made = re.sub(r"[^A-Za-z0-9_]+", "_", words).strip("_").lower() or "value"
    if made[0].isdigit():
        made = f"value_{made}"
    taken = keyword.iskeyword(made) or made in _TAKEN_BY_MEMBERS or made in _TAKEN_BY_METHODS
    return f"{made}_" if taken else made


def python_parameter(name: str) -> str:
    """`python_name` for what a method takes."""
    made = python_name(name)
    return f"{made}_" if made in _TAKEN_BY_PARAMETERS else made


def typescript_name(name: str) -> str:
    """`If-Match`, `if_match` → `ifMatch`, for a method or a member."""
    first, *others = [part for part in python_name(name).split("_") if part]
    made = first + "".join(part[0].upper() + part[1:] for part in others)
    return f"{made}_" if made in _TAKEN_BY_METHODS else made


def typescript_parameter(name: str) -> str:
    """`typescript_name` for what a method takes by its place."""
    made = typescript_name(name)
    return f"{made}_" if made in _JAVASCRIPT else made


def distinct(names: list[str], where: str) -> None:
    """Raises Unsupported if two of them became the same."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unsupported(where, f"several things would be called {', '.join(twice)}; name them differently")
