"""The kernel's accounts of one container, on cgroup v1 and v2.

Nothing here asks Docker: a container is found by its id in the tree's folder names, which every layout has
(`docker/ID`, `system.slice/docker-ID.scope`, a parent of one's own, a node that is itself a container).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_NANOSECONDS = 1_000_000_000
_MICROSECONDS = 1_000_000
_FOLDER = re.compile(r"(?:docker-)?([0-9a-f]{64})(?:\.scope)?")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a container used: CPU since it started, and memory that cannot be reclaimed at once."""

    cpu_seconds: float
    working_set_bytes: int


@dataclass(frozen=True, slots=True)
class Accounts:
    """The folders of one container: the same one twice on v2."""

    version: int
    cpu: str
    memory: str


def working_set_bytes(usage_bytes: int, inactive_file_bytes: int) -> int:
    """As cAdvisor has it: usage less the file pages that nobody touched lately; never below 0."""
    return max(0, usage_bytes - inactive_file_bytes)


def cpu_seconds_v1(cpuacct_usage: str) -> float:
    """From `cpuacct.usage`: one number, nanoseconds. ValueError if it is none."""
    return int(cpuacct_usage) / _NANOSECONDS


def cpu_seconds_v2(cpu_stat: str) -> float:
    """From `cpu.stat`: `usage_usec N` among other lines. ValueError without it."""
    return field(cpu_stat, "usage_usec") / _MICROSECONDS


def field(keyed: str, name: str) -> int:
    """The number of one `name number` line of a flat keyed file. ValueError if there is no such line."""
    start = 0 if keyed.startswith(f"{name} ") else keyed.find(f"\n{name} ") + 1
    if start == 0 and not keyed.startswith(f"{name} "):
        raise ValueError(f"no {name} in it")
    begin = start + len(name) + 1
    end = keyed.find("\n", begin)
    return int(keyed[begin:] if end < 0 else keyed[begin:end])


def container_id(folder: str) -> str | None:
    """The id in a folder's name, or None if the folder is no container's."""
    match = _FOLDER.fullmatch(folder)
    return match[1] if match else None


def version_of(root: Path) -> int:
    """1 or 2: which version is mounted at `root` (`/sys/fs/cgroup` of the node)."""
    return 2 if (root / "cgroup.controllers").exists() else 1


def find(root: Path, wanted: Iterable[str]) -> Mapping[str, Accounts]:
    """Where the containers of these ids have their accounts; without those that have none (yet, or any more).

    Walks the tree: call it for new containers only, for all of them at once.
    """
    ids = frozenset(wanted)
    if not ids:
        return {}
    if version_of(root) == 2:
        return {key: Accounts(2, path, path) for key, path in _folders(str(root), ids)}
    cpu = dict(_folders(str(root / "cpuacct"), ids))
    memory = dict(_folders(str(root / "memory"), ids))
    return {key: Accounts(1, cpu[key], memory[key]) for key in ids & cpu.keys() & memory.keys()}


def ids_beside(known: Iterable[Accounts]) -> frozenset[str]:
    """The ids of all containers that are in the same folders as the known ones. Cheap: a list of names."""
    found: set[str] = set()
    for folder in {one.cpu.rpartition("/")[0] for one in known}:
        try:
            names = os.listdir(folder)  # noqa: PTH208 - only names are wanted, a hundred times a second's work
        except OSError:  # removed meanwhile
            continue
        found.update(key for name in names if (key := container_id(name)) is not None)
    return frozenset(found)


def read(accounts: Accounts) -> Usage | None:
    """What the container used until now; None if it is gone."""
    try:
        if accounts.version == 2:
            cpu = cpu_seconds_v2(_text(accounts.cpu, "cpu.stat"))
            usage = int(_text(accounts.memory, "memory.current"))
            inactive = field(_text(accounts.memory, "memory.stat"), "inactive_file")
        else:
            cpu = cpu_seconds_v1(_text(accounts.cpu, "cpuacct.usage"))
            usage = int(_text(accounts.memory, "memory.usage_in_bytes"))
            inactive = field(_text(accounts.memory, "memory.stat"), "total_inactive_file")
    except OSError:  # the folder went while we read: ENOENT, or ENODEV for a file already open
        return None
    return Usage(cpu, working_set_bytes(usage, inactive))


def _folders(top: str, ids: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(id, path) of every folder under `top` that belongs to one of the ids."""
    waiting = [top]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                folders = [(entry.name, entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:  # removed meanwhile
            continue
        for name, path in folders:
            found = container_id(name)
            if found in ids:
                yield found, path
            waiting.append(path)  # a node that is a container has containers below it


def _text(folder: str, name: str) -> str:
    descriptor = os.open(f"{folder}/{name}", os.O_RDONLY)
    try:
        return os.read(descriptor, 16_384).decode("ascii")
    finally:
        os.close(descriptor)
