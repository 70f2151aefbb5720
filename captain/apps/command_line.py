"""The commands about apps: their arguments, what they do, what they say."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias

from captain.apps import app_drafts, edges
from captain.apps.app_document import changes
from captain.apps.app_endings import ended
from captain.apps.app_file import parse_apps
from captain.apps.app_plan import Observed, as_json, as_lines, hosts, plan
from captain.apps.app_releases import Release, running_number, to_go_back_to, word
from captain.apps.app_rollout import Outcome, Place, remove, roll_out
from captain.apps.app_service import TEMPLATE_LABEL
from captain.apps.app_spec import AppSpec
from captain.apps.observe import app_service, observe
from captain.apps.outcomes import as_json as outcomes_json
from captain.apps.outcomes import as_lines as outcomes_lines
from captain.apps.scale import scale
from captain.apps.turn import turn
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.rollout import by_service
from captain.swarm_check import check_manager
from swarm.engine import Engine, Task

Write: TypeAlias = Callable[[str], object]
_STANDARD_INPUT = "-"
_FAILED = 1


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The commands' arguments; `shared` adds those that all have, such as --stack."""

    def command(name: str, summary: str, more: str = "") -> argparse.ArgumentParser:
        whole = f"{summary[0].upper()}{summary[1:]}. {more}".strip()
        parser = commands.add_parser(name, help=summary, description=whole)
        for add in shared:
            add(parser)
        parser.add_argument("--json", action="store_true", help="for programs; how it gets on goes to standard error")
        return parser

    planning = command("plan", "say what apply would do, and what it restarts", "Writes nothing.")
    applying = command(
        "apply",
        "make apps as a captain.yml says",
        "An app is deployed when every replica is healthy and every edge routes to it; otherwise it is put back to "
        "what ran before, the reason is said, and the exit code is 1.",
    )
    for parser in (planning, applying):
        parser.add_argument(
            "-f", "--file", default="captain.yml", metavar="FILE", help="the file, - for standard input (%(default)s)"
        )
        parser.add_argument(
            "--called", default="standard input", metavar="NAME", help="what mistakes call the standard input"
        )
    command("apps", "list apps")
    releases = command("releases", "list an app's releases, and what each changed")
    back = command("rollback", "go back to an earlier release", "It becomes a release of its own.")
    scaling = command("scale", "set an app's number of replicas, and wait for them")
    removing = command("remove", "take an app away with its releases; volumes stay")
    for parser in (releases, back, scaling, removing):
        parser.add_argument("app", metavar="APP", help="the app's name")
    back.add_argument("release", nargs="?", type=int, metavar="RELEASE", help="its number; the one before without it")
    scaling.add_argument("replicas", type=int, metavar="N", help="how many")


COMMANDS = ("plan", "apply", "apps", "releases", "rollback", "scale", "remove")


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `COMMANDS`; the exit code. Raises `CaptainError`."""
    check_manager(engine)
    place = place_of(engine, options, domains, write)
    answer: Mapping[str, Callable[[], int]] = {
        "plan": lambda: _plan(place, options, write),
        "apply": lambda: _apply(place, _apps(options), options.json, write),
        "apps": lambda: _list(place, options.json, write),
        "releases": lambda: _releases(place, options.app, options.json, write),
        "rollback": lambda: _rollback(place, options, write),
        "scale": lambda: _scale(place, options, write),
        "remove": lambda: _remove(place, options, write),
    }
    return answer[options.command]()


def place_of(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> Place:
    """Where a command works; how it gets on goes to standard error where its answer is for a program."""
    tell = sys.stderr.write if options.json else write
    sights = partial(edges.ask, engine, options.stack)
    return Place(engine, options.stack, domains, lambda line: tell(f"{line}\n"), sights)


def _apps(options: argparse.Namespace) -> tuple[AppSpec, ...]:
    if options.file == _STANDARD_INPUT:
        return parse_apps(sys.stdin.read(), options.called)
    try:
        text = Path(options.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaptainError(f"Cannot read {options.file}: {error}.") from error
    return parse_apps(text, options.file)


def _plan(place: Place, options: argparse.Namespace, write: Write) -> int:
    steps = plan(_apps(options), observe(place.engine, place.stack, place.domains))
    show({"steps": as_json(steps)}, as_lines(steps), options.json, write)
    return 0


def _apply(place: Place, apps: Sequence[AppSpec], as_program: bool, write: Write) -> int:
    # All of them before the first is touched: a mistake leaves nothing half done.
    for line in as_lines(plan(apps, observe(place.engine, place.stack, place.domains))):
        place.say(line)
    outcomes = []
    for app in apps:
        with turn_of(place, app.name):
            outcomes.append(roll_out(place, app))
    return said(outcomes, as_program, write)


def turn_of(place: Place, app: str) -> AbstractContextManager[None]:
    """The app's turn on this machine, for a block."""
    return turn(Path(tempfile.gettempdir()), app, place.say)


def said(outcomes: Sequence[Outcome], as_program: bool, write: Write) -> int:
    """What became of each; 1 if any failed."""
    show({"apps": outcomes_json(outcomes)}, outcomes_lines(outcomes), as_program, write)
    return _FAILED if any(outcome.why for outcome in outcomes) else 0


def _list(place: Place, as_program: bool, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    names = sorted(observed.releases.keys() & observed.services.keys())
    tasks = by_service(place.engine.tasks(filters={"service": names})) if names else {}
    rows = []
    for name in names:
        rows.append(_row(name, observed, tasks.get(observed.services[name].id, [])))
    lines = [_line(row) for row in rows] or ["no apps yet: captain apply -f captain.yml"]
    show({"apps": rows}, lines, as_program, write)
    return 0


def _row(name: str, observed: Observed, tasks: Sequence[Task]) -> dict[str, object]:
    service = observed.services[name]
    number = running_number(service)
    spec = next((found.spec() for found in observed.releases[name] if found.number == number), None)
    return {
        "app": name,
        "release": number,
        "image": service.image,
        "wanted": service.replicas,
        "ready": sum(task.ready for task in tasks),
        "ended": ended(service, tasks),
        "rollout": service.update_state or "none",
        "hosts": [] if spec is None else list(hosts(spec, observed.domain)),
    }


def _line(row: Mapping[str, object]) -> str:
    where = row["hosts"] if isinstance(row["hosts"], list) else []
    counts = f"{row['ready']}/{row['wanted']} ready" + (f", {row['ended']} ended with 0" if row["ended"] else "")
    return "  ".join([f"{row['app']}", f"release {row['release']}", counts, f"{row['image']}", *where])


def _releases(place: Place, name: str, as_program: bool, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    service = app_service(observed, name)
    own = observed.releases[name]
    lines, rows = list[str](), list[dict[str, object]]()
    for number, release in enumerate(own):
        changed = changes(own[number - 1].document, release.document) if number else []
        at = release.created_at.astimezone(UTC) if release.created_at else datetime.fromtimestamp(0, UTC)
        state = word(release, service)
        note = f"  ({release.note})" if release.note else ""
        lines.append(f"{release.number:>4}  {at:%Y-%m-%d %H:%M:%S} UTC  {state:<10} {release.image}{note}")
        lines += [f"        {line}" for line in changed]
        rows.append(
            {
                "release": release.number,
                "created_at": at.isoformat(timespec="seconds"),
                "state": state,
                "image": release.image,
                "note": release.note,
                "changes": changed,
            }
        )
    show({"app": name, "releases": rows}, lines, as_program, write)
    return 0


def _rollback(place: Place, options: argparse.Namespace, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    service = app_service(observed, options.app)
    own = observed.releases[options.app]
    release: Release | None = to_go_back_to(own, service)
    if options.release is not None:
        release = next((found for found in own if found.number == options.release), None)
    if release is None:
        kept = ", ".join(str(found.number) for found in own)
        raise CaptainError(f"{options.app} has no such release to go back to; kept are {kept}.")
    # The count is the live one: it is not what is gone back on.
    with turn_of(place, options.app):
        outcome = roll_out(place, replace(release.spec(), replicas=None), f"rollback to {release.number}")
    return said([replace(outcome, back_to=release.number)], options.json, write)


def _scale(place: Place, options: argparse.Namespace, write: Write) -> int:
    with turn_of(place, options.app):
        outcome = scale(place, options.app, options.replicas)
    return said([outcome], options.json, write)


def _remove(place: Place, options: argparse.Namespace, write: Write) -> int:
    observed = observe(place.engine, place.stack, place.domains)
    of_a_template = any(own.labels.get(TEMPLATE_LABEL) == options.app for own in place.engine.configs())
    # What a kill left of a removal is removed, too, and what is kept of a template whose first app did not get live.
    if options.app not in observed.releases and not of_a_template:
        app_service(observed, options.app)
    with turn_of(place, options.app):
        remove(place, options.app)
        app_drafts.remove(place.engine, options.app)
    show({"removed": options.app}, [f"{options.app} removed with its releases; its volumes stay"], options.json, write)
    return 0


def show(document: object, lines: Sequence[str], as_program: bool, write: Write) -> None:
    """The lines, or for programs the document."""
    if as_program:
        lines = [json.dumps(document, indent=2, ensure_ascii=False)]
    write("".join(f"{line}\n" for line in lines))
