"""The source that `captain deploy` is given, as a tar."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from captain.builds import tarball
from captain.errors import CaptainError

STANDARD_INPUT = "-"
_PIECE = 64 * 1024


def source_of(options: argparse.Namespace, folder: Path) -> BinaryIO:
    """An open file at its beginning, in `folder` where it is none yet. `CaptainError` for what cannot be read."""
    try:
        if options.source is not None:
            return _packed(options.source, folder)
        if options.tar == STANDARD_INPUT:
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
