"""The generated files on disk: which differ, and writing them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.sdk.prose import COMMAND


def differing(root: Path, generated: Mapping[str, str]) -> list[str]:
    """Paths below `root` whose file is missing or other than generated, or that nothing generates any more."""
    other = [path for path, text in generated.items() if _bytes(root / path) != text.encode()]
    return sorted(other + _left_over(root, generated))


def write(root: Path, generated: Mapping[str, str]) -> list[str]:
    """Makes the files what was generated; the paths of those that changed."""
    changed = differing(root, generated)
    for path in changed:
        if path in generated:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(generated[path].encode())
        else:
            (root / path).unlink()
    return changed


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _left_over(root: Path, generated: Mapping[str, str]) -> list[str]:
    """Files beside the generated ones that say they are generated."""
    folders = {(root / path).parent for path in generated}
    beside = (path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file())
    marked = (path for path in beside if COMMAND.encode() in path.read_bytes().partition(b"\n")[0])
    return [name for path in marked if (name := path.relative_to(root).as_posix()) not in generated]
