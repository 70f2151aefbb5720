"""The desired state of an app, as frozen values. Pure.

Durations are in nanoseconds and CPUs in billionths, as the Engine API wants them. What is shared with stack files
(mounts, ports, health checks, resources, placement) is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from captain.jobs.job import Job
from captain.stack import FileReference, Healthcheck, Mount, Placement, Port, Resources

NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
LONGEST_NAME = 49

# Hosts of the platform, services that others would take for the platform's, and what CapRover keeps for itself.
RESERVED_NAMES = frozenset({"admin", "app", "blogs", "captain", "registry", "www"})

# `healthcheck` of an app that leaves it to its image's own HEALTHCHECK.
OF_THE_IMAGE = Healthcheck(None, None, None, None, None, None)
NO_HEALTHCHECK = Healthcheck(("NONE",), None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Autoscale:
    """Replicas are the autoscaler's, between `minimum` and `maximum`.

    `settings` are its other labels without their prefix, such as `concurrency: "8"` (docs/autoscaling.md has all).
    """

    minimum: int
    maximum: int
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """Who may come in. `password_hash` is crypt(3)'s, SHA-256 or SHA-512, as `openssl passwd -6` makes it."""

    user: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Http:
    """What the edge sends to the app. Websockets and event streams pass through for every app.

    `port` is the container's. `hosts` are the app's own names, beside `<app>.<domain>`; `redirects` are hosts that are
    answered with a permanent redirect to the given host. `readiness` is a path that answers 200 while a replica may
    get requests; without one, it is ready when its port takes connections.
    """

    port: int
    hosts: tuple[str, ...] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)
    readiness: str = ""
    basic_auth: BasicAuth | None = None
    max_in_flight: int = 8
    """Requests that the edge gives to one replica at a time; the others wait."""


@dataclass(frozen=True, slots=True)
class Restart:
    """When a replica that has ended is started again.

    `condition` is any, on-failure (not after an end with 0) or none. `attempts`: how often at most, with on-failure;
    None for always.
    """

    condition: str = "any"
    attempts: int | None = None

    @property
    def may_end(self) -> bool:
        """Whether a replica that ended with 0 stays so."""
        return self.condition != "any"


@dataclass(frozen=True, slots=True)
class AppSpec:
    """One app, which becomes the Swarm service of the same name.

    `replicas` None leaves the number as it is (one, when the app is new). `secrets` name secrets of the Swarm by
    `source`, and `networks` its networks by their names, beside the one that all apps are in, where the app is found
    as `name` and `srv-captain--<name>`. A mount of kind `volume` names a volume of the node in `source`, or none for
    one without a name. `healthcheck` None means the usual one: that `http.port` is listened on.
    """

    name: str
    image: str
    command: tuple[str, ...] = ()
    """Arguments; the image's own when empty."""
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[FileReference, ...] = ()
    ports: tuple[Port, ...] = ()
    """Published on the node beside the edge; `mode` host unless the routing mesh is wanted."""
    mounts: tuple[Mount, ...] = ()
    networks: tuple[str, ...] = ()
    http: Http | None = None
    """None: nothing for the edge, such as a database."""
    healthcheck: Healthcheck | None = None
    limits: Resources | None = None
    reservations: Resources | None = None
    replicas: int | None = None
    autoscale: Autoscale | None = None
    placement: Placement = field(default_factory=Placement)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of its containers."""
    user: str = ""
    working_dir: str = ""
    hostname: str = ""
    init: bool | None = None
    read_only: bool = False
    cap_add: tuple[str, ...] = ()
    stop_signal: str = ""
    stop_grace_period: int | None = None
    restart: Restart = field(default_factory=Restart)
    jobs: tuple[Job, ...] = ()
    """By name."""
    deadline_seconds: int = 120
    """How long a rollout may go on without a new replica getting ready."""

    @property
    def is_pinned(self) -> bool:
        """Whether two replicas must not run at once: a volume or folder of a node, or a port of it."""
        return any(mount.kind != "tmpfs" for mount in self.mounts) or any(port.mode == "host" for port in self.ports)


def name_mistake(name: str) -> str:
    """Why this cannot be the name of an app, as the end of a sentence; empty when it can."""
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name) or "--" in name:
        return f"has to be at most {LONGEST_NAME} lower-case letters, digits and single hyphens"
    if name in RESERVED_NAMES or name.startswith("captain-"):
        return "is a name of the platform: give the app another"
    return ""
