"""What the Docker Engine knows, as frozen values, and the only place that knows the API's field names.

Specs stay the engine's own JSON: whoever writes one back has to write all of it. Times are aware (UTC).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]
"""A raw object of the Engine API (a spec, an inspect answer)."""


@dataclass(frozen=True, slots=True)
class Service:
    """A Swarm service. `spec` is raw; never edit it in place, `copy.deepcopy` it."""

    id: str
    name: str
    version_index: int
    spec: JSON
    previous_spec: JSON | None
    update_state: str | None
    """None, or updating, paused, completed, rollback_started, rollback_paused, rollback_completed."""
    update_message: str
    created_at: datetime | None
    updated_at: datetime | None
    update_started_at: datetime | None = None
    """When the rollout of `update_state` began; a rollback that Swarm starts by itself keeps its rollout's start."""
    update_completed_at: datetime | None = None
    running_tasks: int | None = None
    """Tasks that run now; None unless the list was asked for counts, of an engine that has them."""
    desired_tasks: int | None = None

    @property
    def labels(self) -> Mapping[str, str]:
        """Service labels (`deploy.labels`), not those of its containers."""
        return self.spec.get("Labels") or {}

    @property
    def mode(self) -> str:
        """replicated, global, replicated-job or global-job."""
        words = {"Replicated": "replicated", "Global": "global", "ReplicatedJob": "replicated-job"}
        return next((word for key, word in words.items() if key in self.spec["Mode"]), "global-job")

    @property
    def replicas(self) -> int | None:
        """Wanted replicas; None unless the service is replicated."""
        replicated = self.spec["Mode"].get("Replicated")
        return None if replicated is None else int(replicated.get("Replicas", 1))

    @property
    def image(self) -> str:
        """Image reference of the task template; empty for what is not a container."""
        return str((self.spec["TaskTemplate"].get("ContainerSpec") or {}).get("Image", ""))


@dataclass(frozen=True, slots=True)
class TaskAddress:
    """One attachment of a task: an address without its prefix length."""

    network_id: str
    network: str
    address: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task. With a health check it is `running` only once healthy (`starting` before)."""

    id: str
    service_id: str
    node_id: str
    slot: int | None
    """None for tasks of global services."""
    state: str
    desired_state: str
    state_since: datetime | None
    """When it came into `state`."""
    message: str
    error: str
    exit_code: int | None
    container_id: str
    image: str
    labels: Mapping[str, str]
    addresses: tuple[TaskAddress, ...]
    created_at: datetime | None
    updated_at: datetime | None
    spec: JSON = field(default_factory=dict)
    """The task template that it was made of, raw."""

    @property
    def ready(self) -> bool:
        """Running (and healthy, where there is a check) and wanted."""
        return self.state == "running" and self.desired_state == "running"

    @property
    def unplaceable(self) -> bool:
        """Wanted, and the scheduler has said in `error` why no node will do."""
        return self.state == "pending" and self.desired_state in ("running", "ready") and self.error != ""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the Swarm. `role` worker|manager, `availability` active|pause|drain, `state` ready|down|…"""

    id: str
    hostname: str
    role: str
    availability: str
    state: str
    address: str
    leader: bool
    engine_version: str
    nano_cpus: int
    memory_bytes: int
    version_index: int
    labels: Mapping[str, str]
    spec: JSON


@dataclass(frozen=True, slots=True)
class Network:
    id: str
    name: str
    driver: str
    scope: str
    attachable: bool
    subnets: tuple[str, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Secret:
    id: str
    name: str
    labels: Mapping[str, str]
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Config:
    id: str
    name: str
    labels: Mapping[str, str]
    created_at: datetime | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Volume:
    name: str
    driver: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Container:
    """A container of this engine, as the list knows it. `state` created|running|exited|…"""

    id: str
    name: str
    image: str
    state: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ContainerDetails:
    """An inspected container. Limits are 0 where there is none; `raw` is the whole answer."""

    id: str
    name: str
    pid: int
    state: str
    started_at: datetime | None
    restart_count: int
    nano_cpus: int
    cpu_quota: int
    cpu_period: int
    memory_limit_bytes: int
    cgroup_parent: str
    labels: Mapping[str, str]
    raw: JSON


@dataclass(frozen=True, slots=True)
class Image:
    """`id` is the content's (`sha256:…`), `created_seconds` since 1970.

    `digests` are its names by digest (`127.0.0.1:5000/apps/shop@sha256:…`), one per registry that has it.
    """

    id: str
    labels: Mapping[str, str]
    created_seconds: int
    digests: tuple[str, ...] = ()


def _time(value: str | None) -> datetime | None:
    """RFC 3339 to an aware datetime; Go's zero time is None."""
    return None if not value or value.startswith("0001-") else datetime.fromisoformat(value)


def parse_service(raw: JSON) -> Service:
    """One object as the API answers it."""
    update, counts = raw.get("UpdateStatus") or {}, raw.get("ServiceStatus") or {}
    return Service(
        id=raw["ID"],
        name=raw["Spec"]["Name"],
        version_index=raw["Version"]["Index"],
        spec=raw["Spec"],
        previous_spec=raw.get("PreviousSpec"),
        update_state=update.get("State") or None,
        update_message=update.get("Message", ""),
        created_at=_time(raw.get("CreatedAt")),
        updated_at=_time(raw.get("UpdatedAt")),
        update_started_at=_time(update.get("StartedAt")),
        update_completed_at=_time(update.get("CompletedAt")),
        running_tasks=counts.get("RunningTasks"),
        desired_tasks=counts.get("DesiredTasks"),
    )


def pieces(content: bytes) -> list[bytes]:
    """The objects of an answered list, unparsed, for those that begin with their ID; each is JSON of its own.

    Within a JSON string every quote is escaped, so what is looked for can only be the beginning of an object. Were
    one object within another to begin so, its pieces would not parse.
    """
    inside = content.strip()[1:-1]
    if not inside:
        return []
    beginning = b'{"ID":"'
    first, *others = inside.split(b"," + beginning)
    return [first, *(beginning + other for other in others)]


def parse_task(raw: JSON) -> Task:
    """One object as the API answers it."""
    status = raw.get("Status") or {}
    container = status.get("ContainerStatus") or {}
    return Task(
        id=raw["ID"],
        service_id=raw.get("ServiceID", ""),
        node_id=raw.get("NodeID", ""),
        slot=raw.get("Slot"),
        state=status.get("State", "new"),
        desired_state=raw.get("DesiredState", ""),
        state_since=_time(status.get("Timestamp")),
        message=status.get("Message", ""),
        error=status.get("Err", ""),
        exit_code=container.get("ExitCode"),
        container_id=container.get("ContainerID", ""),
        image=(raw["Spec"].get("ContainerSpec") or {}).get("Image", ""),
        labels=raw.get("Labels") or {},
        addresses=tuple(
            TaskAddress(attachment["Network"]["ID"], attachment["Network"]["Spec"]["Name"], address.split("/")[0])
            for attachment in raw.get("NetworksAttachments") or []
            for address in attachment.get("Addresses") or []
        ),
        created_at=_time(raw.get("CreatedAt")),
        updated_at=_time(raw.get("UpdatedAt")),
        spec=raw["Spec"],
    )


def parse_node(raw: JSON) -> Node:
    """One object as the API answers it."""
    spec, status, description = raw["Spec"], raw.get("Status") or {}, raw.get("Description") or {}
    resources = description.get("Resources") or {}
    return Node(
        id=raw["ID"],
        hostname=description.get("Hostname", ""),
        role=spec["Role"],
        availability=spec["Availability"],
        state=status.get("State", "unknown"),
        address=status.get("Addr", ""),
        leader=bool((raw.get("ManagerStatus") or {}).get("Leader")),
        engine_version=(description.get("Engine") or {}).get("EngineVersion", ""),
        nano_cpus=resources.get("NanoCPUs", 0),
        memory_bytes=resources.get("MemoryBytes", 0),
        version_index=raw["Version"]["Index"],
        labels=spec.get("Labels") or {},
        spec=spec,
    )


def parse_network(raw: JSON) -> Network:
    """One object as the API answers it."""
    pools = (raw.get("IPAM") or {}).get("Config") or []
    return Network(
        id=raw["Id"],
        name=raw["Name"],
        driver=raw["Driver"],
        scope=raw["Scope"],
        attachable=raw.get("Attachable", False),
        subnets=tuple(pool["Subnet"] for pool in pools if pool.get("Subnet")),
        labels=raw.get("Labels") or {},
    )


def parse_secret(raw: JSON) -> Secret:
    """One object as the API answers it."""
    return Secret(raw["ID"], raw["Spec"]["Name"], raw["Spec"].get("Labels") or {}, _time(raw.get("CreatedAt")))


def parse_config(raw: JSON) -> Config:
    """One object as the API answers it."""
    spec = raw["Spec"]
    return Config(
        id=raw["ID"],
        name=spec["Name"],
        labels=spec.get("Labels") or {},
        created_at=_time(raw.get("CreatedAt")),
        data=base64.b64decode(spec.get("Data") or ""),
    )


def parse_container(raw: JSON) -> Container:
    """One object as the API answers it."""
    name = (raw.get("Names") or [""])[0].removeprefix("/")
    return Container(raw["Id"], name, raw.get("Image", ""), raw.get("State", ""), raw.get("Labels") or {})


def parse_container_details(raw: JSON) -> ContainerDetails:
    """One object as the API answers it."""
    state, host = raw["State"], raw["HostConfig"]
    return ContainerDetails(
        id=raw["Id"],
        name=raw["Name"].removeprefix("/"),
        pid=state["Pid"],
        state=state["Status"],
        started_at=_time(state.get("StartedAt")),
        restart_count=raw.get("RestartCount", 0),
        nano_cpus=host.get("NanoCpus") or 0,
        cpu_quota=host.get("CpuQuota") or 0,
        cpu_period=host.get("CpuPeriod") or 0,
        memory_limit_bytes=host.get("Memory") or 0,
        cgroup_parent=host.get("CgroupParent") or "",
        labels=raw["Config"].get("Labels") or {},
        raw=raw,
    )


def parse_volume(raw: JSON) -> Volume:
    """One object as the API answers it."""
    return Volume(raw["Name"], raw["Driver"], raw.get("Labels") or {})


def parse_image(raw: JSON) -> Image:
    """One object as the API's list answers it."""
    digests = tuple(raw.get("RepoDigests") or ())
    return Image(raw["Id"], raw.get("Labels") or {}, int(raw.get("Created") or 0), digests)
