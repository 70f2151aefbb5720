"""The stack as an operator and its clients see it: services, tasks, figures, requests through the edge."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tests.docker_cli import DockerError, eventually, unique_name
from tests.e2e.node import Node
from tests.e2e.traffic import Load

APP = "flotilla_app"
API = "app.localhost"
PROBE_PORT = 9999
HERE = Path(__file__).parent

_runs = itertools.count(1)


class Stack:
    """One running stack on a node."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.edge = httpx.Client(base_url=f"http://{node.ip}", timeout=20)
        self._probe: str | None = None
        self._token: str | None = None
        """The one that the first up.sh made: a later test rotates it."""

    # ---- services ------------------------------------------------------------------------------------

    def services(self) -> list[dict[str, Any]]:
        """The engine's JSON of the stack's services."""
        found: list[dict[str, Any]] = self.node.engine("/services", {"label": ["com.docker.stack.namespace=flotilla"]})
        return found

    def names(self) -> list[str]:
        """The stack's services."""
        return [raw["Spec"]["Name"] for raw in self.services()]

    def inspect(self, *services: str) -> list[dict[str, Any]]:
        """The engine's JSON of some services."""
        return [self.node.engine(f"/services/{service}") for service in services]

    def versions(self) -> dict[str, int]:
        """Every service's Version.Index: it changes with each write, whatever was written."""
        return {raw["Spec"]["Name"]: raw["Version"]["Index"] for raw in self.services()}

    def replicas(self, service: str = APP) -> int:
        """Wanted replicas."""
        return int(self.inspect(service)[0]["Spec"]["Mode"]["Replicated"]["Replicas"])

    def image(self, service: str = APP) -> str:
        return str(self.inspect(service)[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"])

    def update_state(self, service: str = APP) -> str:
        """``updating``, ``completed``, ``rollback_completed`` …; empty without an update."""
        return _update_state(self.inspect(service)[0])

    def tasks(self, service: str = APP) -> list[dict[str, Any]]:
        """The engine's JSON of the tasks that are meant to run."""
        found: list[dict[str, Any]] = self.node.engine("/tasks", {"service": [service], "desired-state": ["running"]})
        return found

    def ready(self, service: str = APP) -> list[dict[str, Any]]:
        """Those of them that run; with a health check that means: healthy."""
        return [task for task in self.tasks(service) if task["Status"]["State"] == "running"]

    def containers(self, service: str = APP) -> list[str]:
        """Container ids of the ready tasks, in the order of their slots."""
        ordered = sorted(self.ready(service), key=lambda task: task.get("Slot", 0))
        return [task["Status"]["ContainerStatus"]["ContainerID"] for task in ordered]

    def container(self, service: str) -> str:
        """Container id of a ready task."""
        found = self.containers(service)
        assert found, f"{service} has no ready task"
        return found[0]

    def container_ids(self, service: str, **filters: list[str]) -> set[str]:
        """Ids of a service's containers that run, whatever Swarm means to do with them."""
        label = f"com.docker.swarm.service.name={service}"
        return {raw["Id"] for raw in self.node.engine("/containers/json", {"label": [label], **filters})}

    def wait_ready(self, service: str = APP, replicas: int | None = None, seconds: float = 120) -> None:
        """Until as many tasks are ready as are wanted (and that is ``replicas``), and no rollout runs."""

        def settled() -> bool:
            raw = self.inspect(service)[0]
            wanted = int(raw["Spec"]["Mode"]["Replicated"]["Replicas"])
            return (
                (replicas is None or wanted == replicas)
                and len(self.ready(service)) == wanted
                and not _update_state(raw).endswith(("updating", "started"))
            )

        eventually(settled, seconds)

    def wait_healthy(self, seconds: float = 180) -> None:
        """Until every service has its tasks and the platform answers through the edge."""

        def healthy() -> bool:
            return self.all_at_their_counts() and self.api("GET", "/sites").status_code == 200

        eventually(healthy, seconds)

    def all_at_their_counts(self) -> bool:
        """Whether every service of the Swarm has as many ready tasks as it is meant to have."""
        counts = [raw["ServiceStatus"] for raw in self.node.engine("/services?status=true")]
        return all(count["RunningTasks"] == count["DesiredTasks"] for count in counts)

    def update(self, service: str, *options: str) -> None:
        """``docker service update``, again if somebody else (the autoscaler) wrote in between."""

        for _ in range(20):
            try:
                self.node.docker("service", "update", "--detach", "--no-resolve-image", *options, service)
            except DockerError as error:
                if "out of sequence" not in str(error):
                    raise
            else:
                return
        raise AssertionError(f"{service} was written by somebody else 20 times in a row")

    @contextlib.contextmanager
    def autoscaled(self, service: str = APP, **settings: object) -> Iterator[None]:
        """The ``flotilla.autoscale.*`` labels as given for a block, then as they were. Restarts nothing."""
        before = self.inspect(service)[0]["Spec"]["Labels"]
        changed = {f"flotilla.autoscale.{key}": str(value) for key, value in settings.items()}
        self.update(service, *(part for item in changed.items() for part in ("--label-add", "=".join(item))))
        try:
            yield
        finally:
            back = [
                ("--label-add", f"{key}={before[key]}") if key in before else ("--label-rm", key) for key in changed
            ]
            self.update(service, *(part for pair in back for part in pair))

    @contextlib.contextmanager
    def quick_rollouts(self, *services: str) -> Iterator[None]:
        """Rollouts that watch each new task for one second instead of ten, for a block. Restarts nothing."""
        for service in services:
            self.update(service, "--update-monitor", "1s")
        try:
            yield
        finally:
            for service in services:
                self.update(service, "--update-monitor", "10s")

    @contextlib.contextmanager
    def scaled(self, service: str, replicas: int) -> Iterator[None]:
        """So many replicas for a block, ready when it begins; then as many as before."""
        before = self.replicas(service)
        self.update(service, "--replicas", str(replicas))
        try:
            self.wait_ready(service, replicas)
            yield
        finally:
            self.update(service, "--replicas", str(before))
            self.wait_ready(service, before)

    # ---- figures -------------------------------------------------------------------------------------

    def fetch(self, url: str) -> httpx.Response:
        """GET from inside the stack's networks, of what is not published."""
        if self._probe is None:
            self._start_probe()
        return httpx.get(f"http://{self.node.ip}:{PROBE_PORT}/?url={quote(url, safe='')}", timeout=15)

    def prometheus(self, query: str) -> list[dict[str, Any]]:
        """The series of an instant query: ``[{"metric": {…}, "value": [at, "1"]}]``."""
        answer = self.fetch(f"http://prometheus:9090/api/v1/query?query={quote(query)}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def figure(self, query: str) -> float:
        """The one value of an instant query; an AssertionError when there is not exactly one."""
        found = self.prometheus(query)
        assert len(found) == 1, f"{query} has {len(found)} series"
        return float(found[0]["value"][1])

    def decisions(self, service: str = APP, since: float = 0, *, last: bool = False) -> list[dict[str, Any]]:
        """The autoscaler's decisions about a service, oldest first; with `last` only that of the last tick."""
        answer = self.fetch(f"http://autoscaler:9103/decisions?service={service}&since={since}&last={last:d}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["decisions"]
        return found

    def now(self) -> float:
        """The node's clock, which the decisions' times are of."""
        return time.time()  # a container's is the machine's

    def captain_image(self) -> str:
        return self.image("flotilla_captain")

    def _start_probe(self) -> None:
        name = unique_name("probe")
        self.node.docker(
            *("run", "-d", "--name", name, "--network", "flotilla_ops", "-p", f"{PROBE_PORT}:{PROBE_PORT}"),
            *("-e", f"PROBE={(HERE / 'probe.py').read_text()}", self.captain_image()),
            *("sh", "-c", f'exec python -c "$PROBE" {PROBE_PORT}'),
        )
        self.node.docker("network", "connect", "flotilla_front", name)
        self._probe = name
        eventually(lambda: self.fetch("http://prometheus:9090/-/ready").status_code == 200, seconds=30)

    def close_probe(self) -> None:
        """Takes the probe off the stack's networks, which could not be removed with it."""
        if self._probe is not None:
            self.node.docker("rm", "-f", self._probe)
            self._probe = None

    # ---- requests and database --------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """An API key that may do everything, made at the shell once and used by all."""
        if self._token is None:
            command = ("python", "-m", "app", "key", "create", "--name", "e2e", "--scope", "manage")
            self._token = self.node.docker("exec", self.container(APP), *command).strip()
        return self._token

    def forget_token(self) -> None:
        """The database is gone, and the key with it; the next one has to be made."""
        self._token = None

    @contextlib.contextmanager
    def another_database(self) -> Iterator[None]:
        """For a block, the key is one of the database that is there then; afterwards that of before is good again."""
        kept, self._token = self.token, None
        try:
            yield
        finally:
            self._token = kept

    def api(self, method: str, path: str, *, token: str | None = None, body: object = None) -> httpx.Response:
        """A request to ``/api/v1`` + path through the edge; ``token=""`` sends none."""
        bearer = self.token if token is None else token
        headers = {"Host": API} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        return self.edge.request(method, f"/api/v1{path}", headers=headers, json=body)

    def new_site(self) -> str:
        """Makes a site and returns its id."""
        slug = f"test-{next(_runs)}-{int(self.now())}"
        answer = eventually(lambda: self._created(slug), seconds=30)
        return str(answer["id"])

    def _created(self, slug: str) -> dict[str, Any]:
        answer = self.api("POST", "/sites", body={"slug": slug, "title": slug})
        assert answer.status_code == 201, f"{answer.status_code}: {answer.text}"
        created: dict[str, Any] = answer.json()
        return created

    def titles(self, site: str) -> list[str]:
        """The titles of all posts of a site, as the API tells them."""
        found: list[str] = []
        path = f"/sites/{site}/posts?limit=1000"
        page = self.api("GET", path).json()
        found += [post["title"] for post in page["items"]]
        while page["next"] is not None:
            page = self.api("GET", f"{path}&after={page['next']}").json()
            found += [post["title"] for post in page["items"]]
        return found

    def load(self, site: str, *, clients: int, post_percent: float = 30, run: str = "load") -> Load:
        """Clients that read and write a site's posts through the edge's published port, until stopped."""
        path = f"/api/v1/sites/{site}/posts"
        return Load(
            [
                *("--connect", self.node.ip, "--port", "80", "--host", API, "--token", self.token),
                *("--get", f"{path}?limit=20", "--post", path, "--post-percent", str(post_percent)),
                *("--clients", str(clients), "--run", run),
            ]
        )

    def open_load(self, site: str, *, rate: float, post_percent: float = 30) -> Load:
        """An open loop of reads and writes at a fixed rate, which tells what became of each request."""
        path = f"/api/v1/sites/{site}/posts"
        return Load(
            [
                *("--connect", self.node.ip, "--port", "80", "--host", API, "--token", self.token),
                *("--get", f"{path}?limit=20", "--post", path, "--post-percent", str(post_percent)),
                *("--rate", str(rate), "--each", "--run", f"site-{site}"),
            ]
        )

    @contextlib.contextmanager
    def inside_load(self, arguments: list[str]) -> Iterator[None]:
        """The load generator in a container on the front network, for what the edge does not publish."""
        name = unique_name("load")
        self.node.docker(
            *("run", "-d", "--name", name, "--network", "flotilla_front"),
            *("-e", f"LOAD={(HERE / 'load.py').read_text()}", self.captain_image()),
            *("sh", "-c", 'exec python -c "$LOAD" "$@"', "load", *arguments),
        )
        try:
            yield
        finally:
            self.node.docker("rm", "-f", name)

    def sql(self, statement: str) -> str:
        """Runs SQL as PostgreSQL's superuser, on its local socket."""
        return self.node.docker(
            "exec", self.container("flotilla_postgres"), "psql", "-XAtqd", "flotilla", "-c", statement
        )


def _update_state(raw: Mapping[str, Any]) -> str:
    return str((raw.get("UpdateStatus") or {}).get("State", ""))


class ConnectionSamples:
    """Counts the app role's server connections five times a second, from inside PostgreSQL, until closed."""

    def __init__(self, stack: Stack, role: str = "flotilla_app", console: Sequence[str] = ()) -> None:
        """`console` is psql as a superuser of another server than the bundle's: what `docker exec -i` runs where."""
        console = console or (stack.container("flotilla_postgres"), "psql", "-XAtqd", "flotilla")
        self._process: subprocess.Popen[str] = stack.node.popen("docker", "exec", "-i", *console)
        self.counts: list[int] = []
        self.noise: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._process.stdin is not None
        # state <> '' leaves out nothing: every backend of the role is a server connection, idle or not.
        self._process.stdin.write(
            "SELECT 'connections ' || count(*) FROM pg_stat_activity "
            f"WHERE usename = '{role}' AND backend_type = 'client backend' \\watch i=0.2\n"
        )
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, count = line.strip().rpartition(" ")
            if word == "connections":
                self.counts.append(int(count))
            elif line.strip():
                self.noise.append(line.strip())

    def __enter__(self) -> ConnectionSamples:
        eventually(lambda: self.counts, seconds=15)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(timeout=10)
