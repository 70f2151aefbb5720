"""What an installation of a template was made of, kept in the Swarm: the same command goes on where it was ended.

A database's password is in its volume from its first start on. A second attempt that made up another one would never
reach it, so the values, and what the template's secrets are made from, are in a config that goes with the app.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from captain.apps.app_service import TEMPLATE_LABEL
from captain.errors import CaptainError
from captain.kept import Kept
from captain.oneclick.substitution import RandomHex
from swarm.engine import Config, Engine, NotFound


@dataclass(frozen=True, slots=True)
class Record:
    """`values` has every variable; `seed`, hexadecimal, is what digits in the midst of the services come from.

    `instructions` are what the template says at the end, with the values in it, which may be secret.
    """

    app: str
    template: str
    seed: str
    values: Mapping[str, str]
    instructions: str = ""


def kept(engine: Engine, app: str) -> Record | None:
    """The record of the installation of that name; None where there is none. `CaptainError` if it is no record."""
    config = _newest(engine, app)
    return None if config is None else _record(config, app)


def keep(engine: Engine, record: Record) -> None:
    """In the place of what was kept, which goes once the new one is there.

    `CaptainError` if what was kept is no record, or others keep writing it.
    """
    content: dict[str, object] = {
        "template": record.template,
        "seed": record.seed,
        "values": dict(record.values),
        "instructions": record.instructions,
    }
    before = _newest(engine, record.app)
    if before is None or not _says(before, record.app, content):
        data = json.dumps(content, sort_keys=True).encode()
        _numbered(record.app).change(engine, lambda _: data)
    _forget_unnumbered(engine, record.app)


def digits_from(seed: str) -> RandomHex:
    """Hexadecimal digits that are the same for the same seed, others at each call."""
    calls = 0

    def digits(count: int) -> str:
        nonlocal calls
        calls += 1
        made = hashlib.shake_256(f"{seed}:{calls}".encode()).hexdigest((count + 1) // 2)
        return made[:count]

    return digits


def _numbered(app: str) -> Kept:
    return Kept(f"template.{app}", TEMPLATE_LABEL, app, {})


def _newest(engine: Engine, app: str) -> Config | None:
    return _numbered(app).newest(engine) or _unnumbered(engine, app)


def _unnumbered(engine: Engine, app: str) -> Config | None:
    """What captain wrote before records had numbers."""
    own = engine.configs(f"{TEMPLATE_LABEL}={app}")
    return next((config for config in own if config.name == f"template.{app}"), None)


def _forget_unnumbered(engine: Engine, app: str) -> None:
    """Where a numbered one has taken its place."""
    config = _unnumbered(engine, app)
    if config is not None and _numbered(app).newest(engine) is not None:
        with suppress(NotFound):
            engine.remove_config(config.id)


def _record(config: Config, app: str) -> Record:
    try:
        content = json.loads(config.data)
        values = {str(name): str(value) for name, value in content["values"].items()}
        instructions = str(content.get("instructions", ""))
        return Record(app, str(content["template"]), str(content["seed"]), values, instructions)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CaptainError(
            f"The config {config.name} should say how {app} was made and does not: docker config rm {config.name}"
        ) from error


def _says(config: Config, app: str, content: Mapping[str, object]) -> bool:
    """Whether it has this content; that one of before has no instructions is nothing to write it again for."""
    _record(config, app)
    return {**content, **json.loads(config.data)} == content
