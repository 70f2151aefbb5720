"""A one-click template, version 4 of CapRover's format, as its author wrote it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from captain.errors import CaptainError
from captain.oneclick.yaml_text import Tree, read

APP_NAME = "$$cap_appname"
ROOT_DOMAIN = "$$cap_root_domain"
VERSION = "4"
MOST_SERVICES = 100

_TOP = ("captainVersion", "services", "caproverOneClickApp")
_ABOUT = ("variables", "instructions", "displayName", "description", "documentation", "isOfficial")
_VARIABLE = ("id", "label", "defaultValue", "description", "validRegex")


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that captain leaves out. `path` is the place in the template, `why` the end of a sentence."""

    path: str
    why: str

    def __str__(self) -> str:
        return f"{self.path} {self.why}"


@dataclass(frozen=True, slots=True)
class Variable:
    """What a person may set. `pattern` is `validRegex`, an expression of JavaScript; empty when anything will do.

    `default` is as written: it may name other variables. `label` is never empty.
    """

    id: str
    label: str
    default: str = ""
    description: str = ""
    pattern: str = ""

    @property
    def is_generated(self) -> bool:
        """Whether captain makes up its value, which is a secret then."""
        return "$$cap_gen_random_hex(" in self.default


@dataclass(frozen=True, slots=True)
class Template:
    """A template. `services` are its services by their names, nothing in them read or substituted yet.

    `unsupported` names what stands outside of the services and is left out.
    """

    name: str
    display_name: str
    description: str
    documentation: str
    is_official: bool
    start: str
    """What to know before, with variables in it."""
    end: str
    """What to do afterwards, the same."""
    variables: tuple[Variable, ...]
    services: Mapping[str, Mapping[str, Tree]]
    unsupported: tuple[Unsupported, ...]


def parse(text: str, name: str) -> Template:
    """A template from its YAML (JSON is YAML too). `name` is the file's, for messages.

    `CaptainError` says what is wrong and where.
    """
    document = read(text, name)
    if not isinstance(document, dict):
        raise CaptainError(f"{name} is not a template: it has no services.")
    unsupported: list[Unsupported] = []
    version = _text(document, "captainVersion", name)
    if version != VERSION:
        raise CaptainError(f"{name} has captainVersion '{version}': captain reads version {VERSION}.")
    for key in document:
        if key not in _TOP:
            unsupported.extend(_outside(key, document[key]))
    about = _mapping(document.get("caproverOneClickApp"), f"{name}: caproverOneClickApp")
    for key in about:
        if key not in _ABOUT:
            unsupported.append(Unsupported(f"caproverOneClickApp.{key}", "is a key that captain does not know"))
    instructions = _mapping(about.get("instructions") or {}, f"{name}: caproverOneClickApp.instructions")
    for key in instructions:
        if key not in ("start", "end"):
            where = f"caproverOneClickApp.instructions.{key}"
            unsupported.append(Unsupported(where, "is a key that captain does not know"))
    return Template(
        name=name,
        display_name=_text(about, "displayName", name) or name,
        description=_text(about, "description", name),
        documentation=_text(about, "documentation", name),
        is_official=_text(about, "isOfficial", name).lower() in ("true", "yes"),
        start=_text(instructions, "start", name),
        end=_text(instructions, "end", name),
        variables=_variables(about.get("variables"), name, unsupported),
        services=_services(document.get("services"), name),
        unsupported=tuple(unsupported),
    )


def _outside(key: str, value: Tree) -> list[Unsupported]:
    """What is left out of a section beside the services. Volumes without options are what captain makes anyway."""
    if key == "version":
        return []
    if key != "volumes":
        return [Unsupported(key, "is a section that captain does not know")]
    found: list[Unsupported] = []
    for name, options in value.items() if isinstance(value, dict) else ():
        for option, chosen in options.items() if isinstance(options, dict) else ():
            if (option, chosen) != ("driver", "local"):
                found.append(Unsupported(f"volumes.{name}.{option}", "is left out: a volume is the node's own, local"))
    return found


def _variables(value: Tree, name: str, unsupported: list[Unsupported]) -> tuple[Variable, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise CaptainError(f"{name}: caproverOneClickApp.variables has to be a list.")
    found: dict[str, Variable] = {}
    for at, entry in enumerate(value):
        path = f"caproverOneClickApp.variables.{at}"
        fields = _mapping(entry, f"{name}: {path}")
        for key in fields:
            if key not in _VARIABLE:
                unsupported.append(Unsupported(f"{path}.{key}", "is a key that captain does not know"))
        identifier = _text(fields, "id", f"{name}: {path}").strip()
        if not identifier:
            raise CaptainError(f"{name}: {path}.id is needed: the text that stands for the value, such as $$cap_port.")
        if identifier in found or identifier in (APP_NAME, ROOT_DOMAIN):
            unsupported.append(Unsupported(path, f"is {identifier} once more: the first one counts"))
            continue
        found[identifier] = Variable(
            id=identifier,
            label=_text(fields, "label", f"{name}: {path}") or identifier,
            default=_text(fields, "defaultValue", f"{name}: {path}"),
            description=_text(fields, "description", f"{name}: {path}"),
            pattern=_text(fields, "validRegex", f"{name}: {path}").strip(),
        )
    return tuple(found.values())


def _services(value: Tree, name: str) -> Mapping[str, Mapping[str, Tree]]:
    services = _mapping(value, f"{name}: services")
    if not services:
        raise CaptainError(f"{name}: services is empty: a template has one service at least.")
    if len(services) > MOST_SERVICES:
        raise CaptainError(f"{name}: services has {len(services)} of them: {MOST_SERVICES} are the most.")
    return {key: _mapping(service, f"{name}: services.{key}") for key, service in services.items()}


def _mapping(value: Tree, path: str) -> dict[str, Tree]:
    if not isinstance(value, dict):
        raise CaptainError(f"{path} has to be a mapping of keys to values.")
    return value


def _text(fields: Mapping[str, Tree], key: str, path: str) -> str:
    value = fields.get(key)
    if isinstance(value, list | dict):
        raise CaptainError(f"{path}: {key} has to be a text.")
    return value or ""
