"""What a person says to a template's variables: on the command line, or when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from captain.errors import CaptainError
from captain.oneclick.substitution import RandomHex
from captain.oneclick.template import APP_NAME, Template, Variable
from captain.oneclick.variables import InvalidVariables, choices, id_of, resolve


def parse_answers(entries: Sequence[str]) -> dict[str, str]:
    """`--var` as it was given: `name=value`, the value as it is. `CaptainError` for what is none."""
    found: dict[str, str] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or not name:
            raise CaptainError(f"--var '{entry}' is not name=value.")
        if name in found:
            raise CaptainError(f"--var {name} is given twice: keep one of the two.")
        found[name] = value
    return found


def answers(template: Template, entries: Sequence[str]) -> dict[str, str]:
    """The same by the ids of the template, so that they take the place of what was answered earlier."""
    ids = {variable.id for variable in template.variables}
    return {id_of(name, ids) or name: value for name, value in parse_answers(entries).items()}


def ask(
    template: Template,
    given: Mapping[str, str],
    root_domain: str,
    random_hex: RandomHex,
    read: Callable[[str], str],
    say: Callable[[str], object],
) -> dict[str, str]:
    """`given`, by ids, with an answer for each variable that a person may want to set; what will not do is asked again.

    An empty answer takes the default. What captain makes up is not asked for, and a default that names other variables
    is left to them.
    """
    answers = dict(given)
    for variable in _to_ask(template, given):
        say("")
        say(f"{variable.label}: {variable.description}" if variable.description else variable.label)
        listed = choices(variable)
        if listed:
            say(f"one of {', '.join(word or 'nothing' for word in listed)}")
        while True:
            answer = read(f"{variable.id} [{variable.default}] " if variable.default else f"{variable.id} ")
            tried = {**answers, variable.id: answer} if answer else answers
            why = _fault(template, tried, root_domain, random_hex, variable)
            if not why:
                answers = tried
                break
            say(why)
    return answers


def _to_ask(template: Template, given: Mapping[str, str]) -> Iterator[Variable]:
    for variable in template.variables:
        if not variable.is_generated and variable.id not in given:
            yield variable


def _fault(
    template: Template, given: Mapping[str, str], root_domain: str, random_hex: RandomHex, variable: Variable
) -> str:
    """What is wrong with this variable's value, whatever is wrong with others."""
    try:
        resolve(template, given, root_domain, random_hex)
    except InvalidVariables as error:
        return next((str(fault) for fault in error.faults if fault.variable == variable.id), "")
    return ""


def with_name(given: Mapping[str, str], app: str) -> dict[str, str]:
    """The answers, and the name of the app, which has an option of its own."""
    for name in (APP_NAME, "cap_appname", "appname"):
        if name in given and given[name] != app:
            raise CaptainError(f"--var {name} and --app say two names: leave one of them out.")
    return {**{name: value for name, value in given.items() if name not in ("cap_appname", "appname")}, APP_NAME: app}
