"""What was given for a template's variables, and its defaults, to values that are all valid. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from captain.errors import CaptainError
from captain.oneclick.regex.fitting import words
from captain.oneclick.regex.match import fits
from captain.oneclick.substitution import RandomHex, Substitution
from captain.oneclick.template import APP_NAME, ROOT_DOMAIN, Template, Variable

THE_APP = Variable(
    id=APP_NAME,
    label="App name",
    description="The name of the app, and the beginning of the names of those that come with it.",
    pattern=r"/^([a-z0-9]+\-)*[a-z0-9]+$/",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value of one variable. `why` is a sentence without its subject."""

    variable: str
    label: str
    why: str

    def __str__(self) -> str:
        name = self.variable if self.label == self.variable else f"{self.variable} ({self.label})"
        return f"{name} {self.why}"


class InvalidVariables(CaptainError):
    """Every variable whose value will not do."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def resolve(template: Template, given: Mapping[str, str], root_domain: str, random_hex: RandomHex) -> Substitution:
    """Values of all variables: what was given, else the default with other variables in it.

    `given` has the ids, with or without `$$cap_` or `$$`; `$$cap_appname` is needed. A given value is taken as it is,
    even if it looks like a variable. `InvalidVariables` has all faults at once.
    """
    known = {variable.id: variable for variable in (THE_APP, *template.variables)}
    faults: list[Fault] = []
    taken: dict[str, str] = {}
    for name, value in given.items():
        identifier = id_of(name, known)
        if identifier is None:
            faults.append(Fault(name, name, f"is no variable of {template.name}: known are {', '.join(known)}."))
        else:
            taken[identifier] = value
    values = _Defaults(known, taken, root_domain, random_hex).all(faults)
    broken = {fault.variable for fault in faults}
    for identifier, variable in known.items():
        if identifier not in broken:
            why = mistake(variable, values[identifier])
            if why:
                faults.append(Fault(identifier, variable.label, why))
    if faults:
        raise InvalidVariables(tuple(faults))
    return Substitution(values, random_hex)


def mistake(variable: Variable, value: str) -> str:
    """Why the value will not do, as a sentence without its subject; empty when it does."""
    if "\0" in value:
        return "holds a NUL character, which no program could be given: leave it out."
    if not variable.pattern:
        return ""
    try:
        if fits(variable.pattern, value):
            return ""
        listed = words(variable.pattern)
    except CaptainError as error:
        return f"cannot be checked: {error}"
    if variable.id == APP_NAME:
        return f"is '{value}': write lower-case letters and digits, with single hyphens between them."
    if listed:
        return f"is '{value}': write {' or '.join(word or 'nothing' for word in listed)}."
    if not value:
        return f"is needed: give it a value that fits {variable.pattern}."
    # The value may be a secret: it is not said.
    return f"does not fit {variable.pattern}: give it another value."


def choices(variable: Variable) -> tuple[str, ...]:
    """The values that a variable may have, where its expression lists them; none where it may have others."""
    try:
        return words(variable.pattern) if variable.pattern else ()
    except CaptainError:
        return ()


def id_of(name: str, known: Collection[str]) -> str | None:
    """The id that a person means, who may leave out `$$cap_` or `$$`; None for what is none of the known ones."""
    return next((spelled for spelled in (name, f"$${name}", f"$$cap_{name}") if spelled in known), None)


class _Defaults:
    """Values by id, defaults worked out where they are asked for: they may name each other in any order."""

    def __init__(
        self, known: Mapping[str, Variable], given: Mapping[str, str], root_domain: str, random_hex: RandomHex
    ) -> None:
        self._known = known
        self._values = {**given, ROOT_DOMAIN: root_domain}
        # Finds names; the values in it are never used.
        self._names = Substitution(dict.fromkeys([*known, ROOT_DOMAIN], ""), random_hex)
        self._random_hex = random_hex

    def all(self, faults: list[Fault]) -> dict[str, str]:
        for identifier, variable in self._known.items():
            try:
                self._value(identifier, ())
            except CaptainError as error:
                faults.append(Fault(identifier, variable.label, f"has a default that will not do: {error}"))
        return self._values

    def _value(self, identifier: str, asked_by: tuple[str, ...]) -> str:
        if identifier not in self._values:
            if identifier in asked_by:
                raise CaptainError(f"{' → '.join((*asked_by, identifier))} never ends.")
            default = self._known[identifier].default
            needed = {name: self._value(name, (*asked_by, identifier)) for name in self._names.used(default)}
            self._values[identifier] = Substitution(needed, self._random_hex).text(default)
        return self._values[identifier]
