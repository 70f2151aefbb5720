"""A build from a command: its log is said as it comes, and it ends with the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from captain.apps.turn import turn
from captain.builds.builds import Builds, Deploy
from captain.builds.context import Source
from captain.builds.queue import Build


def followed(
    builds: Builds,
    folder: Path,
    app: str,
    source: Source,
    deploy: Deploy,
    arguments: Mapping[str, str],
    say: Callable[[str], object],
) -> Build:
    """Build in the app's turn, saying the log; the build when it is over. An interruption cancels it."""
    with turn(folder, f"{app}.build", say):
        number = builds.submit(app, source, deploy, arguments=arguments).id
        try:
            _say_log(builds, number, say)
        except BaseException:  # an interruption, too: nobody waits for the build any more, and the caller is told
            builds.cancel(number)
            raise
        return builds.wait(number)


def _say_log(builds: Builds, number: int, say: Callable[[str], object]) -> None:
    seen = 0
    while True:
        part = builds.log(number, seen, wait_seconds=1.0)
        for line in part.lines:
            say(line)
        seen = part.first + len(part.lines) - 1
        if part.is_over and not part.lines:
            return
