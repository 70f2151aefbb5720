"""`captain deploy APP`: from a source or an image to a release that is live. `captain builds APP`: the last ones."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from captain.apps.app_plan import Observed, plan
from captain.apps.app_releases import running_number
from captain.apps.app_rollout import Outcome, Place, roll_out
from captain.apps.app_spec import AppSpec, Http, name_mistake
from captain.apps.command_line import Write, place_of, turn_of
from captain.apps.observe import observe
from captain.apps.outcomes import as_json
from captain.builds.builds import Builds
from captain.builds.context import Source
from captain.builds.following import followed
from captain.builds.kept_builds import KeptBuilds, row, row_with_log
from captain.builds.leftovers import remove_unneeded
from captain.builds.queue import State
from captain.builds.settings import from_environment
from captain.cli import said
from captain.cli.app_arguments import USUAL_PORT
from captain.cli.given import kept_port, no_build, require_image_name
from captain.cli.source import source_of
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.registry.settings import connect
from captain.swarm_check import check_manager
from swarm.engine import Engine

_UNBUILT = "sha256:" + "0" * 64


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `app_arguments.OF_BUILDS`; the exit code: 1 if it is not live. Raises `CaptainError`."""
    check_manager(engine)
    if options.command == "builds":
        return _list(options, write)
    place = place_of(engine, options, domains, write)
    # Before minutes go into a build: whether the app could be rolled out at all.
    wanted = _wanted(place, options, options.image or _UNBUILT)
    outcomes: list[Outcome] = []

    def deploy(image: str, say: Callable[[str], object]) -> str:
        told = replace(place, say=say)
        with turn_of(told, options.app):
            outcomes.append(roll_out(told, _wanted(told, options, image), _note(options)))
        return outcomes[-1].why

    why = deploy(options.image, place.say) if options.image else _build(options, wanted, deploy, place.say)
    if not why:
        remove_unneeded(engine, place.say)
    return _tell(options, outcomes, why, write)


def _list(options: argparse.Namespace, write: Write) -> int:
    kept, app = KeptBuilds(Path(tempfile.gettempdir())), options.app
    if options.build is None:
        rows = [row(build) for build in kept.of(app)]
        write(said.answer({"app": app, "builds": rows}, said.build_lines(rows), options.json))
        return 0
    found = kept.get(app, options.build)
    if found is None:
        raise CaptainError(no_build(app, options.build))
    one = row_with_log(found)
    write(said.answer(one, said.build_log_lines(one), options.json))
    return 0


def _wanted(place: Place, options: argparse.Namespace, image: str) -> AppSpec:
    """The app with that image: as its running release has it, or a new one. `CaptainError` where it cannot be."""
    mistake = name_mistake(options.app)
    if mistake:
        raise CaptainError(f"The name {options.app} {mistake}.")
    if not image.startswith("sha256:"):
        require_image_name(image)
    observed = observe(place.engine, place.stack, place.domains)
    running = _running(observed, options.app)
    if running is not None and options.port is not None and running.http != Http(options.port):
        raise CaptainError(kept_port(options.app))
    port = USUAL_PORT if options.port is None else options.port
    if not 0 < port < 65536:
        raise CaptainError(f"--port is {port}: give the app's port, from 1 to 65535.")
    app = running or AppSpec(options.app, image, http=Http(port))
    app = replace(app, image=image, replicas=None)  # the live count is carried
    plan([app], observed)
    return app


def _running(observed: Observed, name: str) -> AppSpec | None:
    number = running_number(observed.services.get(name))
    return next((found.spec() for found in observed.releases.get(name, ()) if found.number == number), None)


def _note(options: argparse.Namespace) -> str:
    return "" if options.image else "built from a source"


def _build(
    options: argparse.Namespace, app: AppSpec, deploy: Callable[[str, Callable[[str], object]], str], say: Write
) -> str:
    folder, settings = Path(tempfile.gettempdir()), from_environment()
    builds = Builds(partial(connect, options.socket), folder, settings.limits, settings.parallel)
    source = Source(source_of(options, folder), definition_path=options.definition)
    ended = followed(builds, folder, options.app, source, deploy, app.environment, say)
    return ended.why if ended.state is not State.DONE else ""


def _tell(options: argparse.Namespace, outcomes: Sequence[Outcome], why: str, write: Write) -> int:
    told: said.Row = as_json(outcomes)[-1] if outcomes else said.build_failed(options.app, why)
    write(said.answer(told, said.outcome_lines([told]), options.json))
    return 1 if why else 0
