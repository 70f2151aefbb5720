"""Where captain keeps what its apps' jobs have done: a config for each app, in the Swarm's own store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from captain.errors import CaptainError
from captain.jobs.record import History, dump, load
from captain.kept import Kept
from captain.labels import JOB_LABEL
from swarm.engine import Engine, NotFound

BOOK_LABEL = "flotilla.jobs"

Histories = Mapping[str, History]


def histories(engine: Engine) -> Mapping[str, Histories]:
    """Of all apps by name, and in each by job."""
    found: dict[str, tuple[int, Histories]] = {}
    for config in engine.configs(BOOK_LABEL):
        app, number = config.labels[BOOK_LABEL], int(config.name.rpartition(".")[2])
        if number > found.get(app, (0, {}))[0]:
            found[app] = (number, _load(config.data, config.name))
    return {app: own for app, (_, own) in found.items()}


def history(engine: Engine, app: str) -> Histories:
    """Of one app, by job."""
    return _load(_kept(app).read(engine), f"jobs.{app}")


def change(engine: Engine, app: str, made: Callable[[Histories], Histories]) -> Histories:
    """Keep what `made` makes of it, in the order of those who ask."""
    name = f"jobs.{app}"
    return _load(_kept(app).change(engine, lambda before: dump(made(_load(before, name)))), name)


def remove_jobs(engine: Engine, app: str) -> None:
    """Take the runs of an app's jobs away, and what is kept of them."""
    for service in engine.services(f"{JOB_LABEL}={app}"):
        with suppress(NotFound):
            engine.remove_service(service.id)
    _kept(app).remove(engine)


def _load(data: bytes, config: str) -> Histories:
    try:
        return load(data)
    except ValueError as error:
        raise CaptainError(f"The config {config} should hold runs of jobs and does not: docker config rm it") from error


def _kept(app: str) -> Kept:
    return Kept(f"jobs.{app}", BOOK_LABEL, app, {})
