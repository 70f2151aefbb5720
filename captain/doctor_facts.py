"""What `captain doctor` looks at, as frozen values. What could not be asked is `Unknown`, never an empty answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from swarm.engine_objects import Node, Service, Task


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody could say; `why` is one sentence, empty when nobody was to be asked."""

    why: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One that fires in Prometheus; `about` is the service, node, job or name in its labels."""

    name: str
    about: str
    summary: str
    mend: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The autoscaler's last decision for a service."""

    reason: str
    sentence: str
    mistake: str = ""
    """What is wrong with the labels; the decision follows the last ones that were right."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge as asked over the network inside: `problem` is empty when it answered as it should."""

    address: str
    problem: str
    certificate: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of a node that Docker's data is on."""

    node: str
    size_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class LastWords:
    """Of a container on this node: what its health check said last, and the last line that it logged."""

    health: str
    log: str


@dataclass(frozen=True, slots=True)
class Host:
    """This machine, as captain.sh sees it from outside the container; `clock` is Unix time."""

    addresses: tuple[str, ...] = ()
    listening: frozenset[tuple[str, int]] = frozenset()
    """(address, port) of every socket that takes TCP connections or UDP packets; 0.0.0.0 and :: are every address."""
    userland_proxies: int = 0
    clock: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything. `services` and `tasks` are the stack's, ended tasks too; `published` is of all services."""

    now: datetime
    stack: str
    services: Sequence[Service]
    tasks: Sequence[Task]
    nodes: Sequence[Node]
    secrets: frozenset[str]
    alerts: Sequence[Alert] | Unknown
    verdicts: Mapping[str, Verdict] | Unknown
    edges: Sequence[Edge]
    disks: Sequence[Disk] | Unknown
    clocks: Mapping[str, float] | Unknown
    """Seconds that a node's clock is ahead of Prometheus' node."""
    security: Sequence[str]
    """The engine's security options, `name=…`."""
    last_words: Mapping[str, LastWords] = field(default_factory=dict)
    """By task."""
    out_of_memory: frozenset[str] = frozenset()
    """Tasks in whose container, on this node, something was killed for want of memory."""
    published: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """(published port, port in the container) of every service of the Swarm, by its name."""
    host: Host | Unknown = Unknown("")


_SECTION = re.compile(r"^--- (\w+)$")


def parse_host(text: str) -> Host:
    """From what captain.sh writes: sections that begin with `--- name`. What is missing stays at its default."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        start = _SECTION.match(line)
        if start:
            current = sections.setdefault(start[1], [])
        elif line.strip():
            current.append(line.strip())
    clock = " ".join(sections.get("clock", ()))
    proxies = " ".join(sections.get("proxies", ()))
    return Host(
        addresses=tuple(" ".join(sections.get("addresses", ())).split()),
        listening=frozenset(
            [found for line in sections.get("tcp", ()) if (found := _socket(line, "0A"))]
            + [found for line in sections.get("udp", ()) if (found := _socket(line, "07"))]
        ),
        userland_proxies=int(proxies) if proxies.isdigit() else 0,
        clock=float(clock) if re.fullmatch(r"\d+(\.\d+)?", clock) else None,
    )


def _socket(line: str, wanted_state: str) -> tuple[str, int] | None:
    """A line of /proc/net/tcp or udp, with or without the 6: `sl local_address rem_address st …`."""
    words = line.split()
    if len(words) < 4 or words[3] != wanted_state or ":" not in words[1]:
        return None
    address, _, port = words[1].rpartition(":")
    try:
        return _address(address), int(port, 16)
    except ValueError:
        return None


def _address(digits: str) -> str:
    """The kernel's hexadecimal address, whose words are in the machine's (little-endian) order."""
    if set(digits) == {"0"}:
        return "0.0.0.0" if len(digits) == 8 else "::"
    words = [bytes.fromhex(digits[start : start + 8])[::-1] for start in range(0, len(digits), 8)]
    if len(words) == 1:
        return ".".join(str(byte) for byte in words[0])
    whole = b"".join(words).hex()
    return ":".join(whole[start : start + 4] for start in range(0, 32, 4))
