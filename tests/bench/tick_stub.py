"""An engine and a Prometheus with so many services, in a process of their own: what they answer costs the measured one
nothing but reading it.

The answers have the size and the fields of real ones. A list of the services moves the clock on by a second; in every
second some services are scaled, by whoever, so that nothing is remembered that would not be in a real Swarm.
"""

from __future__ import annotations

import json
import random
import re
import socketserver
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from autoscaler import queries
from swarm.engine import JSON

START = 1_700_000_000
AGE_SECONDS = 3600
TARGETS = {"concurrency": "3", "cpu": "0.7", "memory": "0.8"}


class Bundle:
    """So many services, with so many tasks each, and the clock that they all go by."""

    def __init__(self, services: int, replicas: int, changing_per_second: int) -> None:
        self.now = float(START)
        self.asked = 0
        self._changing = changing_per_second
        self._random = random.Random(4)
        self._versions = [100 + number for number in range(services)]
        self._tasks = [[self._id() for _ in range(replicas)] for _ in range(services)]
        self._ids = [self._id() for _ in range(services)]

    def _id(self) -> str:
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=25))

    def second(self) -> None:
        """The next one: some services are written, and one of their tasks is another."""
        self.now += 1
        for _ in range(self._changing):
            chosen = self._random.randrange(len(self._versions))
            self._versions[chosen] += 7
            self._tasks[chosen][0] = self._id()

    # ---- the engine ------------------------------------------------------------------------------

    def services(self) -> list[JSON]:
        """`GET /services?status=true`; a tick begins with it, and so does a second."""
        self.second()
        return [self._service(number) for number in range(len(self._ids))]

    def _service(self, number: int) -> JSON:
        spec, count = self._spec(number), len(self._tasks[number])
        return {
            "ID": self._ids[number],
            "Version": {"Index": self._versions[number]},
            "CreatedAt": _moment(START - AGE_SECONDS),
            "UpdatedAt": _moment(START - AGE_SECONDS),
            "Spec": spec,
            "PreviousSpec": spec,
            "Endpoint": {"Spec": {"Mode": "dnsrr"}},
            "UpdateStatus": {
                "State": "completed",
                "StartedAt": _moment(START - AGE_SECONDS),
                "CompletedAt": _moment(START - AGE_SECONDS),
                "Message": "update completed",
            },
            "ServiceStatus": {"RunningTasks": count, "DesiredTasks": count, "CompletedTasks": 0},
        }

    def _spec(self, number: int) -> JSON:
        ours = {f"flotilla.autoscale.{name}": text for name, text in (TARGETS | {"min": "1", "max": "40"}).items()}
        return {
            "Name": _name(number),
            "Labels": {
                "com.docker.stack.image": "registry.internal:5000/customer/web:2026-11-27",
                "com.docker.stack.namespace": f"customer-{number:04}",
                "flotilla.autoscale.enabled": "true",
                **ours,
            },
            "TaskTemplate": self._template(number),
            "Mode": {"Replicated": {"Replicas": len(self._tasks[number])}},
            "UpdateConfig": _rolling("start-first"),
            "RollbackConfig": _rolling("start-first"),
            "EndpointSpec": {"Mode": "dnsrr"},
        }

    def _template(self, number: int) -> JSON:
        return {
            "ContainerSpec": {
                "Image": "registry.internal:5000/customer/web:2026-11-27@sha256:" + "0123456789abcdef" * 4,
                "Labels": {"com.docker.stack.namespace": f"customer-{number:04}"},
                "Env": [f"SETTING_{index}=a value of a setting, number {index}" for index in range(10)],
                "Mounts": [{"Type": "tmpfs", "Target": "/tmp"}],
                "StopGracePeriod": 40_000_000_000,
                "Healthcheck": {"Test": ["CMD", "healthcheck", "8000"], "Interval": 5_000_000_000, "Retries": 3},
                "DNSConfig": {},
                "Secrets": [_file("secret", index) for index in range(2)],
                "Isolation": "default",
            },
            "Resources": {
                "Limits": {"NanoCPUs": 500_000_000, "MemoryBytes": 268_435_456, "Pids": 100},
                "Reservations": {"NanoCPUs": 20_000_000, "MemoryBytes": 67_108_864},
            },
            "RestartPolicy": {"Condition": "any", "Delay": 1_000_000_000, "MaxAttempts": 0},
            "Placement": {"Platforms": [{"Architecture": "amd64", "OS": "linux"}]},
            "Networks": [{"Target": "n" * 25, "Aliases": ["web"]}, {"Target": "m" * 25, "Aliases": ["web"]}],
            "LogDriver": {"Name": "json-file", "Options": {"max-file": "3", "max-size": "10m"}},
            "ForceUpdate": 0,
            "Runtime": "container",
        }

    def tasks(self, services: list[str]) -> list[JSON]:
        """`GET /tasks` of some services, those that are meant to run."""
        wanted = set(services)
        return [
            self._task(number, slot)
            for number, service in enumerate(self._ids)
            if service in wanted
            for slot in range(len(self._tasks[number]))
        ]

    def _task(self, number: int, slot: int) -> JSON:
        since = _moment(START - AGE_SECONDS)
        return {
            "ID": self._tasks[number][slot],
            "Version": {"Index": self._versions[number]},
            "CreatedAt": since,
            "UpdatedAt": since,
            "Labels": {},
            "Spec": self._template(number),
            "ServiceID": self._ids[number],
            "Slot": slot + 1,
            "NodeID": "n" * 25,
            "Status": {
                "Timestamp": since,
                "State": "running",
                "Message": "started",
                "ContainerStatus": {"ContainerID": "c" * 64, "PID": 4711, "ExitCode": 0},
                "PortStatus": {},
            },
            "DesiredState": "running",
            "NetworksAttachments": [_attachment("front", slot), _attachment("data", slot)],
        }

    # ---- Prometheus ------------------------------------------------------------------------------

    def answer(self, expression: str) -> list[JSON]:
        """The vector that a query of the autoscaler gives."""
        self.asked += 1
        match expression:
            case queries.NOW_AND_TARGETS:
                return [self._sample({"__name__": "up", "instance": "10.0.0.2:9101", "job": "edge"}, 1)]
            case queries.EDGE:
                return self._by_service(concurrency=28, arrivals=400, in_system=28, sampled_at=self.now - 0.3)
            case queries.LATENCY:
                return self._by_service(p95=0.11, rate=400)
            case queries.MEMORY:
                return self._by_task(120e6, self._tasks)
            case queries.DATABASE:
                figures = {"connections": 6, "cap": 20, "waiting": 0, "wait_each": 0}
                return [self._sample({"kind": kind}, value) for kind, value in figures.items()]
        if closely := re.search(r'service=~"([^"]*)"', expression):
            names = closely[1].split("|")
            assert expression == queries.cpu(names), f"not a query of the autoscaler: {expression}"
            return self._cpu() + self._by_task(0.31, [self._tasks[int(name[9:13])] for name in names])
        assert expression == queries.cpu(), f"not a query of the autoscaler: {expression}"
        return self._cpu()

    def _cpu(self) -> list[JSON]:
        counts = [len(tasks) for tasks in self._tasks]
        return [
            self._sample({"kind": kind, "service": _name(number)}, value * count if kind.endswith("sum") else count)
            for kind, value in {"sum": 0.31, "count": 1, "lately_sum": 0.31, "lately_count": 1}.items()
            for number, count in enumerate(counts)
        ]

    def _by_service(self, **kinds: float) -> list[JSON]:
        return [
            self._sample({"kind": kind, "service": _name(number)}, value)
            for kind, value in kinds.items()
            for number in range(len(self._ids))
        ]

    def _by_task(self, value: float, those: list[list[str]]) -> list[JSON]:
        return [self._sample({"kind": "each", "task": task}, value) for tasks in those for task in tasks]

    def _sample(self, labels: dict[str, str], value: float) -> JSON:
        exact = value > 1e9 or labels.get("kind", "up") in ("up", "count", "lately_count")
        noisy = float(value) if exact else value * self._random.uniform(0.97, 1.03)
        return {"metric": labels, "value": [self.now, repr(noisy)]}


def _name(number: int) -> str:
    return f"customer-{number:04}_web"


def _moment(unix_time: float) -> str:
    return datetime.fromtimestamp(unix_time, UTC).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")


def _rolling(order: str) -> JSON:
    return {"Parallelism": 1, "FailureAction": "rollback", "Monitor": 10_000_000_000, "Order": order}


def _file(kind: str, number: int) -> JSON:
    file = {"Name": f"/run/secrets/{kind}_{number}", "UID": "10001", "GID": "10001", "Mode": 256}
    return {"File": file, "SecretID": "s" * 25, "SecretName": f"customer_{kind}_{number}"}


def _attachment(name: str, number: int) -> JSON:
    spec = {
        "Name": name,
        "Labels": {"com.docker.stack.namespace": "flotilla"},
        "DriverConfiguration": {"Name": "overlay"},
        "IPAMOptions": {"Driver": {"Name": "default"}, "Configs": [{"Subnet": "10.200.0.0/16"}]},
        "Scope": "swarm",
    }
    network = {"ID": "n" * 25, "Version": {"Index": 12}, "Spec": spec, "DriverState": {"Name": "overlay"}}
    return {"Network": network, "Addresses": [f"10.200.3.{number + 2}/16"]}


class _Threading(socketserver.ThreadingMixIn):
    daemon_threads = True


class _UnixServer(_Threading, socketserver.UnixStreamServer):
    pass


class _TcpServer(_Threading, socketserver.TCPServer):
    allow_reuse_address = True


def serve(bundle: Bundle, socket: Path) -> int:
    """Serve the engine at a Unix socket and Prometheus at a port of this machine alone; that port."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def address_string(self) -> str:
            return "local"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = parse_qs(parts.query)
            path = "/" + parts.path.rsplit("/", 1)[-1]
            if path == "/version":
                self._send({"ApiVersion": "1.47", "MinAPIVersion": "1.24", "Version": "27.0.0"})
            elif path == "/services":
                self._send(bundle.services())
            elif path == "/tasks":
                self._send(bundle.tasks(json.loads(asked["filters"][0])["service"]))
            elif path == "/asked":
                self._send(bundle.asked)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            found = bundle.answer(form["query"][0])
            self._send({"status": "success", "data": {"resultType": "vector", "result": found}})

        def _send(self, body: Any) -> None:
            content = json.dumps(body, separators=(",", ":")).encode() + b"\n"
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    engine, prometheus = _UnixServer(str(socket), Answers), _TcpServer(("127.0.0.1", 0), Answers)
    for server in (engine, prometheus):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(prometheus.server_address[1])
