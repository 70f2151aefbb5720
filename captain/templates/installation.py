"""A template deployed: its apps one after the other, in the order in which they need each other."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from captain.apps.app_plan import Kind, Observed, Step, plan
from captain.apps.app_releases import running_number
from captain.apps.app_rollout import Outcome, Place, roll_out
from captain.apps.app_spec import AppSpec
from captain.apps.observe import observe
from captain.errors import CaptainError
from captain.oneclick.template import Template
from captain.oneclick.translate import OneClick, OneClickApp, translate
from captain.oneclick.variables import InvalidVariables, resolve
from captain.templates.record import Record, digits_from, keep, kept

_SEED_BYTES = 32
UNBUILT = f"sha256:{'0' * 64}"


@dataclass(frozen=True, slots=True)
class Installation:
    """What is going to be done. `record` is what it is made of, and kept before anything is."""

    record: Record
    becomes: OneClick
    steps: tuple[Step, ...]


def earlier_values(place: Place, app: str, template: Template) -> dict[str, str]:
    """The values of the installation of that name, if there is one; of another template, `CaptainError`."""
    record = kept(place.engine, app)
    if record is None:
        return {}
    if record.template != template.name:
        raise CaptainError(f"{app} was made of the template {record.template}: give another name with --app.")
    known = {variable.id for variable in template.variables}
    return {name: value for name, value in record.values.items() if name in known}


def prepare(
    place: Place, template: Template, app: str, given: Mapping[str, str], allowed_socket_apps: Collection[str]
) -> Installation:
    """What the template becomes here. `CaptainError` says all that keeps it from being deployed; writes nothing."""
    record = kept(place.engine, app)
    try:
        values = resolve(template, given, place.domains.domain, random_hex)
    except InvalidVariables as error:
        raise CaptainError(f"{error}\nGive values with --var NAME=VALUE. Nothing was changed.") from error
    seed = record.seed if record is not None else secrets.token_hex(_SEED_BYTES)
    becomes = translate(template, replace(values, random_hex=digits_from(seed)), allowed_socket_apps)
    observed = observe(place.engine, place.stack, place.domains)
    specs = tuple(
        replace(found.spec, image=found.spec.image or _built_before(observed, found)) for found in becomes.apps
    )
    strangers = [spec.name for spec in specs if record is None and spec.name in observed.releases]
    if strangers:
        raise CaptainError(
            f"There is an app {', '.join(strangers)} already: give another name with --app, or remove it first. "
            "Nothing was changed."
        )
    steps = plan(specs, observed, allowed_socket_apps)
    variables = {variable.id: values.values[variable.id] for variable in template.variables}
    return Installation(Record(app, template.name, seed, variables, becomes.end), becomes, tuple(steps))


def install(
    place: Place,
    installation: Installation,
    turn: Callable[[str], AbstractContextManager[None]],
    build: Callable[[OneClickApp], str],
    deploy: Callable[[Place, AppSpec, str], Outcome] = roll_out,
) -> Sequence[Outcome]:
    """Each app once those that it needs are live; the first that does not get live is the last that is begun.

    `build` makes the image of one that has Dockerfile lines; its `CaptainError` is why that app is not live.
    """
    keep(place.engine, installation.record)
    outcomes: list[Outcome] = []
    for app in installation.becomes.apps:
        try:
            image = build(app) if app.dockerfile_lines else app.spec.image
        except CaptainError as error:
            outcomes.append(Outcome(app.spec.name, Kind.CREATE, 0, 0.0, str(error)))
            break
        with turn(app.spec.name):
            spec = replace(app.spec, image=image)
            outcomes.append(deploy(place, spec, f"template {installation.record.template}"))
        if outcomes[-1].why:
            break
    return outcomes


def _built_before(observed: Observed, app: OneClickApp) -> str:
    """What stands for an image that is still to be built: the one that runs, or none of anybody's."""
    service = observed.services.get(app.spec.name)
    own = observed.releases.get(app.spec.name, ())
    return next((found.image for found in own if found.number == running_number(service)), UNBUILT)


def random_hex(digits: int) -> str:
    """So many digits that nobody can guess."""
    return secrets.token_hex((digits + 1) // 2)[:digits]
