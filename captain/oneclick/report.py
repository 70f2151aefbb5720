"""What `captain template` says of templates: lines for people, objects for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from captain.oneclick.template import Unsupported, Variable
from captain.oneclick.translate import OneClickApp
from captain.oneclick.trial import TRIAL_APP, Trial, needed
from captain.oneclick.variables import THE_APP, choices


def check_line(trial: Trial) -> str:
    """One line of `captain template check`."""
    if trial.becomes is None or trial.template is None:
        return f"{trial.name}: cannot be deployed: {' '.join(trial.mistake.split())}"
    parts = [
        _count(len(trial.becomes.apps), "service"),
        _count(len(trial.template.variables), "variable"),
        _left_out(trial.becomes.unsupported),
    ]
    if trial.wants_socket:
        parts.append(f"the Docker socket for {', '.join(trial.wants_socket)}, if an administrator allows it")
    return f"{trial.name}: {', '.join(parts)}"


def check_summary(trials: Sequence[Trial]) -> str:
    """The last line."""
    good = sum(trial.becomes is not None for trial in trials)
    clean = sum(trial.becomes is not None and not trial.becomes.unsupported for trial in trials)
    return f"{good} of {_count(len(trials), 'template')} can be deployed, {clean} of them with nothing left out."


def check_json(trial: Trial) -> dict[str, object]:
    """The same for programs."""
    unsupported = () if trial.becomes is None else trial.becomes.unsupported
    return {
        "template": trial.name,
        "planned": trial.becomes is not None,
        "services": [] if trial.becomes is None else [app.spec.name for app in trial.becomes.apps],
        "variables": [] if trial.template is None else [variable.id for variable in trial.template.variables],
        "unsupported": [{"path": entry.path, "why": entry.why} for entry in unsupported],
        "docker_socket": list(trial.wants_socket),
        "error": trial.mistake,
    }


def show_lines(trial: Trial) -> Iterator[str]:
    """`captain template show`: what it asks, what it becomes, what is left out."""
    if trial.template is None or trial.becomes is None:
        yield check_line(trial)
        return
    template = trial.template
    yield template.display_name
    yield from (text for text in (template.description, template.documentation) if text)
    yield ""
    yield "Variables"
    wanted = needed(template)
    for variable in (THE_APP, *template.variables):
        yield f"  {_variable_line(variable, variable is THE_APP or variable in wanted)}"
    yield ""
    yield f"Services of an app named {TRIAL_APP}, in the order in which they start"
    for app in trial.becomes.apps:
        yield from (f"  {line}" for line in _app_lines(app, app.spec.name in trial.wants_socket))
    if trial.becomes.unsupported:
        yield ""
        yield "Left out"
        yield from (f"  {entry}" for entry in trial.becomes.unsupported)


def show_json(trial: Trial) -> dict[str, object]:
    """The same for programs."""
    template = trial.template
    wanted = () if template is None else needed(template)
    variables = () if template is None else (THE_APP, *template.variables)
    return {
        **check_json(trial),
        "display_name": "" if template is None else template.display_name,
        "description": "" if template is None else template.description,
        "documentation": "" if template is None else template.documentation,
        "variables": [
            {
                "id": variable.id,
                "label": variable.label,
                "description": variable.description,
                "default": variable.default,
                "valid_regex": variable.pattern,
                "choices": list(choices(variable)),
                "generated": variable.is_generated,
                "needed": variable is THE_APP or variable in wanted,
            }
            for variable in variables
        ],
    }


_RESTARTS = {
    "on-failure": "is started again only after a failure",
    "none": "is not started again when it has ended",
}


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _left_out(unsupported: Sequence[Unsupported]) -> str:
    if not unsupported:
        return "nothing left out"
    return f"left out: {' '.join(dict.fromkeys(entry.path for entry in unsupported))}"


def _variable_line(variable: Variable, is_needed: bool) -> str:
    parts = [f"{variable.id}  {variable.label}"]
    if is_needed:
        parts.append("needed")
    elif variable.is_generated:
        parts.append("made up by captain")
    elif variable.default:
        parts.append(f"default {variable.default}")
    listed = choices(variable)
    if listed:
        parts.append(" or ".join(word or "nothing" for word in listed))
    elif variable.pattern:
        parts.append(f"fits {variable.pattern}")
    return "; ".join(parts)


def _app_lines(app: OneClickApp, wants_socket: bool) -> Iterator[str]:
    spec = app.spec
    made = spec.image or f"built from {_count(len(app.dockerfile_lines), 'Dockerfile line')}"
    yield f"{spec.name}  {made}"
    if spec.http is not None:
        yield f"  web app on its port {spec.http.port}"
    if spec.restart.may_end:
        yield f"  {_RESTARTS[spec.restart.condition]}"
    if app.needs:
        yield f"  after {', '.join(app.needs)}"
    for port in spec.ports:
        yield f"  port {port.published}/{port.protocol} of the node is its {port.target}"
    for mount in spec.mounts:
        yield f"  {mount.target} is {mount.kind} {mount.source or 'without a name'}{', read only' * mount.read_only}"
    if wants_socket:
        yield "  gets the Docker socket, if an administrator allows it by name"
