"""What a stack file says, as frozen values; durations in nanoseconds, as the Engine API wants them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Port:
    target: int
    published: int
    protocol: str
    mode: str


@dataclass(frozen=True, slots=True)
class Mount:
    """`kind` volume|bind|tmpfs; `source` is the key of a stack's volume, a host path, or empty."""

    kind: str
    source: str
    target: str
    read_only: bool
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FileReference:
    """A secret or config in a container. `source` is the stack's key; `mode` is a number (0o444)."""

    source: str
    target: str
    uid: str
    gid: str
    mode: int


@dataclass(frozen=True, slots=True)
class Healthcheck:
    test: tuple[str, ...] | None
    interval: int | None
    timeout: int | None
    start_period: int | None
    start_interval: int | None
    retries: int | None


@dataclass(frozen=True, slots=True)
class Ulimit:
    name: str
    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """`update_config` or `rollback_config`."""

    parallelism: int
    delay: int | None
    failure_action: str | None
    monitor: int | None
    max_failure_ratio: float
    order: str | None


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    condition: str | None
    delay: int | None
    max_attempts: int | None
    window: int | None


@dataclass(frozen=True, slots=True)
class Resources:
    nano_cpus: int | None
    memory_bytes: int | None
    pids: int | None


@dataclass(frozen=True, slots=True)
class Placement:
    constraints: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()
    max_replicas_per_node: int | None = None


@dataclass(frozen=True, slots=True)
class Deploy:
    mode: str = "replicated"
    replicas: int | None = None
    endpoint_mode: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    placement: Placement = Placement()
    limits: Resources | None = None
    reservations: Resources | None = None
    restart_policy: RestartPolicy | None = None
    update_config: Rollout | None = None
    rollback_config: Rollout | None = None


@dataclass(frozen=True, slots=True)
class Logging:
    driver: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """A service under its key in the stack file. `networks` maps keys to extra aliases."""

    key: str
    image: str
    command: tuple[str, ...]
    entrypoint: tuple[str, ...]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    networks: Mapping[str, tuple[str, ...]]
    ports: tuple[Port, ...]
    mounts: tuple[Mount, ...]
    secrets: tuple[FileReference, ...]
    configs: tuple[FileReference, ...]
    healthcheck: Healthcheck | None
    logging: Logging | None
    deploy: Deploy
    user: str
    working_dir: str
    hostname: str
    init: bool | None
    read_only: bool
    cap_add: tuple[str, ...]
    cap_drop: tuple[str, ...]
    sysctls: Mapping[str, str]
    ulimits: tuple[Ulimit, ...]
    stop_signal: str
    stop_grace_period: int | None


@dataclass(frozen=True, slots=True)
class Network:
    """`name` is the real one. An external network is never made or removed."""

    name: str
    external: bool
    driver: str
    driver_options: Mapping[str, str]
    attachable: bool
    internal: bool
    labels: Mapping[str, str]
    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """`driver_options` are those of the engine's own driver, local."""

    name: str
    external: bool
    driver_options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """`file` is the path as written, relative to the first stack file; empty for an external config."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything by its key in the file; `secrets` maps keys to names of secrets that have to exist."""

    name: str
    services: Mapping[str, Service]
    networks: Mapping[str, Network]
    volumes: Mapping[str, Volume]
    configs: Mapping[str, ConfigFile]
    secrets: Mapping[str, str]
