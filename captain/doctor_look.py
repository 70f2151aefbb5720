"""Gathers the facts for `captain doctor`: from the engine, Prometheus, the autoscaler, and the edges themselves."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import httpx

from captain import prometheus
from captain.credentials import Domains
from captain.doctor_facts import Disk, Edge, Facts, Host, LastWords, Unknown, Verdict
from captain.labels import NAMESPACE_LABEL
from captain.routing import probes
from captain.swarm_check import check_manager
from swarm.engine import Engine, EngineError, Service, Task

_TIMEOUT_SECONDS = 5.0
_HTTP, _HTTPS = 8080, 8443


def gather(
    engine: Engine, stack: str, domains: Domains, prometheus_url: str, autoscaler_url: str, host: Host | Unknown
) -> Facts:
    """Everything that can be asked. Raises `EngineError` and `CaptainError` when the engine cannot be asked at all."""
    check_manager(engine)
    label = f"{NAMESPACE_LABEL}={stack}"
    everything = engine.services()
    services = sorted(
        (service for service in everything if service.labels.get(NAMESPACE_LABEL) == stack), key=lambda one: one.name
    )
    tasks = engine.tasks(filters={"label": [label]})
    sizes = prometheus.query(prometheus_url, "max by (node) (flotilla_node_disk_size_bytes)")
    return Facts(
        now=datetime.now(UTC),
        stack=stack,
        services=services,
        tasks=tasks,
        nodes=engine.nodes(),
        secrets=frozenset(secret.name for secret in engine.secrets()),
        alerts=prometheus.firing(prometheus_url),
        verdicts=_verdicts(autoscaler_url),
        edges=[_edge(address, domains) for address in _addresses_of_edges(stack, services, tasks)],
        disks=sizes if isinstance(sizes, Unknown) else _disks(prometheus_url, sizes),
        clocks=_clocks(prometheus_url),
        security=[str(option) for option in engine.info().get("SecurityOptions") or []],
        last_words=_last_words(engine, tasks),
        out_of_memory=_out_of_memory(engine, tasks),
        published={service.name: _published(service) for service in everything},
        host=host,
    )


def _verdicts(url: str) -> Mapping[str, Verdict] | Unknown:
    if not url:
        return Unknown("")
    try:
        answer = httpx.get(f"{url}/decisions", params={"last": 1}, timeout=_TIMEOUT_SECONDS, trust_env=False)
        answer.raise_for_status()
        return {
            str(entry["service"]): Verdict(str(entry["reason"]), str(entry["sentence"]), str(entry.get("mistake", "")))
            for entry in answer.json()["decisions"]
        }
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return Unknown(f"{url}: {str(error) or type(error).__name__}")


def _disks(url: str, sizes: Sequence[prometheus.Sample]) -> list[Disk] | Unknown:
    free = prometheus.query(url, "min by (node) (flotilla_node_disk_free_bytes)")
    if isinstance(free, Unknown):
        return free
    by_node = {sample.labels.get("node", ""): int(sample.value) for sample in free}
    nodes = {sample.labels.get("node", ""): int(sample.value) for sample in sizes}
    return [Disk(node, size, by_node[node]) for node, size in sorted(nodes.items()) if node in by_node]


def _clocks(url: str) -> Mapping[str, float] | Unknown:
    found = prometheus.query(url, "flotilla_node_time_seconds - timestamp(flotilla_node_time_seconds)")
    if isinstance(found, Unknown):
        return found
    return {sample.labels.get("node", ""): sample.value for sample in found}


def _published(service: Service) -> list[tuple[int, int]]:
    ports = (service.spec.get("EndpointSpec") or {}).get("Ports") or []
    return sorted((port["PublishedPort"], port["TargetPort"]) for port in ports if port.get("PublishedPort"))


# ---- edges -----------------------------------------------------------------------------------------


def _addresses_of_edges(stack: str, services: Sequence[Service], tasks: Sequence[Task]) -> list[str]:
    """Of the edges that run, on the network that captain is on as well."""
    ids = {service.id for service in services if service.name == f"{stack}_edge"}
    return sorted(
        {
            address.address
            for task in tasks
            if task.service_id in ids and task.state == "running" and task.desired_state == "running"
            for address in task.addresses
            if address.network == f"{stack}_front"
        }
    )


def _edge(address: str, domains: Domains) -> Edge:
    problem = _refusal(address, domains)
    try:
        name, expires = _certificate(address, domains.domain)
    except (OSError, ValueError) as error:
        return Edge(address, problem or f"no TLS on its port {_HTTPS} ({error})", "", None)
    return Edge(address, problem, name, expires)


def _refusal(address: str, domains: Domains) -> str:
    """Why the pages that a deploy asks for do not come; empty when they do."""
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
        for probe in probes(domains):
            try:
                status = client.get(f"http://{address}:{_HTTP}{probe.path}", headers={"Host": probe.host}).status_code
            except httpx.HTTPError as error:
                return f"{probe.host}{probe.path}: {str(error) or type(error).__name__}"
            if status != 200:
                return f"{probe.host}{probe.path} gets {status}"
    return ""


def _certificate(address: str, domain: str) -> tuple[str, datetime | None]:
    """Name and end of the certificate that the edge shows; whether it is to be trusted is not the question."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address, _HTTPS), timeout=_TIMEOUT_SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=domain) as tls,
    ):
        shown = tls.getpeercert(binary_form=True) or b""
    # Python decodes only certificates that it trusts.
    said = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-enddate"],  # noqa: S607  (of the image)
        input=shown, capture_output=True, check=False, timeout=_TIMEOUT_SECONDS,
    ).stdout.decode(errors="replace")  # fmt: skip
    _, found, end = said.strip().partition("notAfter=")
    return domain, datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if found else None


# ---- last words ------------------------------------------------------------------------------------


def _last_words(engine: Engine, tasks: Sequence[Task]) -> Mapping[str, LastWords]:
    """Of containers on this node that failed, or are failing their check; those of other nodes cannot be asked."""
    here = {container.id for container in engine.containers(all_states=True)}
    words = {}
    for task in tasks:
        if task.container_id in here and task.state in ("failed", "rejected", "starting"):
            try:
                words[task.id] = _words_of(engine, task.container_id)
            except EngineError:  # it was removed meanwhile
                continue
    return words


def _out_of_memory(engine: Engine, tasks: Sequence[Task]) -> frozenset[str]:
    """Of containers on this node, ended ones too, as long as the Swarm keeps them."""
    here = {container.id for container in engine.containers(all_states=True)}
    found = set()
    for task in tasks:
        container = engine.inspect_container(task.container_id) if task.container_id in here else None
        if container is not None and container.raw["State"].get("OOMKilled"):
            found.add(task.id)
    return frozenset(found)


def _words_of(engine: Engine, container_id: str) -> LastWords:
    container = engine.inspect_container(container_id)
    if container is None:
        return LastWords("", "")
    checks = ((container.raw["State"].get("Health") or {}).get("Log")) or []
    health = checks[-1]["Output"].strip() if checks and checks[-1].get("ExitCode") else ""
    if checks and checks[-1].get("ExitCode") and not health:
        health = f"exit code {checks[-1]['ExitCode']}, and nothing in words"
    lines = engine.last_lines(container_id, 1)
    return LastWords(health, lines[-1] if lines else "")
