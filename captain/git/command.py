"""How captain runs git: with no configuration but its own, and within limits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

MOST_PUSH_BYTES = 256 * 2**20
"""Of one push's pack; the edge may take less (`FLOTILLA_EDGE_BODY_MB`)."""

_HOOKS = Path(__file__).parent / "hooks"
_MOST_MEMORY_BYTES = 96 * 2**20
"""Of one process, on top of the files that it maps: git runs in captain's container, and shares its limit."""
_MOST_CPU_SECONDS = 300


def _settings() -> Mapping[str, str]:
    return {
        # Only captain's own hook, whatever is in a repository.
        "core.hooksPath": str(_HOOKS),
        "core.logAllRefUpdates": "false",
        "init.defaultBranch": "main",
        # What a client may ask for.
        "http.receivepack": "true",
        "http.uploadpack": "false",
        "http.getanyfile": "false",
        "receive.maxInputSize": str(MOST_PUSH_BYTES),
        "receive.shallowUpdate": "true",
        # A push that waits for its deployment says something this often, or the edge would take it for dead.
        "receive.keepAlive": "5",
        # Each push is one pack, and a few packs become one before the push ends, so that nobody else is at it.
        "receive.autogc": "true",
        "transfer.unpackLimit": "1",
        "gc.autoPackLimit": "10",
        "gc.autoDetach": "false",
        "gc.pruneExpire": "now",
        # Memory.
        "core.bigFileThreshold": "4m",
        "core.deltaBaseCacheLimit": "16m",
        "core.packedGitLimit": "64m",
        "core.packedGitWindowSize": "8m",
        "pack.deltaCacheSize": "8m",
        "pack.threads": "1",
        "pack.windowMemory": "16m",
    }


def git(*words: str, most_file_bytes: int = 0) -> tuple[str, ...]:
    """The command with its limits; a file that it writes has at most so many bytes, or any number.

    In Debian prlimit is where setpriv is, which every container starts with.
    """
    size = (f"--fsize={most_file_bytes}",) if most_file_bytes else ()
    return ("prlimit", f"--data={_MOST_MEMORY_BYTES}", f"--cpu={_MOST_CPU_SECONDS}", *size, "git", *words)


def environment(more: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Everything that git is told by its environment; nothing of captain's own."""
    found = _settings()
    settings = {"GIT_CONFIG_COUNT": str(len(found))}
    for number, (key, value) in enumerate(found.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        **settings,
        **more,
    }
