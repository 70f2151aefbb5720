"""What tests/bench/api measures: the servers it brings up, load on them, and the CPU time that this took.

Each measurement raises MeasureError with what went wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from spike_measures import MeasureError, cpu_seconds

from app.models.base import DEFAULT_ORGANISATION
from tests.docker_cli import Container, Resources, docker, eventually
from tests.integration.app.conftest import Platform, empty_platform, finished
from tests.integration.app.http_client import TOKEN, Client

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PEER = HERE / "api_peer"
PEER_PORT = 18080
POOL = 3  # connections of a replica, as shipped; the peer gets as many
CAP = 20  # server connections that PgBouncer is told to keep within, as shipped
CLIENTS = 8
POSTS = 200
BODY = "<p>" + "The quick brown fox jumps over the lazy dog. " * 22 + "</p>"
OPERATIONS = ("list", "read", "create")


@dataclass(frozen=True)
class Scene:
    """The database with a site of `POSTS` posts of about a kilobyte."""

    platform: Platform
    resources: Resources
    folder: Path
    site: str
    post: str
    last: str


@dataclass(frozen=True)
class Side:
    """A server that is measured: where it listens, and the processes whose CPU time is its own."""

    name: str
    origin: str
    prefix: str
    pids: tuple[int, ...]


def install() -> None:
    """node, npm and wrk from Debian, the peer's packages by its lock file, and the images' names."""
    missing = [
        name for name, command in (("nodejs", "node"), ("npm", "npm"), ("wrk", "wrk")) if not shutil.which(command)
    ]
    if missing:
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)
    if not (PEER / "node_modules" / ".prisma").exists():
        _run("npm", "ci", "--prefix", str(PEER), "--ignore-scripts", "--no-audit", "--no-fund")
        # The engine that `generate` would fetch is for migrations alone.
        environment = os.environ | {"PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true"}
        _run("node_modules/.bin/prisma", "generate", cwd=PEER, env=environment)
    _run(str(ROOT / "swarm" / "images.sh"), "app", "postgres", "pgbouncer")
    for line in (ROOT / "swarm" / "images.env").read_text().splitlines():
        if line.startswith("export ") and "_IMAGE=" in line:
            name, _, value = line.removeprefix("export ").partition("=")
            os.environ[name] = value


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=env)
    if done.returncode:
        raise MeasureError(f"{' '.join(command[:3])} …: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


# ---- servers --------------------------------------------------------------------------------------------


def scene(resources: Resources, folder: Path) -> Scene:
    """PostgreSQL and PgBouncer in our images, the schema, and the site."""
    platform = empty_platform(resources, lambda name: os.environ[f"FLOTILLA_{name.upper()}_IMAGE"], folder / "secrets")
    migration = platform.migrate(resources)
    if finished(migration):
        raise MeasureError(f"The schema could not be made: {migration.logs()[-400:]}")
    # The peer sends a WHERE and no settings, so its tenant is the role's: ours sets the same one with each statement.
    platform.superuser(f"ALTER ROLE flotilla_app SET flotilla.organisation_id = '{DEFAULT_ORGANISATION}'")
    container, client = platform.replica(resources)
    site = _created(client, "/api/v1/sites", {"slug": "bench", "title": "Bench"})
    posts = [
        _created(client, f"/api/v1/sites/{site}/posts", {"title": f"Post {number}", "body": BODY})
        for number in range(POSTS)
    ]
    container.stop()
    platform.superuser("ANALYZE post")
    return Scene(platform, resources, folder, site, posts[POSTS // 2], posts[-1])


def _created(client: Client, path: str, body: dict[str, str]) -> str:
    answer = client.post(path, body)
    if answer.status != 201:
        raise MeasureError(f"POST {path}: {answer.status}: {answer.body!r}")
    return str(answer.json["id"])


def _pids(container: Container) -> tuple[int, ...]:
    lines = docker("top", container.name, "-eo", "pid").splitlines()[1:]
    return tuple(int(line) for line in lines)


@contextmanager
def our_replica(scene: Scene) -> Iterator[Side]:
    """One replica of the app, as shipped."""
    container, _ = scene.platform.replica(scene.resources)
    try:
        yield Side("ours", f"http://{container.ip}:8000", "/api/v1", _pids(container))
    finally:
        container.stop()


@contextmanager
def peer(scene: Scene) -> Iterator[Side]:
    """The Express server, in a process of this machine."""
    pgbouncer = scene.platform.pgbouncer.ip
    password = scene.platform.servers.password("flotilla_app")
    environment = os.environ | {
        "NODE_ENV": "production",
        "PEER_DATABASE_URL": f"postgresql://flotilla_app:{quote(password, safe='')}@{pgbouncer}:6432/flotilla",
        "PEER_PORT": str(PEER_PORT),
        "PEER_TOKEN": TOKEN,
        "PEER_ORGANISATION": DEFAULT_ORGANISATION,
        "PEER_POOL": str(POOL),
    }
    with (scene.folder / "peer.log").open("w") as log:
        process = subprocess.Popen(["node", "server.js"], cwd=PEER, env=environment, stdout=log, stderr=log)
        try:
            eventually(lambda: "listening" in (scene.folder / "peer.log").read_text(), 30)
            yield Side("theirs", f"http://127.0.0.1:{PEER_PORT}", "", (process.pid,))
        finally:
            process.terminate()
            process.wait(timeout=10)


# ---- load -----------------------------------------------------------------------------------------------

_LUA = """
wrk.headers["Authorization"] = "Bearer %(token)s"
wrk.headers["Host"] = "app.localhost"
local body = %(body)s
local number = 0
request = function()
  if body == nil then return wrk.format("GET", "%(path)s") end
  number = number + 1
  wrk.headers["Content-Type"] = "application/json"
  return wrk.format("POST", "%(path)s", wrk.headers, '{"title": "Post ' .. number .. '", "body": "' .. body .. '"}')
end
done = function(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests": %%d, "microseconds": %%d, "p99": %%d, "failed": %%d}',
    summary.requests, summary.duration, latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


def _load(scene: Scene, side: Side, operation: str, clients: int, seconds: int) -> subprocess.Popen[str]:
    path = {
        "list": f"/sites/{scene.site}/posts?limit=20",
        "read": f"/sites/{scene.site}/posts/{scene.post}",
        "create": f"/sites/{scene.site}/posts",
    }[operation]
    body = f'"{BODY}"' if operation == "create" else "nil"
    script = scene.folder / f"{side.name}-{operation}.lua"
    if not script.exists():  # several wrk at once read the same one
        script.write_text(_LUA % {"token": TOKEN, "path": side.prefix + path, "body": body})
    command = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "-s", str(script), side.origin]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _outcome(process: subprocess.Popen[str]) -> dict[str, int]:
    said, _ = process.communicate()
    try:
        found: dict[str, int] = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise MeasureError(f"wrk: {said.strip()[-400:]}") from None
    if found["failed"] or not found["requests"]:
        raise MeasureError(f"{found['failed']} of {found['requests']} requests failed, so nothing was measured.")
    return found


def _cpu(pids: Sequence[int]) -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(cpu_seconds(Path(f"/proc/{pid}/stat").read_text(), ticks) for pid in pids)


def measured(scene: Scene, side: Side, operation: str, seconds: int) -> dict[str, Any]:
    """One operation on one server: requests per CPU-second and per second, and the p99 in ms."""
    _load(scene, side, operation, CLIENTS, 2).communicate()  # what is done once is done
    before = _cpu(side.pids)
    outcome = _outcome(_load(scene, side, operation, CLIENTS, seconds))
    cpu = _cpu(side.pids) - before
    if operation == "create":  # each round begins with the same table
        scene.platform.superuser(f"DELETE FROM post WHERE id > '{scene.last}'")
    return {
        "server": side.name,
        "operation": operation,
        "requests": outcome["requests"],
        "cpu_seconds": round(cpu, 3),
        "per_cpu_second": outcome["requests"] / cpu,
        "per_second": outcome["requests"] / (outcome["microseconds"] / 1e6),
        "p99_ms": outcome["p99"] / 1000,
    }


def pool_against_connecting(scene: Scene, seconds: int = 5) -> dict[str, Any]:
    """Lists per CPU-second with connections that are kept, and with one for each; the ratio of the two."""
    container = scene.platform.run(
        scene.resources,
        ["python", "/bench/api_pool.py", scene.site, str(seconds)],
        {"PYTHONPATH": "/srv"},
        ["-v", f"{HERE / 'api_pool.py'}:/bench/api_pool.py:ro"],
    )
    if finished(container):
        raise MeasureError(f"api_pool.py: {container.logs()[-400:]}")
    found: dict[str, Any] = json.loads(container.logs().strip().splitlines()[-1])
    found["ratio"] = round(found["kept"]["per_cpu_second"] / found["connecting"]["per_cpu_second"], 1)
    return found


def throughput(scene: Scene, replicas: int, seconds: int) -> dict[str, Any]:
    """Lists per second of so many replicas at once, and the most server connections meanwhile."""
    started = [scene.platform.replica(scene.resources) for _ in range(replicas)]
    try:
        sides = [Side("ours", f"http://{container.ip}:8000", "/api/v1", ()) for container, _ in started]
        loads = [_load(scene, side, "list", max(1, 24 // replicas), seconds) for side in sides]
        most = 0
        while any(load.poll() is None for load in loads):
            counted = scene.platform.superuser(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE usename = 'flotilla_app' AND backend_type = 'client backend'"
            )
            most = max(most, int(counted))
            time.sleep(0.2)
        outcomes = [_outcome(load) for load in loads]
    finally:
        for container, _ in started:
            container.kill()
    rates = [outcome["requests"] / (outcome["microseconds"] / 1e6) for outcome in outcomes]
    return {"replicas": replicas, "per_second": round(sum(rates)), "each": rates, "db_connections_max": most}
