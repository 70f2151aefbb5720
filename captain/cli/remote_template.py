"""`captain template` on a laptop: templates are read here, and deployed over captain's API."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from captain import template_look
from captain.cli.follow import outcome
from captain.cli.remote_apps import Remote, Write
from captain.cli.said import Row
from captain.cli.server import app_path
from captain.errors import CaptainError
from captain.oneclick.template import Template, parse
from captain.oneclick.trial import same_digits
from captain.templates import told
from captain.templates.answers import answers, ask, with_name
from captain.templates.source import find


def deploy(remote: Remote) -> int:
    """The exit code: 1 if one of its apps is not live. Raises `CaptainError`."""
    options, server = remote.options, remote.server
    found = find(options.template, options.repository)
    template = parse(found.text, found.name)
    app = options.app or (found.name if Path(options.template).is_file() else options.template)
    given = with_name(answers(template, options.var), app)
    if not options.yes:
        if options.json or not sys.stdin.isatty():
            raise CaptainError("There is nobody to ask: give values with --var NAME=VALUE, and --yes.")
        remote.say(f"{template.display_name} from {found.where}")
        given = _asked(remote, template, given, server.get(app_path(app, "template")))
    allowed = options.allow_docker_socket
    wanted = {"template": found.name, "text": found.text, "values": given, "allow_docker_socket": allowed}
    for line in told.plan_lines(server.send("POST", app_path(app, "template", "plan"), wanted)):
        remote.say(line)
    if not options.yes and input("Deploy? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CaptainError("Nothing was changed.")
    asked = server.send("POST", app_path(app, "template"), wanted)
    row = outcome(server, asked, remote.say)
    if row["why"]:
        raise CaptainError(
            f"{row['why']} Run it again to go on with the same secrets, or take it away: captain remove {app}"
        )
    instructions = str(server.get(app_path(app, "template"))["instructions"])
    lines = told.ended_lines(app, {"apps": [row], "not_begun": [], "instructions": instructions})
    return remote.answer({"apps": [row], "instructions": instructions}, lines)


def _asked(remote: Remote, template: Template, given: dict[str, str], known: Row) -> dict[str, str]:
    """With what a person says. What the app was given before stays with captain, and is not asked for."""
    kept = {variable.id: variable.default for variable in template.variables if variable.id in known["answered"]}
    found = ask(template, {**kept, **given}, known["domain"], same_digits, input, remote.say)
    return {name: value for name, value in found.items() if name in given or name not in kept}


def look(options: argparse.Namespace, write: Write) -> int:
    """`check` and `show`, which need no captain; the exit code. Raises `CaptainError`."""
    if options.action == "check" and options.on_swarm:
        paths = " ".join(map(str, options.paths))
        raise CaptainError(
            "check --on-swarm is not to be had over captain's API. On a manager of the Swarm: "
            f"./swarm/captain.sh template check --on-swarm {paths}"
        )
    return template_look.run(options, write)
