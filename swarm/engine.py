"""The only Docker Engine client: typed reads and raw-spec writes over the Engine API.

Specs go in and come out as the engine's own JSON (`JSON`), untouched: docker-py's model classes rebuild a
spec and so change it, and a changed task template restarts every task. Only the SDK's transport is used.

The API version is the newest the engine has (1.41 of Engine 20.10 and later). It is never capped: an engine
drops the spec fields that an older API version does not know, and writing that back would change the service.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

import requests
from docker import APIClient
from docker.errors import DockerException
from urllib3.exceptions import HTTPError

from swarm.engine_errors import SOCKET, EngineError, NotFound, OutOfSequence
from swarm.engine_frames import unframed
from swarm.engine_login import Login, headers_of
from swarm.engine_objects import (
    JSON,
    Config,
    Container,
    ContainerDetails,
    Network,
    Node,
    Secret,
    Service,
    Task,
    TaskAddress,
    Volume,
    parse_config,
    parse_container,
    parse_container_details,
    parse_network,
    parse_node,
    parse_secret,
    parse_service,
    parse_task,
    parse_volume,
    pieces,
)

__all__ = [
    "JSON",
    "Config",
    "Container",
    "ContainerDetails",
    "Engine",
    "EngineError",
    "Network",
    "Node",
    "NotFound",
    "OutOfSequence",
    "Secret",
    "Service",
    "Task",
    "TaskAddress",
    "Volume",
]


class Engine:
    """One engine. Every method may raise `EngineError`; those that find one object return None without it."""

    def __init__(
        self, session: requests.Session, base_url: str, api_version: str, timeout_seconds: float, address: str = ""
    ) -> None:
        """Speak to `base_url` through a session that knows how; see `from_socket`, also for `address`."""
        session.trust_env = False  # a proxy from the environment has no say over a local socket
        self._session = session
        self._base = f"{base_url}/v{api_version}"
        self._timeout = timeout_seconds
        self.api_version = api_version
        self.address = address
        self.login: Login | None = None  # goes with every write of a service whose image is in that registry
        self._counted: list[tuple[bytes, Service]] = []

    @classmethod
    def from_socket(cls, address: str = SOCKET, timeout_seconds: float = 30.0) -> Engine:
        """Connect and agree on the API version; `EngineError` when nobody answers.

        `address` is the path of a Unix socket, or `tcp://host:port` of the gate before one.
        """
        url = address if address.startswith("tcp://") else f"unix://{address}"
        try:
            client = APIClient(base_url=url, version="auto", timeout=max(1, round(timeout_seconds)))
        except DockerException as error:
            raise EngineError(f"The Docker Engine at {address} does not answer: {error}") from error
        return cls(client, client.base_url, client.api_version, timeout_seconds, address)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    # ---- the engine -----------------------------------------------------------------------------

    def version(self) -> JSON:
        """`GET /version`, raw."""
        return self._object("read the engine's version", "GET", "/version")

    def info(self) -> JSON:
        """`GET /info`, raw."""
        return self._object("read the engine's state", "GET", "/info")

    def nodes(self) -> list[Node]:
        """All nodes (managers only)."""
        return [parse_node(raw) for raw in self._list("list nodes", "/nodes")]

    def update_node(self, node_id: str, version_index: int, spec: JSON) -> None:
        """Write a node's whole spec. Raises `OutOfSequence` when it changed since it was read."""
        path = f"/nodes/{quote(node_id)}/update"
        self._request(f"update node {node_id}", "POST", path, {"version": str(version_index)}, spec)

    # ---- services and tasks ----------------------------------------------------------------------

    def services(self, label: str | None = None) -> list[Service]:
        """All services, or those with a label: `name` or `name=value`."""
        filters = {"label": [label]} if label else {}
        return [parse_service(raw) for raw in self._list("list services", "/services", filters)]

    def services_with_counts(self, label: str) -> list[Service]:
        """As `services`, with the counts of tasks and no previous specs, for asking every second.

        A service that did not change since the last time is not parsed again: it is the same object.
        """
        query = {"filters": json.dumps({"label": [label]}), "status": "true"}
        content, before = self._content("list services", "GET", "/services", query), self._counted
        found, by_text = list[tuple[bytes, Service]](), dict[bytes, Service]()
        try:
            for piece, last in zip_longest(pieces(content), before):
                if last is not None and last[0] == piece:  # at its place, as nearly always: no text is hashed
                    found.append(last)
                elif piece is not None:
                    by_text = by_text or dict(before)
                    found.append((piece, by_text.get(piece) or _counted(json.loads(piece))))
        except ValueError:  # an engine that writes its lists in another way: all of it, every time
            return [_counted(raw) for raw in json.loads(content) or []]
        self._counted = found
        return [service for _, service in found]

    def service(self, name_or_id: str) -> Service | None:
        """One service."""
        raw = self._find(f"read service {name_or_id}", f"/services/{quote(name_or_id)}")
        return None if raw is None else parse_service(raw)

    def create_service(self, spec: JSON) -> str:
        """Create a service; its id."""
        headers = headers_of(self.login, spec, None)
        doing = f"create service {spec.get('Name')}"
        return str(self._request(doing, "POST", "/services/create", body=spec, headers=headers)["ID"])

    def update_service(self, service_id: str, version_index: int, spec: JSON) -> None:
        """Write a service's whole spec. Raises `OutOfSequence` when it changed since it was read."""
        path = f"/services/{quote(service_id)}/update"
        live = self.service(service_id) if self.login is not None else None
        headers = headers_of(self.login, spec, live.spec if live is not None else None)
        doing = f"update service {spec.get('Name')}"
        self._request(doing, "POST", path, {"version": str(version_index)}, spec, headers)

    def roll_back(self, service: Service) -> None:
        """Have Swarm put the service back to its `previous_spec`, count and all (compare-and-set)."""
        path = f"/services/{quote(service.id)}/update"
        query = {"version": str(service.version_index), "rollback": "previous"}
        self._request(f"roll back service {service.name}", "POST", path, query, service.spec)

    def set_replicas(self, service_name: str, replicas: int, expect_version: int | None = None) -> None:
        """Change only the number of replicas (compare-and-set).

        The write carries the version it read, so a write of somebody else in between raises
        `OutOfSequence`; with `expect_version`, any write since that version does too. `NotFound` when the
        service is gone.
        """
        service = self.service(service_name)
        if service is None:
            raise NotFound(f"Service {service_name} does not exist.", 404)
        if service.replicas is None:
            raise EngineError(f"Service {service_name} is {service.mode}: only replicated services have replicas.")
        if expect_version is not None and service.version_index != expect_version:
            raise OutOfSequence(f"Service {service_name} changed since it was read.")
        spec = copy.deepcopy(service.spec)
        spec["Mode"]["Replicated"]["Replicas"] = replicas
        self.update_service(service.id, service.version_index, spec)

    def remove_service(self, name_or_id: str) -> None:
        """Remove a service and its tasks; `NotFound` when absent."""
        self._request(f"remove service {name_or_id}", "DELETE", f"/services/{quote(name_or_id)}")

    def tasks(self, service: str | None = None, filters: Mapping[str, Iterable[str]] | None = None) -> list[Task]:
        """Tasks of one service or of all; filters by service, node, desired-state, label, id, name."""
        wanted = {key: list(values) for key, values in (filters or {}).items()}
        if service is not None:
            wanted["service"] = [service]
        return [parse_task(raw) for raw in self._list("list tasks", "/tasks", wanted)]

    def task_lines(self, task_id: str, count: int) -> list[str]:
        """The last lines that a task's container wrote, on whatever node; none if its log driver keeps none."""
        query = {"stdout": "1", "stderr": "1", "tail": str(count)}
        content = self._content(f"read the log of task {task_id}", "GET", f"/tasks/{quote(task_id)}/logs", query)
        return unframed(content).decode("utf-8", "replace").splitlines()

    # ---- networks, secrets, configs, volumes -------------------------------------------------------

    def networks(self) -> list[Network]:
        """All networks of this node and of the Swarm."""
        return [parse_network(raw) for raw in self._list("list networks", "/networks")]

    def create_network(self, spec: JSON) -> str:
        """Create a network; its id."""
        answer = self._object(f"create network {spec.get('Name')}", "POST", "/networks/create", body=spec)
        return str(answer["Id"])

    def remove_network(self, name_or_id: str) -> None:
        """Remove a network; `NotFound` when absent."""
        self._request(f"remove network {name_or_id}", "DELETE", f"/networks/{quote(name_or_id)}")

    def secrets(self) -> list[Secret]:
        """All secrets, without their values, which the engine never tells."""
        return [parse_secret(raw) for raw in self._list("list secrets", "/secrets")]

    def create_secret(self, name: str, value: bytes, labels: Mapping[str, str] | None = None) -> str:
        """Create a secret; its id."""
        return self._create_payload("secret", name, value, labels)

    def remove_secret(self, name_or_id: str) -> None:
        """Remove a secret; `NotFound` when absent, an error while a service uses it."""
        self._request(f"remove secret {name_or_id}", "DELETE", f"/secrets/{quote(name_or_id)}")

    def configs(self, label: str | None = None) -> list[Config]:
        """All configs with their data, or those with a label: `name` or `name=value`."""
        filters = {"label": [label]} if label else {}
        return [parse_config(raw) for raw in self._list("list configs", "/configs", filters)]

    def create_config(self, name: str, data: bytes, labels: Mapping[str, str] | None = None) -> str:
        """Create a config; its id."""
        return self._create_payload("config", name, data, labels)

    def remove_config(self, name_or_id: str) -> None:
        """Remove a config; `NotFound` when absent, an error while a service uses it."""
        self._request(f"remove config {name_or_id}", "DELETE", f"/configs/{quote(name_or_id)}")

    def volumes(self) -> list[Volume]:
        """Volumes of this node."""
        raws = self._object("list volumes", "GET", "/volumes").get("Volumes") or []
        return [parse_volume(raw) for raw in raws]

    def remove_volume(self, name: str) -> None:
        """Remove a volume of this node; `NotFound` when absent."""
        self._request(f"remove volume {name}", "DELETE", f"/volumes/{quote(name)}")

    # ---- containers of this node -------------------------------------------------------------------

    def containers(self, label: str | None = None, all_states: bool = False) -> list[Container]:
        """Running containers of this node (with `all_states` the others too), or those with a label."""
        filters = {"label": [label]} if label else {}
        query = {"all": "1"} if all_states else {}
        return [parse_container(raw) for raw in self._list("list containers", "/containers/json", filters, query)]

    def inspect_container(self, container_id: str) -> ContainerDetails | None:
        """One container of this node."""
        raw = self._find(f"read container {container_id}", f"/containers/{quote(container_id)}/json")
        return None if raw is None else parse_container_details(raw)

    def last_lines(self, container_id: str, count: int) -> list[str]:
        """The last lines that a container of this node wrote, oldest first; none if its log driver keeps none."""
        path = f"/containers/{quote(container_id)}/logs"
        query = {"stdout": "1", "stderr": "1", "tail": str(count)}
        content = self._content(f"read the log of container {container_id}", "GET", path, query)
        return unframed(content).decode("utf-8", "replace").splitlines()

    # ---- building ------------------------------------------------------------------------------------

    def post_stream(
        self, path: str, query: Mapping[str, str], chunks: Iterable[bytes], silent_seconds: float
    ) -> requests.Response:
        """Post a tar in pieces; the answer is open, of whatever status, and for the caller to read and close."""
        return self._session.post(
            self._base + path,
            params=query,
            data=iter(chunks),
            headers={"Content-Type": "application/x-tar"},
            timeout=(self._timeout, silent_seconds),
            stream=True,
        )

    def post(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str], silent_seconds: float
    ) -> requests.Response:
        """Post without a body; the answer as of `post_stream`."""
        timeout = (self._timeout, silent_seconds)
        return self._session.post(self._base + path, params=query, headers=headers, timeout=timeout, stream=True)

    # ---- transport -----------------------------------------------------------------------------------

    def _request(
        self,
        doing: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: JSON | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        content = self._content(doing, method, path, query, body, headers)
        return json.loads(content) if content else None

    def _content(
        self,
        doing: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: JSON | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        data = None if body is None else json.dumps(body)
        try:
            answer = self._session.request(
                method,
                self._base + path,
                params=query,
                data=data,
                headers={"Content-Type": "application/json", **(headers or {})} if data is not None else headers,
                timeout=self._timeout,
                stream=True,  # or it would be read in pieces of 10 kB, and a list can have megabytes
            )
            content = answer.raw.read(decode_content=True)
        except (requests.RequestException, HTTPError) as error:
            raise EngineError(f"Could not {doing}: the Docker Engine does not answer ({error}).") from error
        if answer.status_code >= 400:
            raise refusal(doing, answer.status_code, content)
        return bytes(content)

    def _object(self, doing: str, method: str, path: str, *, body: JSON | None = None) -> JSON:
        answer: JSON = self._request(doing, method, path, body=body)
        return answer

    def _find(self, doing: str, path: str) -> JSON | None:
        try:
            return self._object(doing, "GET", path)
        except NotFound:
            return None

    def _list(
        self,
        doing: str,
        path: str,
        filters: Mapping[str, list[str]] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> list[JSON]:
        parameters = dict(query or {})
        if filters:
            parameters["filters"] = json.dumps(filters)
        answer: list[JSON] | None = self._request(doing, "GET", path, parameters)
        return answer or []

    def _create_payload(self, kind: str, name: str, value: bytes, labels: Mapping[str, str] | None) -> str:
        spec = {"Name": name, "Labels": dict(labels or {}), "Data": base64.b64encode(value).decode("ascii")}
        return str(self._object(f"create {kind} {name}", "POST", f"/{kind}s/create", body=spec)["ID"])


def _counted(raw: JSON) -> Service:
    # Kept for as long as the service does not change: half of a service is what it was before.
    raw.pop("PreviousSpec", None)
    return parse_service(raw)


def refusal(doing: str, status: int, content: bytes) -> EngineError:
    """The error for an answer of 400 and more."""
    try:
        message = str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        message = content.decode("utf-8", "replace").strip() or f"HTTP {status}"
    text = f"Could not {doing}: {message}"
    if "update out of sequence" in message:
        return OutOfSequence(text, status)
    return NotFound(text, status) if status == 404 else EngineError(text, status)
