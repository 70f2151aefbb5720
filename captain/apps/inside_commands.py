"""The commands that run something of an app's: `exec` in a replica that is there, `run` in a task of its own."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from captain.apps.app_rollout import Place
from captain.apps.command_line import Write, place_of
from captain.apps.observe import app_service, observe
from captain.apps.one_off import run as run_once
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.swarm_check import check_manager
from swarm.engine import Engine, NotFound, Task
from swarm.engine_exec import Exec, Terminal
from swarm.engine_logs import LogLine

_PIECE = 2**16


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `app_arguments.OF_INSIDE`; the exit code of what ran. Raises `CaptainError`."""
    check_manager(engine)
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    options.json = True  # what captain itself says goes to standard error
    place = place_of(engine, options, domains, write)
    if options.command == "run":
        return run_once(place, options.app, words, _tell)
    if not words:
        raise CaptainError(f"What is to be run? captain exec {options.app} -- COMMAND")
    task = _replica(place, options.app, options.replica)
    size = shutil.get_terminal_size()
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    terminal = Terminal(size.columns, size.lines) if is_terminal else None
    return _attached(Exec(engine, options.socket, task.container_id, words, terminal), is_terminal)


def _tell(line: LogLine) -> None:
    stream = sys.stderr if line.is_error else sys.stdout
    stream.write(f"{line.text}\n")
    stream.flush()


def _replica(place: Place, app: str, number: int | None) -> Task:
    """One that this engine has. `CaptainError` says where the others are."""
    app_service(observe(place.engine, place.stack, place.domains), app)
    ready = sorted((task for task in place.engine.tasks(app) if task.ready), key=lambda task: task.slot or 0)
    wanted = [task for task in ready if number in (None, task.slot)]
    if not wanted:
        there = ", ".join(str(task.slot) for task in ready) or "none"
        which = f"no replica {number}" if number is not None else "no replica"
        raise CaptainError(f"{app} has {which} that is ready; ready are {there}.")
    here = str(place.engine.info()["Swarm"].get("NodeID", ""))
    own = [task for task in wanted if task.node_id == here]
    if own:
        return own[0]
    nodes = {node.id: node.hostname for node in place.engine.nodes()}
    where = sorted({nodes.get(task.node_id, task.node_id) for task in wanted})
    raise CaptainError(
        f"{app} runs on {', '.join(where)}, where captain is not. There: docker exec -it "
        f"$(docker ps -q -f label=com.docker.swarm.service.name={app}) COMMAND; or run a command of its own on any "
        f"node: captain run {app} -- COMMAND"
    )


def _attached(command: Exec, is_terminal: bool) -> int:
    try:
        with _raw(is_terminal):
            command.start()
            threading.Thread(target=_feed, args=(command,), daemon=True).start()
            for stream, piece in command.output():
                target = sys.stderr.buffer if stream == 2 else sys.stdout.buffer
                target.write(piece)
                target.flush()
        return command.exit_code()
    except NotFound as error:
        raise CaptainError(f"The replica ended before the command began: {error}") from error
    finally:
        command.close()


def _feed(command: Exec) -> None:
    """Standard input to the command, until either ends."""
    with suppress(OSError):  # the command is over
        while piece := os.read(sys.stdin.fileno(), _PIECE):
            command.write(piece)
        command.close_input()


@contextmanager
def _raw(is_terminal: bool) -> Iterator[None]:
    """Keys go to the command as they are, for a block."""
    if not is_terminal:
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
