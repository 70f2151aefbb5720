"""The commands that make apps, over captain's API: the same words and exit codes as in the image."""

from __future__ import annotations

import argparse
import gzip
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from captain.apps.app_document import Document, document
from captain.apps.app_file import parse_apps
from captain.cli import said
from captain.cli.app_arguments import USUAL_PORT
from captain.cli.follow import cancelled_when_interrupted, outcome, rolled_out
from captain.cli.given import kept_port, require_image_name
from captain.cli.said import Row
from captain.cli.server import Refused, Server, app_path
from captain.cli.source import STANDARD_INPUT, source_of
from captain.cli.times import with_zone
from captain.errors import CaptainError

Write: TypeAlias = Callable[[str], object]
FAILED = 1
_LARGE = 1024**2
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a command works: captain's API, and where what it says goes; `say` tells people how it gets on."""

    server: Server
    options: argparse.Namespace
    write: Write
    say: Callable[[str], object]

    def answer(self, document: object, lines: Sequence[str]) -> int:
        """The end of a command that went well."""
        self.write(said.answer(document, lines, bool(self.options.json)))
        return 0

    def told(self, outcomes: Sequence[Row]) -> int:
        """What became of each; 1 if any failed."""
        self.answer({"apps": list(outcomes)}, said.outcome_lines(outcomes))
        return FAILED if any(row["why"] for row in outcomes) else 0


class _Sent:
    """Says how much of a large source is on its way, ten times in all."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._tenth = 0

    def __call__(self, done: int, whole: int) -> None:
        tenth = 10 * done // whole
        if whole >= _LARGE and tenth > self._tenth:
            self._tenth = tenth
            self._say(f"sent {done // 1024} of {whole // 1024} kB")


def run(remote: Remote) -> int:
    """One of `app_arguments.OF_APPS` or `OF_BUILDS`; the exit code. Raises `CaptainError`."""
    answer: Mapping[str, Callable[[Remote], int]] = {
        "plan": _plan,
        "apply": _apply,
        "apps": _list,
        "releases": _releases,
        "rollback": _rollback,
        "scale": _scale,
        "remove": _remove,
        "deploy": _deploy,
        "builds": _builds,
    }
    return answer[remote.options.command](remote)


def _wanted(options: argparse.Namespace) -> dict[str, Document]:
    """The file's apps by name, in its order."""
    if options.file == STANDARD_INPUT:
        text, where = sys.stdin.read(), options.called
    else:
        where = options.file
        try:
            text = Path(where).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CaptainError(f"Cannot read {where}: {error}.") from error
    return {app.name: document(app) for app in parse_apps(text, where)}


def _plan(remote: Remote) -> int:
    steps = remote.server.send("POST", "/plan", {"apps": _wanted(remote.options)})
    return remote.answer({"steps": steps}, said.plan_lines(steps))


def _apply(remote: Remote) -> int:
    wanted = _wanted(remote.options)
    # All of them before the first is touched: a mistake leaves nothing half done.
    for line in said.plan_lines(remote.server.send("POST", "/plan", {"apps": wanted})):
        remote.say(line)
    outcomes = []
    for name, app in wanted.items():
        outcomes.append(rolled_out(remote.server, remote.server.send("PUT", app_path(name), app), remote.say))
    return remote.told(outcomes)


def _list(remote: Remote) -> int:
    keys = ("app", "release", "image", "wanted", "ready", "ended", "rollout", "hosts")
    found = remote.server.get("/apps")
    rows = [{key: app[key] for key in keys} for app in found if app["release"] is not None]
    return remote.answer({"apps": rows}, said.app_lines(rows))


def _releases(remote: Remote) -> int:
    name = remote.options.app
    rows = [with_zone(row, "created_at") for row in remote.server.get(app_path(name, "releases"))]
    return remote.answer({"app": name, "releases": rows}, said.release_lines(rows))


def _rollback(remote: Remote) -> int:
    options = remote.options
    asked = remote.server.send("POST", app_path(options.app, "rollback"), {"release": options.release})
    return remote.told([rolled_out(remote.server, asked, remote.say)])


def _scale(remote: Remote) -> int:
    options = remote.options
    if options.replicas < 0:
        raise CaptainError(f"{options.replicas} replicas cannot be: give a whole number from 0.")
    asked = remote.server.send("PUT", app_path(options.app, "replicas"), {"replicas": options.replicas})
    return remote.told([rolled_out(remote.server, asked, remote.say)])


def _remove(remote: Remote) -> int:
    name = remote.options.app
    row = outcome(remote.server, remote.server.send("DELETE", app_path(name)), remote.say)
    if row["why"]:
        raise CaptainError(row["why"])
    return remote.answer({"removed": name}, said.app_removed(name))


def _builds(remote: Remote) -> int:
    options, path = remote.options, app_path(remote.options.app, "builds")
    if options.build is None:
        rows = [_with_zones(row) for row in remote.server.get(path)]
        return remote.answer({"app": options.app, "builds": rows}, said.build_lines(rows))
    one = _with_zones(remote.server.get(f"{path}/{options.build}"))
    return remote.answer(one, said.build_log_lines(one))


def _with_zones(row: Row) -> Row:
    for key in ("queued_at", "started_at", "ended_at"):
        row = with_zone(row, key)
    return row


def _deploy(remote: Remote) -> int:
    options = remote.options
    app = app_or_none(remote.server, options.app)
    if app is not None and options.port is not None and app.get("http") != {"port": options.port}:
        raise CaptainError(kept_port(options.app))
    row = _with_image(remote, app) if options.image else _from_source(remote)
    remote.answer(row, said.outcome_lines([row]))
    return FAILED if row["why"] else 0


def _with_image(remote: Remote, app: Document | None) -> Row:
    options = remote.options
    require_image_name(options.image)
    if app is None:
        port = USUAL_PORT if options.port is None else options.port
        new = {"image": options.image, "http": {"port": port}}
        asked = remote.server.send("PUT", app_path(options.app), new)
    else:
        asked = remote.server.send("PATCH", app_path(options.app), {"image": options.image})
    return rolled_out(remote.server, asked, remote.say)


def _from_source(remote: Remote) -> Row:
    options = remote.options
    with tempfile.TemporaryDirectory() as folder, _packed(source_of(options, Path(folder)), Path(folder)) as tar:
        query = {"definition": options.definition, "port": options.port}
        sent, path = _Sent(remote.say), app_path(options.app, "builds")
        asked = remote.server.upload("POST", path, tar, "application/gzip", sent, **query)
    with cancelled_when_interrupted(remote.server, asked):
        row = outcome(remote.server, asked, remote.say)
    return row if row["step"] else said.build_failed(options.app, row["why"])


def _packed(tar: BinaryIO, folder: Path) -> BinaryIO:
    """The same with gzip: it goes over a network."""
    if tar.read(len(_GZIP)) == _GZIP:
        tar.seek(0)
        return tar
    tar.seek(0)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (closed by whoever sends it)
    with tar, gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        shutil.copyfileobj(tar, packed)
    file.seek(0)
    return file


def app_or_none(server: Server, name: str) -> Document | None:
    """What an app is meant to be; None where there is none."""
    try:
        found: Any = server.get(app_path(name))
    except Refused as error:
        if error.code == "no_app":
            return None
        raise
    made: Document = found["document"]
    return made
