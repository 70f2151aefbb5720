"""How each part of the stack is killed, and how one sees that all is as before. For the e2e test and tests/soak."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.docker_cli import DockerError, eventually
from tests.e2e.stack import APP, Stack
from tests.e2e.traffic import Load
from tests.e2e.verdict import DISTURBED_SECONDS, Death, Excuse, Seen, by_death, seen, written_wrongly

REPLICAS = 3
RATE = 20  # requests/s: a fraction of what the replicas can do, so that nothing but the kill is seen
HOLD_SECONDS = 0.4  # replicas are held still for as long before a kill, so that requests are under way in it
BACK_SECONDS = 240  # bound of every recovery, generous: a busy machine takes long

# The count stays while the autoscaler goes on deciding: backlogs may not raise it, idling may not lower it.
LABELS = {"min": 2, "max": REPLICAS, "stabilization_seconds": 86400, "hold_seconds": 0}

WORKERS = 'grep -l "[n]ginx: worker process" /proc/[0-9]*/cmdline 2>/dev/null || true'
AGENT = "grep -l [n]ginx.agent /proc/[0-9]*/cmdline 2>/dev/null || true"
START_ENGINE = "nohup setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null &"
STOP_ENGINE = 'read -r pid </var/run/docker.pid; kill -%s "$pid"; while [ -d "/proc/$pid" ]; do sleep 0.1; done'


@dataclass(frozen=True)
class Part:
    """Something that can die. ``look`` tells what is to be compared afterwards, ``kill`` kills it, ``back(stack,
    looked)`` is true once all is as before."""

    name: str
    kill: Callable[[Stack], None]
    back: Callable[[Stack, Any], bool]
    look: Callable[[Stack], Any] = lambda stack: None
    excuses: frozenset[Excuse] = frozenset()


# ---- seeing ---------------------------------------------------------------------------------------------


def healthy(stack: Stack, service: str) -> set[str]:
    """Ids of a service's containers that are healthy: then their tasks run, for Swarm."""
    return stack.container_ids(service, health=["healthy"])


def figures(stack: Stack) -> dict[str, float]:
    """The edge's own figures, past Prometheus: ``in_flight{service="flotilla_app"}`` → value."""
    script = r"exec 3<>/dev/tcp/127.0.0.1/9101; printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3; cat <&3"
    answer = stack.node.docker("exec", stack.container("flotilla_edge"), "bash", "-c", script)
    found = re.findall(r"^flotilla_edge_(\S+) (\S+)$", answer, re.MULTILINE)
    return {name: float(value) for name, value in found}


def app_figure(stack: Stack, name: str, labels: str = "") -> float:
    """One of them, of the app."""
    return figures(stack)[f'{name}{{service="{APP}"{labels}}}']


def processes(stack: Stack, script: str) -> set[str]:
    """Process ids that a script finds in the edge's container."""
    found = stack.node.docker("exec", stack.container("flotilla_edge"), "bash", "-c", script)
    return set(re.findall(r"/proc/(\d+)/", found))


def answers(stack: Stack) -> bool:
    return stack.api("GET", "/sites").status_code == 200


def view(stack: Stack) -> dict[str, Any]:
    """What the autoscaler thought of the app in its last tick; an AssertionError while it does not see the whole."""
    found = stack.fetch(f"http://autoscaler:9103/decisions?last=1&service={APP}")
    assert found.status_code == 200, found.text
    latest: dict[str, Any] = found.json()["decisions"][0]
    assert set(latest["recommendations"]) == {"concurrency", "cpu", "memory"}, latest
    return {"from": latest["from"], "to": latest["to"], "ready": latest["ready"]}


# ---- killing ----------------------------------------------------------------------------------------------


def kill_container(stack: Stack, service: str) -> None:
    """``docker kill`` of one of its containers: no signal that could be answered."""
    stack.node.docker("kill", stack.container(service))


@contextlib.contextmanager
def held(stack: Stack, containers: Sequence[str]) -> Iterator[None]:
    """Replicas that do not move for a moment, so that requests are under way in them."""
    # Not `docker pause`: for the engine that is unhealthy, until the next check half a minute later.
    stack.node.docker("kill", "--signal", "STOP", *containers)
    try:
        time.sleep(HOLD_SECONDS)
        yield
    finally:
        for container in containers:
            with contextlib.suppress(DockerError):  # it was killed
                stack.node.docker("kill", "--signal", "CONT", container)


def kill_replica(stack: Stack) -> None:
    victim = stack.container(APP)
    with held(stack, [victim]):
        stack.node.docker("kill", victim)


def kill_nginx_worker(stack: Stack) -> None:
    edge = stack.container("flotilla_edge")
    victim = sorted(processes(stack, WORKERS))[0]
    with held(stack, stack.containers(APP)):
        stack.node.docker("exec", edge, "bash", "-c", f"kill -9 {victim}")


def kill_agent(stack: Stack) -> None:
    victims = " ".join(sorted(processes(stack, AGENT)))
    stack.node.docker("exec", stack.container("flotilla_edge"), "bash", "-c", f"kill -9 {victims}")


def kill_engine(stack: Stack, signal: str) -> None:
    """The engine ends and is started again at once, as systemd would do 2 s later."""
    stack.close_probe()
    stack.node.exec("sh", "-c", STOP_ENGINE % signal, timeout=120)
    stack.node.exec("sh", "-c", START_ENGINE)


# ---- the parts --------------------------------------------------------------------------------------------


def service(
    name: str, also: Callable[[Stack], bool] = lambda stack: True, excuses: frozenset[Excuse] = frozenset()
) -> Part:
    """A service of one container: killed with it, and back when another is healthy and ``also`` is true."""
    full = f"flotilla_{name}"
    return Part(
        name,
        kill=lambda stack: kill_container(stack, full),
        look=lambda stack: healthy(stack, full),
        back=lambda stack, before: bool(healthy(stack, full) - before) and also(stack),
        excuses=excuses,
    )


def writes(stack: Stack) -> bool:
    """A transaction goes through the pooler to the disk."""
    answer = stack.api("POST", "/sites", body={"slug": f"written-{time.time_ns()}", "title": "Written"})
    return answer.status_code == 201


def fresh(stack: Stack, series: str) -> bool:
    """Prometheus has a figure of the last seconds."""
    return stack.figure(f"time() - max(timestamp({series}))") < 3


def scraped(stack: Stack) -> bool:
    """It answers, and has again what is decided on."""
    return fresh(stack, f'flotilla_edge_requests_total{{service="{APP}"}}') and metered(stack)


def metered(stack: Stack) -> bool:
    return fresh(stack, "container_memory_working_set_bytes")


def nginx_as_before(stack: Stack, before: set[str]) -> bool:
    """As many workers as before, one of them new. What the dead one had in flight: see the end of `run`."""
    now = processes(stack, WORKERS)
    return len(now) == len(before) and bool(now - before)


def nothing_in_flight(stack: Stack) -> bool:
    """No service has a request in flight or in the queue, as the edge counts; else an AssertionError tells which."""
    counted = {name: value for name, value in figures(stack).items() if name.startswith(("in_flight{", "queued{"))}
    assert counted and not any(counted.values()), f"nothing is under way, and the edge counts {counted}"
    return True


def app_as_before(stack: Stack, before: set[str]) -> bool:
    now = healthy(stack, APP)
    return len(now) == len(before) and now != before and app_figure(stack, "replicas", ',state="ready"') == len(before)


def agent_as_before(stack: Stack, before: set[str]) -> bool:
    now = processes(stack, AGENT)
    return bool(now) and not now & before and figures(stack)["agent_age_seconds"] < 1.5


def engine_as_before(stack: Stack, before: set[str]) -> bool:
    return bool(healthy(stack, "flotilla_edge") - before) and stack.all_at_their_counts() and answers(stack)


def engine(name: str, signal: str) -> Part:
    return Part(
        name,
        kill=lambda stack: kill_engine(stack, signal),
        look=lambda stack: healthy(stack, "flotilla_edge"),
        back=engine_as_before,
        excuses=frozenset({Excuse.ANYTHING}),
    )


DATABASE = frozenset({Excuse.REFUSED, Excuse.COMMITTING})
AUTOSCALER = Part(
    "autoscaler",
    kill=lambda stack: kill_container(stack, "flotilla_autoscaler"),
    look=lambda stack: (healthy(stack, "flotilla_autoscaler"), eventually(lambda: view(stack), seconds=60)),
    back=lambda stack, before: bool(healthy(stack, "flotilla_autoscaler") - before[0]) and view(stack) == before[1],
)
PARTS = {
    part.name: part
    for part in (
        Part(
            "app",
            kill=kill_replica,
            look=lambda stack: healthy(stack, APP),
            back=app_as_before,
            excuses=frozenset({Excuse.SENT}),
        ),
        service("worker"),
        Part(
            "nginx",
            kill=kill_nginx_worker,
            look=lambda stack: processes(stack, WORKERS),
            back=nginx_as_before,
            excuses=frozenset({Excuse.CUT}),
        ),
        Part("agent", kill=kill_agent, look=lambda stack: processes(stack, AGENT), back=agent_as_before),
        service("edge", answers, frozenset({Excuse.UNREACHABLE})),
        service("pgbouncer", writes, DATABASE),
        service("postgres", writes, DATABASE),
        service("prometheus", scraped),
        AUTOSCALER,
        service("meter", metered),
        service("captain", lambda stack: stack.edge.get("/", headers={"Host": "captain.localhost"}).status_code == 200),
        engine("engine", "KILL"),
        engine("engine-stopped", "TERM"),
    )
}

# What costs no request, or only those that were under way in it, dies side by side, and the returns overlap: a request
# that fails later has no excuse in any of them. In tests/soak each dies alone.
TOGETHER = ("worker", "agent", "captain", "meter", "prometheus", "autoscaler", "nginx", "app")
ROUND = (TOGETHER, ("pgbouncer",), ("postgres",), ("edge",), ("engine",))


def sentence(account: Seen) -> str:
    """One line for people: what clients saw of a death."""
    failures = {word: count for word, count in account.statuses.items() if not word.startswith("2")}
    told = ", ".join(f"{count} × {word}" for word, count in failures.items()) or "none"
    return (
        f"{account.part:<15} back {account.back_seconds:6.2f} s, disturbed {account.disturbed_seconds:6.2f} s, "
        f"slowest {account.slowest_seconds:5.2f} s, {account.requests:5d} requests, failed: {told}"
    )


# ---- one round --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def prepared(stack: Stack) -> Iterator[None]:
    """The stack with REPLICAS replicas, and an autoscaler that goes on deciding and leaves them."""
    # Whatever count was there is not to be gone back to: above the bound that LABELS set, it would not stay.
    stack.update(APP, "--replicas", str(LABELS["min"]))
    with stack.autoscaled(**LABELS), stack.scaled(APP, REPLICAS):
        # One that drains is healthy to the last: it would be taken for one of those that have to be there again.
        eventually(lambda: len(healthy(stack, APP)) == REPLICAS, seconds=90)
        yield


def die(stack: Stack, parts: Sequence[Part]) -> list[Death]:
    """Kills parts one after the other and waits until all are back."""
    killed: dict[str, tuple[float, float]] = {}
    back: dict[str, float] = {}
    looked = {part.name: part.look(stack) for part in parts}
    for part in parts:
        killed_from = time.time()
        part.kill(stack)
        killed[part.name] = (killed_from, time.time())

    def look() -> bool:
        for part in parts:
            if part.name not in back:
                with contextlib.suppress(Exception):  # whatever is asked may be away as well
                    if part.back(stack, looked[part.name]):
                        back[part.name] = time.time()
        return len(back) == len(parts)

    try:
        eventually(look, BACK_SECONDS, pause=0.05)
    except AssertionError as error:
        missing = [part.name for part in parts if part.name not in back]
        raise AssertionError(f"{', '.join(missing)} not back after {BACK_SECONDS} s") from error
    return [Death(part.name, part.excuses, *killed[part.name], back[part.name]) for part in parts]


def steady(load: Load) -> bool:
    """Whether requests are answered well and soon again: the last second's all, and more than a handful."""
    last = [request for request in load.requests if request.ended > time.time() - 1]
    return len(last) > RATE / 3 and all(request.good and request.seconds < 2 * DISTURBED_SECONDS for request in last)


@dataclass(frozen=True)
class Round:
    """What clients saw of every death, and a sentence for everything that was not as promised."""

    seen: tuple[Seen, ...]
    wrong: tuple[str, ...]


def run(stack: Stack, groups: Sequence[Sequence[str]]) -> Round:
    """Under an open loop of reads and writes: each group of parts dies, comes back, and the loop is steady again."""
    site = stack.new_site()
    deaths: list[Death] = []
    with stack.open_load(site, rate=RATE) as load:
        eventually(lambda: steady(load), seconds=60)
        first = time.time()
        for group in groups:
            deaths += die(stack, [PARTS[name] for name in group])
            eventually(lambda: steady(load), seconds=60)
        load.stop()
    # What ended before the first was steady is not judged: a node that has just come up may be slow.
    requests = [request for request in load.requests if request.ended >= first]
    # A worker that was killed took its requests with it: not one of them may be counted any more.
    eventually(lambda: nothing_in_flight(stack), seconds=15)
    accounts = tuple(seen(death, ended) for death, ended in by_death(deaths, requests))
    wrong = [sentence for account in accounts for sentence in account.wrong]
    wrong += written_wrongly(load.requests, stack.titles(site))
    return Round(accounts, tuple(wrong))
