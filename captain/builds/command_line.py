"""`captain deploy APP`: from a source, or an image, to a release that is live."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias

from captain.apps import edges
from captain.apps.app_plan import Observed, plan
from captain.apps.app_releases import running_number
from captain.apps.app_rollout import Outcome, Place, roll_out
from captain.apps.app_spec import AppSpec, Http, name_mistake
from captain.apps.observe import observe
from captain.apps.turn import turn
from captain.builds import tarball
from captain.builds.builds import Builds
from captain.builds.context import Source
from captain.builds.following import followed
from captain.builds.leftovers import remove_unneeded
from captain.builds.queue import State
from captain.builds.settings import from_environment
from captain.caprover.definition import FILE
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.image_name import is_image_name
from captain.swarm_check import check_manager
from swarm.engine import Engine

Write: TypeAlias = Callable[[str], object]
_STANDARD_INPUT = "-"
_USUAL_PORT = 80
_UNBUILT = "sha256:" + "0" * 64
_PIECE = 64 * 1024
COMMANDS = ("deploy",)


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The command's arguments; `shared` adds those that all have, such as --stack."""
    parser = commands.add_parser(
        "deploy",
        help="build a source, or take an image, and make it an app's new release",
        description="Build a source, or take an image, and make it the app's new release; the rest of the app stays as "
        "it is, and a new app is made. If the build fails, or the release does not get healthy and routed, the old one "
        "goes on serving, and the exit code is 1.",
    )
    for add in shared:
        add(parser)
    parser.add_argument("app", metavar="APP", help="the app's name")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--tar", metavar="FILE", help="a tar of the source, plain or with gzip; - for standard input")
    what.add_argument("--source", type=Path, metavar="DIR", help="a folder with the source; its .git is left out")
    what.add_argument("--image", metavar="NAME", help="an image that is there already; nothing is built")
    parser.add_argument(
        "--definition", default=FILE, metavar="PATH", help="where the source has its captain-definition (%(default)s)"
    )
    parser.add_argument(
        "--port", type=int, metavar="PORT", help=f"where a new app listens in its container ({_USUAL_PORT})"
    )
    parser.add_argument("--json", action="store_true", help="for programs; how it gets on goes to standard error")


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """The exit code: 1 if it is not live. Raises `CaptainError`."""
    check_manager(engine)
    tell = sys.stderr.write if options.json else write

    def say(line: str) -> None:
        tell(f"{line}\n")
        sys.stderr.flush()

    sights = partial(edges.ask, engine, options.stack)
    place = Place(engine, options.stack, domains, say, sights)
    # Before minutes go into a build: whether the app could be rolled out at all.
    wanted = _wanted(place, options, options.image or _UNBUILT)
    outcomes: list[Outcome] = []

    def deploy(image: str, say: Callable[[str], object]) -> str:
        with turn(Path(tempfile.gettempdir()), options.app, say):
            told = replace(place, say=say)
            outcomes.append(roll_out(told, _wanted(told, options, image), _note(options)))
        return outcomes[-1].why

    why = deploy(options.image, say) if options.image else _build(options, wanted, deploy, say)
    if not why:
        remove_unneeded(engine, say)
    return _tell(options, outcomes, why, write)


def _wanted(place: Place, options: argparse.Namespace, image: str) -> AppSpec:
    """The app with that image: as its running release has it, or a new one. `CaptainError` where it cannot be."""
    mistake = name_mistake(options.app)
    if mistake:
        raise CaptainError(f"The name {options.app} {mistake}.")
    if not image.startswith("sha256:") and not is_image_name(image):
        raise CaptainError(f"'{image}' is no name of an image, such as nginx:1.27.")
    observed = observe(place.engine, place.stack, place.domains)
    running = _running(observed, options.app)
    if running is not None and options.port is not None and running.http != Http(options.port):
        raise CaptainError(f"--port is for a new app: {options.app} keeps its own until apply is given another.")
    port = _USUAL_PORT if options.port is None else options.port
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
    builds = Builds(partial(Engine.from_socket, options.socket), folder, settings.limits, settings.parallel)
    source = Source(_tar(options, folder), definition_path=options.definition)
    ended = followed(builds, folder, options.app, source, deploy, app.environment, say)
    return ended.why if ended.state is not State.DONE else ""


def _tar(options: argparse.Namespace, folder: Path) -> BinaryIO:
    try:
        if options.source is not None:
            return _packed(options.source, folder)
        if options.tar == _STANDARD_INPUT:
            return tarball.spool(iter(lambda: sys.stdin.buffer.read(_PIECE), b""), folder)
        return Path(options.tar).open("rb")
    except OSError as error:
        raise CaptainError(f"Cannot read {options.source or options.tar}: {error}.") from error


def _packed(source: Path, folder: Path) -> BinaryIO:
    if not source.is_dir():
        raise CaptainError(f"{source} is no folder: name the one with the source, or give --tar FILE.")
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (closed by whoever builds it)
    tarball.from_folder(source, file)
    return file


def _tell(options: argparse.Namespace, outcomes: Sequence[Outcome], why: str, write: Write) -> int:
    outcome = outcomes[-1] if outcomes else None
    if options.json:
        answer = {
            "app": options.app,
            "live": not why,
            "release": (outcome.release or None) if outcome else None,
            "step": outcome.kind.name.lower() if outcome else "build",
            "seconds": round(outcome.seconds, 1) if outcome else None,
            "why": why,
            "log": list(outcome.log) if outcome else [],
        }
        write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    elif outcome is None:
        write(f"{options.app}: nothing was deployed: {why}\n")
    elif why:
        write(f"{options.app}: release {outcome.release} failed after {outcome.seconds:.0f} s: {why}\n")
        write("".join(f"    | {line}\n" for line in outcome.log))
    else:
        write(f"{options.app}: release {outcome.release} is live after {outcome.seconds:.1f} s\n")
    return 1 if why else 0
