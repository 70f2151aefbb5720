"""The commands about an app that runs, over captain's API: the same words and exit codes as in the image."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from captain.apps.app_document import Document
from captain.apps.app_metrics import as_lines, told
from captain.apps.password import password_hash
from captain.cli import said
from captain.cli.app_arguments import given_words
from captain.cli.follow import rolled_out
from captain.cli.given import app_password, line_pattern, pairs, require_http, require_variables, secret_value
from captain.cli.remote_apps import Remote
from captain.cli.said import Row
from captain.cli.server import NoAnswer, Server, app_path, secret_path
from captain.cli.times import with_zone
from captain.errors import CaptainError

_MOST_LINES = 5000
"""What captain gives at once (`docs/captain-api.md`)."""
_MOST_NOTE = 200


def run(remote: Remote) -> int:
    """One of `daily_arguments.COMMANDS`, `exec`, `run`, `status` or `metrics`; the exit code. Raises `CaptainError`."""
    answer: Mapping[str, Callable[[Remote], int]] = {
        "logs": _logs,
        "events": _events,
        "env": _environment,
        "secret": _secret,
        "autoscale": _autoscale,
        "auth": _auth,
        "exec": _exec,
        "run": _run,
        "status": _status,
        "metrics": _metrics,
    }
    return answer[remote.options.command](remote)


def _status(remote: Remote) -> int:
    document = remote.server.get("/status")
    return remote.answer(document, said.status_lines(document))


def _metrics(remote: Remote) -> int:
    document = remote.server.get(app_path(remote.options.app, "metrics"))
    return remote.answer(document, as_lines(told(document)))


def _logs(remote: Remote) -> int:
    options = remote.options
    wanted = line_pattern(options.grep)
    path, query = app_path(options.app, "logs"), {"since": options.since, "tail": options.tail}
    if options.follow:
        found: Iterator[Row] = _followed(remote.server, path, "line", query)
    else:
        answer = remote.server.get(path, **query)
        found = iter(answer["lines"])
        if answer["is_cut"]:
            sys.stderr.write(said.newest_lines(_MOST_LINES))
    for row in found:
        if wanted is None or wanted.search(row["line"]):
            line = with_zone(row, "time")
            remote.write((_row(line) if options.json else said.log_line(line, with_time=options.timestamps)) + "\n")
    return 0


def _events(remote: Remote) -> int:
    options = remote.options
    query = {"app": options.app, "since": options.since}
    found = _followed(remote.server, "/history", "happened", query) if options.follow else None
    for row in remote.server.get("/history", **query) if found is None else found:
        event = with_zone(row, "time")
        remote.write((_row(event) if options.json else said.event_line(event)) + "\n")
    return 0


def _followed(server: Server, path: str, kind: str, query: Mapping[str, Any]) -> Iterator[Row]:
    for event in server.events("GET", path, **query):
        if event.kind == "problem":
            raise CaptainError(event.data["detail"])
        if event.kind == kind:
            yield event.data
    raise NoAnswer("captain ended the answer: run the command again to go on.")


def _row(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def _environment(remote: Remote) -> int:
    options = remote.options
    if options.action == "list":
        if remote.server.get("/me")["scope"] not in ("deploy", "admin"):
            raise CaptainError("Your token may not see the values of an environment: log in with one that may deploy.")
        environment = _document(remote.server, options.app).get("environment", {})
        return remote.answer({"app": options.app, "environment": environment}, said.environment_lines(environment))
    names = [entry.partition("=")[0] for entry in options.entries]
    if options.action == "set":
        changed: dict[str, str | None] = {**pairs(options.entries)}
    else:
        require_variables(options.app, _document(remote.server, options.app).get("environment", {}), names)
        changed = dict.fromkeys(names)
    return _patched(remote, {"environment": changed}, f"env {options.action} {' '.join(names)}")


def _document(server: Server, app: str) -> Document:
    found: Document = server.get(app_path(app))["document"]
    return found


def _patched(remote: Remote, patch: Mapping[str, object], note: str) -> int:
    asked = remote.server.send("PATCH", app_path(remote.options.app), patch, note=note[:_MOST_NOTE])
    return remote.told([rolled_out(remote.server, asked, remote.say)])


def _secret(remote: Remote) -> int:
    options, server = remote.options, remote.server
    if options.action == "list":
        rows = [with_zone(row, "created_at") for row in server.get("/secrets")]
        return remote.answer({"secrets": rows}, said.secret_lines(rows))
    if options.action == "set":
        return _set_secret(remote)
    if options.app is None:
        server.send("DELETE", secret_path(options.name))
        return remote.answer({"removed": options.name}, said.secret_removed(options.name))
    asked = server.send("DELETE", app_path(options.app, "secrets", options.name))
    return remote.told([rolled_out(server, asked, remote.say)])


def _set_secret(remote: Remote) -> int:
    options, server = remote.options, remote.server
    if options.app is not None:
        _document(server, options.app)  # before anybody is asked for the value
    value, kind = io.BytesIO(secret_value()), "application/octet-stream"
    asked = server.upload("PUT", secret_path(options.name), value, kind, lambda done, whole: None, app=options.app)
    if not asked:
        return remote.answer({"apps": []}, said.secret_kept(options.name))
    return remote.told([rolled_out(server, deployment, remote.say) for deployment in asked])


def _autoscale(remote: Remote) -> int:
    options = remote.options
    if not options.settings:
        found = _document(remote.server, options.app).get("autoscale") or {}
        order = (*(key for key in ("min", "max") if key in found), *(key for key in found if key not in ("min", "max")))
        settings = {name: str(found[name]) for name in order}
        document = {"app": options.app, "autoscale": settings or None}
        return remote.answer(document, said.autoscale_lines(options.app, settings))
    changed = None if options.settings == ["off"] else pairs(options.settings)
    return _patched(remote, {"autoscale": changed}, f"autoscale {' '.join(options.settings)}")


def _auth(remote: Remote) -> int:
    options = remote.options
    auth: dict[str, str] | None = None
    if options.user != "off":
        auth = {"user": options.user, "password_hash": password_hash(app_password())}
    require_http(options.app, "http" in _document(remote.server, options.app))
    return _patched(remote, {"http": {"basic_auth": auth}}, f"auth {options.user}")


def _exec(remote: Remote) -> int:
    options = remote.options
    words = given_words(options)
    wanted = {"command": words, "replica": options.replica}
    for event in remote.server.events("POST", app_path(options.app, "exec"), wanted):
        if event.kind == "output":
            stream = sys.stderr if event.data["stream"] == "stderr" else sys.stdout
            stream.flush()
            stream.buffer.write(base64.b64decode(event.data["base64"]))
            stream.buffer.flush()
        elif event.kind == "problem":
            raise CaptainError(event.data["detail"])
        elif event.kind == "exit":
            code: int = event.data["code"]
            return code
    raise NoAnswer("captain ended the answer before the command's end; the command may go on in the replica.")


def _run(remote: Remote) -> int:
    wanted = {"command": given_words(remote.options)}
    for event in remote.server.events("POST", app_path(remote.options.app, "runs"), wanted):
        if event.kind == "line":
            stream = sys.stderr if event.data["stream"] == "stderr" else sys.stdout
            stream.write(f"{event.data['line']}\n")
            stream.flush()
        elif event.kind == "note":
            sys.stderr.write(f"{event.data['text']}\n")
        elif event.kind == "problem":
            raise CaptainError(event.data["detail"])
        elif event.kind == "exit":
            code: int = event.data["code"]
            return code
    raise NoAnswer("captain ended the answer before the command's end, and with it the command: run it again.")
