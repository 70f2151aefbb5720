"""What is given to a command beside its words: pairs, a value or a password that nobody is to see."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Collection, Sequence

from captain.errors import CaptainError
from captain.image_name import is_image_name


def pairs(entries: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE`, several times. `CaptainError` for what is none."""
    found = [entry.partition("=") for entry in entries]
    wrong = next((name for name, equals, _ in found if not equals or not name), None)
    if wrong is not None:
        raise CaptainError(f"'{wrong}' is not NAME=VALUE; nothing was changed.")
    return {name: value for name, _, value in found}


def line_pattern(text: str) -> re.Pattern[str] | None:
    """An expression that a line of a log has to fit somewhere; None for all lines."""
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise CaptainError(f"--grep '{text}' is no regular expression: {error}.") from error


def no_build(app: str, build: int) -> str:
    """Why there is nothing to show."""
    return f"No build {build} of {app} is kept: captain builds {app} lists those that are."


def kept_port(app: str) -> str:
    """Why an app that is there does not get another port."""
    return f"--port is for a new app: {app} keeps its own until apply is given another."


def require_image_name(image: str) -> None:
    """`CaptainError` for what is none."""
    if not is_image_name(image):
        raise CaptainError(f"'{image}' is no name of an image, such as nginx:1.27.")


def require_http(app: str, has_http: bool) -> None:
    """`CaptainError` for an app that the edge knows nothing of."""
    if not has_http:
        raise CaptainError(f"{app} has no http: the edge sends it nothing that it could ask a password for.")


def require_variables(app: str, environment: Collection[str], names: Sequence[str]) -> None:
    """`CaptainError` where the app has not all of them."""
    absent = [name for name in names if name not in environment]
    if absent:
        raise CaptainError(f"{app} has no {', '.join(absent)} in its environment; nothing was changed.")


def secret_value() -> bytes:
    """A secret's, from standard input; asked for at a terminal."""
    return getpass.getpass("Value: ").encode() if sys.stdin.isatty() else sys.stdin.buffer.read()


def app_password() -> str:
    """What the edge is to ask for before an app, from standard input; asked for at a terminal."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
