"""The commands that run something of an app's: `exec` in a replica that is there, `run` in a task of its own."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from captain.apps.command_line import Write, place_of
from captain.apps.exec_gate import Inside, entered
from captain.apps.one_off import run as run_once
from captain.cli.app_arguments import given_words
from captain.credentials import Domains
from captain.swarm_check import check_manager
from swarm.engine import Engine, EngineError
from swarm.engine_exec import Terminal
from swarm.engine_logs import LogLine

_PIECE = 2**16


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of `app_arguments.OF_INSIDE`; the exit code of what ran. Raises `CaptainError`."""
    check_manager(engine)
    words = given_words(options)
    options.json = True  # what captain itself says goes to standard error
    place = place_of(engine, options, domains, write)
    if options.command == "run":
        return run_once(place, options.app, words, _tell)
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    terminal = _size() if is_terminal else None
    signal.signal(signal.SIGTERM, _leave)
    with entered(place, options.app, options.replica, words, terminal) as command:
        return _attached(command, is_terminal)


def _leave(*_: object) -> NoReturn:
    """In order, so that a gate goes with it."""
    sys.exit(128 + signal.SIGTERM)


def _tell(line: LogLine) -> None:
    stream = sys.stderr if line.is_error else sys.stdout
    stream.write(f"{line.text}\n")
    stream.flush()


def _size() -> Terminal:
    size = shutil.get_terminal_size()
    return Terminal(size.columns, size.lines)


def _attached(command: Inside, is_terminal: bool) -> int:
    with _raw(is_terminal):
        if is_terminal:
            _resized_with_ours(command)
        threading.Thread(target=_feed, args=(command,), daemon=True).start()
        for stream, piece in command.output():
            target = sys.stderr.buffer if stream == 2 else sys.stdout.buffer
            target.write(piece)
            target.flush()
    return command.exit_code()


def _feed(command: Inside) -> None:
    """Standard input to the command, until either ends."""
    with suppress(OSError):  # the command is over
        while piece := os.read(sys.stdin.fileno(), _PIECE):
            command.write(piece)
        command.close_input()


def _resized_with_ours(command: Inside) -> None:
    """The command's terminal gets the size of this one, now and whenever it changes."""
    changed = threading.Event()

    def follow() -> None:
        while changed.wait():
            changed.clear()
            with suppress(OSError, EngineError):  # the command is over
                command.resize(_size())

    # In a thread of its own: the signal comes while this one reads or writes.
    signal.signal(signal.SIGWINCH, lambda *_: changed.set())
    threading.Thread(target=follow, daemon=True).start()


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
