"""A template tried with made-up values: what it would become, without anybody being asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from captain.errors import CaptainError
from captain.oneclick.mounts import reaches_socket
from captain.oneclick.regex.fitting import sample
from captain.oneclick.substitution import Substitution
from captain.oneclick.template import Template, Variable, parse
from captain.oneclick.translate import OneClick, app_names, translate
from captain.oneclick.variables import THE_APP, InvalidVariables, resolve

TRIAL_APP = "trial"
TRIAL_DOMAIN = "example.com"
# Put where a person is asked for something and no expression says what: as a port, a tag or a name, then as a path.
_FILLERS = ("8080", "/data")


@dataclass(frozen=True, slots=True)
class Trial:
    """One template: what it becomes, or why it cannot be."""

    name: str
    template: Template | None = None
    becomes: OneClick | None = None
    wants_socket: tuple[str, ...] = ()
    """Apps that an administrator would have to allow the Docker socket."""
    mistake: str = ""


def tried(text: str, name: str) -> Trial:
    """The defaults of a template, and for what has none a value that its expression allows."""
    template: Template | None = None
    try:
        template = parse(text, name)
        becomes = _becomes(template)
    except CaptainError as error:
        return Trial(name, template=template, mistake=str(error))
    wanting = [app.spec.name for app in becomes.apps if any(reaches_socket(mount) for mount in app.spec.mounts)]
    return Trial(name, template, becomes, tuple(wanting))


def _becomes(template: Template) -> OneClick:
    given = _given(template)
    values = resolve(template, given, TRIAL_DOMAIN, same_digits)
    try:
        return _translated(template, values)
    except CaptainError as error:
        first = error
    # Nothing may do for a variable of which only its place in the template says what it has to be.
    empty = [variable for variable in template.variables if not values.values[variable.id]]
    for filler in _FILLERS if empty else ():
        try:
            filled = {**given, **{variable.id: filler for variable in empty}}
            return _translated(template, resolve(template, filled, TRIAL_DOMAIN, same_digits))
        except CaptainError:
            continue
    raise first


def _translated(template: Template, values: Substitution) -> OneClick:
    return translate(template, values, allowed_socket_apps=app_names(template, values))


def _given(template: Template) -> dict[str, str]:
    """Values for what has no default that would do."""
    given = {THE_APP.id: TRIAL_APP}
    try:
        resolve(template, given, TRIAL_DOMAIN, same_digits)
    except InvalidVariables as error:
        patterns = {variable.id: variable.pattern for variable in template.variables}
        for fault in error.faults:
            found = sample(patterns[fault.variable]) if patterns.get(fault.variable) else None
            if found is not None:
                given[fault.variable] = found
    return given


def same_digits(count: int) -> str:
    """Where a secret would be made: so many digits, always the same. Nothing is ever deployed with them."""
    return ("0123456789abcdef" * (count // 16 + 1))[:count]


def needed(template: Template) -> tuple[Variable, ...]:
    """The variables without a default that would do: a person has to give them."""
    try:
        resolve(template, {THE_APP.id: TRIAL_APP}, TRIAL_DOMAIN, same_digits)
    except InvalidVariables as error:
        names = {fault.variable for fault in error.faults}
        return tuple(variable for variable in template.variables if variable.id in names)
    return ()
