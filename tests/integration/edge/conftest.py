"""A stand for the edge: our image between the test and a few scripted replicas on one bridge network."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docker_cli import Container, Resources, eventually

UPSTREAM = Path(__file__).with_name("upstream.py")
SHIPPED_ROUTES = Path(__file__).parents[3] / "nginx" / "routes.yml"
EDGE_OPTIONS = ("--init", "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/flotilla", "--cap-drop", "ALL")
KEEPALIVE = ("--sysctl=net.ipv4.tcp_keepalive_time=5", "--sysctl=net.ipv4.tcp_keepalive_intvl=1",
             "--sysctl=net.ipv4.tcp_keepalive_probes=3", "--sysctl=net.ipv4.tcp_retries2=5")  # fmt: skip


# The tests are one address that does what no single client does.
UNLIMITED = {"FLOTILLA_EDGE_UNLIMITED": "0.0.0.0/0"}


@dataclass(frozen=True)
class Answer:
    """What came back; `seconds` from sending to the last byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def replica(self) -> str:
        return self.headers["x-replica"]


def fetch(ip: str, port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """One request on a connection of its own; underscores in header names stand for hyphens."""
    connection = http.client.HTTPConnection(ip, port, timeout=90)
    started = time.monotonic()
    fields = {"Host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body=body, headers=fields)
        response = connection.getresponse()
        content = response.read()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, received, content, time.monotonic() - started)
    finally:
        connection.close()


@dataclass
class Replica:
    """A scripted upstream (upstream.py)."""

    container: Container
    ip: str

    def control(self, **query: int) -> dict:
        """Its counters; ``ready=0`` or ``ready=1`` changes what its readiness path says."""
        path = "/control?" + "&".join(f"{key}={value}" for key, value in query.items())
        return fetch(self.ip, 8000, path).json

    def count(self, key: str) -> int:
        return self.control()["counts"].get(key, 0)


@dataclass
class Stand:
    """An edge and its replicas."""

    image: str
    resources: Resources
    network: str
    edge: Container
    ip: str
    replicas: list[Replica] = field(default_factory=list)

    def get(self, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        return fetch(self.ip, 8080, path, method, body, **headers)

    def metrics(self) -> dict[str, float]:
        """``name{labels}`` → value, without the prefix flotilla_edge_."""
        text = fetch(self.ip, 9101, "/metrics").body.decode()
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name.removeprefix("flotilla_edge_"): float(value) for name, value in lines}

    def metric(self, name: str, service: str = "flotilla_app", **labels: str) -> float:
        more = "".join(f',{key}="{value}"' for key, value in labels.items())
        return self.metrics()[f'{name}{{service="{service}"{more}}}']

    def add_replica(self, *args: str, service: str = "flotilla_app", ready: bool = True) -> Replica:
        """Starts one more; it is in DNS at once, and listens a moment later."""
        number = len(self.replicas) + 1
        container = self.resources.run(
            self.image,
            f"--network-alias=tasks.{service}",
            "--entrypoint=python3",
            "--stop-signal=SIGTERM",
            *args,
            name=f"replica{number}",
            network=self.network,
            env={"NAME": f"replica{number}", "READY": "1" if ready else "0"},
            volumes=[f"{UPSTREAM}:/upstream.py:ro"],
            command=["/upstream.py"],
        )
        replica = Replica(container, container.ip)
        self.replicas.append(replica)
        return replica

    def await_replicas(self, known: int, ready: int, service: str = "flotilla_app") -> None:
        wanted = (known, ready)
        eventually(
            lambda: tuple(self.metric("replicas", service, state=state) for state in ("known", "ready")) == wanted
        )

    def workers(self) -> set[str]:
        """The process ids of nginx' workers."""
        script = 'grep -l "[n]ginx: worker process" /proc/[0-9]*/cmdline 2>/dev/null || true'
        return set(re.findall(r"/proc/(\d+)/", self.edge.exec("sh", "-c", script)))


StandMaker = Callable[..., Stand]


@pytest.fixture
def stand(resources: Resources, image: Callable[[str], str], tmp_path: Path) -> Iterator[StandMaker]:
    """``stand(replicas=2, readiness="/readyz", **limits) -> Stand``: one route, localhost → flotilla_app.

    ``routes`` replaces the routes file's text, ``settings`` the edge's variables (by default the limits per address
    are off), ``options`` are docker's for the edge. Returns when the edge knows all replicas and finds them ready.
    """

    def make(
        replicas: int = 2,
        *,
        readiness: str | None = "/readyz",
        routes: str | None = None,
        settings: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
        network_options: tuple[str, ...] = (),
        **limits: float,
    ) -> Stand:
        network = resources.network(*network_options)
        route = {
            "host": "localhost",
            "service": "flotilla_app",
            "port": 8000,
            "readiness": readiness,
        } | limits
        file = tmp_path / "routes.yml"
        file.write_text(routes if routes is not None else json.dumps([route]))
        file.chmod(0o644)
        edge = resources.run(
            image("edge"),
            *EDGE_OPTIONS,
            *KEEPALIVE,
            *options,
            name="edge",
            network=network,
            env={"FLOTILLA_ROUTES_FILE": "/etc/flotilla/routes.yml"} | (UNLIMITED if settings is None else settings),
            volumes=[f"{file}:/etc/flotilla/routes.yml:ro"],
        )
        made = Stand(image("edge"), resources, network, edge, edge.ip)
        for _ in range(replicas):
            made.add_replica()
        eventually(lambda: fetch(made.ip, 9101, "/healthz").status == 200)
        made.await_replicas(replicas, replicas)
        return made

    yield make


class Load:
    """A bounded number of clients that send requests one after the other until told to stop."""

    def __init__(self, stand: Stand, clients: int, path: str, methods: tuple[str, ...] = ("GET",)) -> None:
        self.answers: list[Answer] = []
        self.failures: list[str] = []
        self._stand, self._path, self._methods = stand, path, methods
        self._stopping = False
        self._pool = concurrent.futures.ThreadPoolExecutor(clients)
        self._running = [self._pool.submit(self._client, number) for number in range(clients)]

    def _client(self, number: int) -> None:
        method = self._methods[number % len(self._methods)]
        for _ in range(2000):
            if self._stopping:
                return
            try:
                answer = self._stand.get(self._path, method, b"x" if method == "POST" else None)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{method}: {error!r}")
                continue
            self.answers.append(answer)
            if answer.status != 200:
                self.failures.append(f"{method}: {answer.status} {answer.body[:200]!r}")

    def stop(self) -> None:
        self._stopping = True
        for client in self._running:
            client.result()
        self._pool.shutdown()


@pytest.fixture
def load() -> Iterator[Callable[..., Load]]:
    """``load(stand, clients, path, methods=("GET",)) -> Load``; what still runs at the end is stopped."""
    started: list[Load] = []

    def start(*args: object, **kwargs: object) -> Load:
        started.append(Load(*args, **kwargs))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def together() -> Iterator[Callable[..., list]]:
    """``together(callable, ...)``: starts each in a thread at once; returns their futures."""
    pools: list[concurrent.futures.ThreadPoolExecutor] = []

    def start(*calls: Callable[[], object]) -> list[concurrent.futures.Future]:
        pools.append(concurrent.futures.ThreadPoolExecutor(len(calls)))
        return [pools[-1].submit(call) for call in calls]

    yield start
    for pool in pools:
        pool.shutdown()
