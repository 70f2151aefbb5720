"""Where a template comes from: a file, a folder of them, or a repository on the web."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captain.errors import CaptainError

if TYPE_CHECKING:
    import httpx

SUFFIXES = (".yml", ".yaml", ".json")
OFFICIAL = "https://oneclickapps.caprover.com"
_NAME = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """A template's text, the name that it goes by, and where it was."""

    name: str
    text: str
    where: str


def find(wanted: str, repository: str, client: httpx.Client | None = None) -> Found:
    """The template that a person named: a file, else a name in `repository`, the official one when that is empty.

    `repository` is a folder, a file, or an http(s) address. `CaptainError` where there is none, or it cannot be read.
    """
    at = repository or ("" if Path(wanted).is_file() else OFFICIAL)
    if not at:
        return _read(Path(wanted))
    if not _NAME.fullmatch(wanted):
        raise CaptainError(f"'{wanted}' is no file, and no name that a template of {at} could have.")
    if re.match(r"[a-z][a-z0-9+.-]*://", at, re.IGNORECASE):
        from captain.templates.repository import fetch  # noqa: PLC0415  (an HTTP client that files do not need)

        text, where = fetch(wanted, at, SUFFIXES, client)
        return Found(wanted, text, where)
    folder = Path(at)
    if folder.is_file():
        return _read(folder)
    files = [folder / f"{wanted}{suffix}" for suffix in SUFFIXES]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise CaptainError(f"{folder} has no template {wanted}: there is none of {', '.join(map(str, files))}.")
    return _read(file)


def _read(file: Path) -> Found:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaptainError(f"{file} cannot be read: {error}.") from error
    return Found(file.stem, text, str(file))
