"""Where projects are kept: all of them in one config of the Swarm, and which one an app is in beside the app's others.

An app is moved without a release: nothing of how it runs has to do with its project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from captain.caprover.projects import Projects, dump, parse
from captain.credentials import STACK_LABEL
from captain.kept import Kept
from captain.labels import PROJECT_LABEL
from swarm.engine import Engine


def read(engine: Engine, stack: str) -> Projects:
    """All of them."""
    return parse(_kept(stack).read(engine))


def change(engine: Engine, stack: str, changed: Callable[[Projects], Projects]) -> None:
    """Make others of them, in the order of those who ask."""
    _kept(stack).change(engine, lambda data: dump(changed(parse(data))))


def members(engine: Engine) -> Mapping[str, str]:
    """The project's id by app, for those that are in one."""
    found: dict[str, tuple[int, str]] = {}
    for config in engine.configs(PROJECT_LABEL):
        number, app = int(config.name.rpartition(".")[2]), config.labels[PROJECT_LABEL]
        if number > found.get(app, (0, ""))[0]:
            found[app] = (number, config.data.decode())
    return {app: project for app, (_, project) in found.items()}


def move(engine: Engine, app: str, project_id: str) -> None:
    """Into another project, or out of it with an empty id."""
    kept = Kept(f"project.{app}", PROJECT_LABEL, app, {})
    if project_id:
        kept.change(engine, lambda _: project_id.encode())
    else:
        kept.remove(engine)


def _kept(stack: str) -> Kept:
    return Kept("captain.projects", "flotilla.captain.projects", stack, {STACK_LABEL: stack})
