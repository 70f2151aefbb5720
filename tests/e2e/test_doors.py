"""Closed doors: ports, rights, the engine's socket, bombs in a container, and secrets that are rotated under load."""

from __future__ import annotations

import hashlib
import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from tests.docker_cli import DockerError, eventually
from tests.e2e.stack import APP, Stack

EDGE = {80, 443}
REGISTRY = 5000
"""The edge too, which passes on what the node itself asks for, and refuses others."""
ASK_REGISTRY = (
    f"exec 3<>/dev/tcp/127.0.0.1/{REGISTRY}; printf 'GET /v2/ HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n' >&3; head -n 1 <&3"
)
SWARMS_OWN = {2377, 7946}
"""Docker's, for other nodes: they listen on every address, and a firewall has to close them (docs/operations.md)."""
CLOSED_UDP = (53, 443, 2377, 5432)


def open_tcp_ports(address: str) -> set[int]:
    """Every port that takes a connection, of all there are, and those that did not answer at all within a second."""
    found: set[int] = set()
    waiting: dict[int, tuple[socket.socket, int]] = {}
    poll = select.epoll()
    ports = iter(range(1, 65536))
    left = True
    while left or waiting:
        while left and len(waiting) < 500:
            port = next(ports, None)
            if port is None:
                left = False
                break
            probe = socket.socket()
            probe.setblocking(False)
            probe.connect_ex((address, port))
            waiting[probe.fileno()] = (probe, port)
            poll.register(probe, select.EPOLLOUT)
        answered = poll.poll(1.0)
        for descriptor, _ in answered or [(silent, 0) for silent in waiting]:
            probe, port = waiting.pop(descriptor)
            if not answered or probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.add(port)
            poll.unregister(descriptor)
            probe.close()
    return found


def refuses_udp(address: str, port: int) -> bool:
    """Whether a datagram is answered with "nobody here"."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect((address, port))
        probe.settimeout(1.5)
        for _ in range(3):
            try:
                probe.send(b"?")
                probe.recv(1)
            except ConnectionRefusedError:
                return True
            except TimeoutError:
                continue
        return False


def test_from_outside_only_the_edge_and_dockers_own_ports_answer(stack: Stack) -> None:
    """All 65535 TCP ports of the node, from another network namespace; and UDP where something of ours could be."""
    stack.close_probe()
    assert open_tcp_ports(stack.node.ip) - SWARMS_OWN == EDGE | {REGISTRY}
    refused = httpx.get(f"http://{stack.node.ip}:{REGISTRY}/v2/", timeout=10, trust_env=False)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "DENIED")
    # The control: the node itself is passed on to the registry, which asks for the password.
    assert " 401 " in stack.node.exec("bash", "-c", ASK_REGISTRY)
    assert [port for port in CLOSED_UDP if not refuses_udp(stack.node.ip, port)] == []


RIGHTS = """
for container in $(docker ps -q --filter label=com.docker.stack.namespace=flotilla); do
    service=$(docker inspect -f '{{index .Config.Labels "com.docker.swarm.service.name"}}' $container)
    first=$(docker inspect -f '{{.State.Pid}}' $container)
    processes=$first
    while [ -n "$processes" ]; do
        for process in $processes; do
            echo "$service" $(sed -n 's/^\\(Name\\|NoNewPrivs\\|CapBnd\\):[[:space:]]*//p' /proc/$process/status)
        done
        processes=$(for process in $processes; do cat /proc/$process/task/*/children; done 2>/dev/null)
    done
done
"""


def test_no_process_of_any_service_can_gain_rights(stack: Stack) -> None:
    """NoNewPrivs is 1 for all that grew from a container's program, docker-init excepted; no capability is left."""
    found = [line.split() for line in stack.node.exec("sh", "-c", RIGHTS).splitlines()]
    whole = [entry for entry in found if len(entry) == 4]
    assert {service for service, *_ in whole} == set(stack.names())
    for service, name, capabilities, no_new in whole:
        assert int(capabilities, 16) == 0, (service, name)
        assert no_new == "1" or name in {"docker-init", "tini"}, (service, name)
    # Under docker-init there is the program itself.
    assert {service for service, *_, no_new in whole if no_new == "1"} == set(stack.names())


ASK = """
import json, sys, urllib.request, urllib.error
def ask(method, path, body=None):
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request("http://socket-gate:9104" + path, data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
method, path, body = json.loads(sys.argv[1])
print(json.dumps(ask(method, path, body)))
"""


@pytest.fixture
def ask(stack: Stack) -> Callable[..., tuple[int, Any]]:
    """Asks the gate as the autoscaler: from its container."""
    autoscaler = stack.container("flotilla_autoscaler")

    def asked(method: str, path: str, body: object = None) -> tuple[int, Any]:
        command = ("python", "-c", ASK, json.dumps([method, path, body]))
        status, answer = json.loads(stack.node.docker("exec", autoscaler, *command))
        return status, answer

    return asked


def test_the_gate_passes_a_change_of_replicas_and_nothing_else(
    stack: Stack, ask: Callable[..., tuple[int, Any]]
) -> None:
    """On the real Swarm: another image, an older API version, a secret, a service without the label are refused."""
    before_replicas = stack.replicas()
    with stack.scaled(APP, before_replicas):

        def write(change: Callable[[dict[str, Any]], object], service: str = APP, query: str = "") -> tuple[int, str]:
            """With the version of now: the autoscaler may write in between."""
            for _ in range(10):
                live = ask("GET", f"/v1.41/services/{service}")[1]
                change(live["Spec"])
                path = f"/v1.41/services/{live['ID']}/update?version={live['Version']['Index']}{query}"
                status, answer = ask("POST", path, live["Spec"])
                if "out of sequence" not in str(answer):
                    break
            return status, str(answer)

        before = stack.inspect(APP)[0]["Spec"]["TaskTemplate"]
        image = write(lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(Image="evil:1"))
        assert (image[0], "changes more" in image[1]) == (403, True)
        back = write(lambda spec: None, query="&rollback=previous")
        assert back[0] == 403
        many = write(lambda spec: spec["Mode"]["Replicated"].update(Replicas=1000))
        assert (many[0], "may have 1 to" in many[1]) == (403, True)
        other = write(lambda spec: spec["Mode"]["Replicated"].update(Replicas=0), "flotilla_postgres")
        assert (other[0], "not labelled" in other[1]) == (403, True)
        for path in ("/secrets", "/configs", "/containers/json", "/nodes", "/services/flotilla_app/logs?stdout=1"):
            assert ask("GET", path)[0] == 403, path
        more = before_replicas + 1
        passed = write(lambda spec: spec["Mode"]["Replicated"].update(Replicas=more))
        assert passed[0] == 200, passed
        assert stack.inspect(APP)[0]["Spec"]["TaskTemplate"] == before


def test_only_three_services_see_the_socket(stack: Stack) -> None:
    """By the mounts of what runs."""
    seeing = set()
    for raw in stack.inspect(*stack.names()):
        mounts = raw["Spec"]["TaskTemplate"]["ContainerSpec"].get("Mounts") or []
        if any("docker.sock" in mount.get("Source", "") for mount in mounts):
            seeing.add(raw["Spec"]["Name"])
    assert seeing == {"flotilla_captain", "flotilla_meter", "flotilla_socket-gate"}


# Forks whenever it can, and holds what it has: without a limit it would be every process of the machine.
FORKS = """
import os, time
while True:
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
    except OSError:
        time.sleep(0.05)
"""
MEMORY = "held = []\nwhile True: held.append(bytearray(2**24))"


def test_a_fork_bomb_and_a_memory_bomb_stay_in_their_container(stack: Stack) -> None:
    """In one of two replicas: processes and memory end at its limits, readers see nothing, no other task is lost."""
    site = stack.new_site()
    with stack.autoscaled(enabled="false"), stack.scaled(APP, 2):
        others = {name: sorted(task["ID"] for task in stack.ready(name)) for name in stack.names() if name != APP}
        victim = stack.containers(APP)[0]
        limits = stack.inspect(APP)[0]["Spec"]["TaskTemplate"]["Resources"]["Limits"]
        with stack.load(site, clients=2, post_percent=0, run="bombs") as load:
            eventually(lambda: load.good > 20, 60)
            with pytest.raises(DockerError, match="exit 137"):
                stack.node.docker("exec", victim, "python", "-c", MEMORY, timeout=120)
            forked: list[int] = []
            bomb = threading.Thread(target=_detonate, args=(stack, victim))
            bomb.start()
            try:
                eventually(lambda: _processes(stack, victim) > 90, 60)
                good = load.good
                for _ in range(5):
                    forked.append(_forked(stack))
                eventually(lambda: load.good > good + 20, 60)
            finally:
                with suppress(DockerError):
                    stack.node.docker("kill", victim)
                bomb.join(60)
            stack.wait_ready(APP, 2)
            outcome = load.stop()
        assert max(forked) < limits["Pids"]
        assert outcome.failed == []
        assert {name: sorted(task["ID"] for task in stack.ready(name)) for name in others} == others


def _detonate(stack: Stack, container: str) -> None:
    with suppress(DockerError):
        stack.node.docker("exec", container, "python", "-c", FORKS, timeout=90)


def _processes(stack: Stack, container: str) -> int:
    """As many as the engine counts in its cgroup."""
    return int(stack.node.docker("stats", "--no-stream", "--format", "{{.PIDs}}", container))


def _forked(stack: Stack) -> int:
    """The bomb's processes, which the limit holds for.

    The engine's own figure counts besides them what it puts into the container from outside, a health check's
    process for one, and those the kernel lets in above the limit: only a fork is refused.
    """
    found = stack.node.exec(
        "sh", "-c", r"grep -lsa '^python' /proc/[0-9]*/cmdline | xargs grep -lsa 'os\.fork()' || true"
    )
    return len(found.split())


# ---- secrets ---------------------------------------------------------------------------------------------


def secret(stack: Stack, service: str, file: str) -> str:
    return stack.node.docker("exec", stack.container(service), "cat", f"/run/secrets/{file}").strip()


def may_log_in(stack: Stack, host: str, user: str, password: str) -> bool:
    """From a container in the data network, by password."""
    database, question = ("pgbouncer", "SHOW VERSION") if user == "flotilla_stats" else ("flotilla", "SELECT 1")
    port = "6432" if host == "pgbouncer" else "5432"
    try:
        stack.node.docker(
            *("exec", "-e", f"PGPASSWORD={password}", stack.container("flotilla_postgres"), "psql", "-XAt"),
            *("-h", host, "-p", port, "-U", user, "-d", database, "-c", question),
        )
    except DockerError as error:
        assert "authentication failed" in str(error), error
        return False
    return True


def served_certificate(stack: Stack) -> str:
    """Fingerprint of what a new TLS connection gets."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((stack.node.ip, 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="app.localhost") as secured,
    ):
        return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()


@contextmanager
def handshakes(stack: Stack) -> Iterator[list[str]]:
    """One new TLS connection after the other; what each got, a fingerprint or an error."""
    seen: list[str] = []
    done = threading.Event()

    def shake() -> None:
        while not done.is_set():
            try:
                seen.append(served_certificate(stack))
            except OSError as error:
                seen.append(f"failed: {error}")
            time.sleep(0.1)

    shaking = threading.Thread(target=shake)
    shaking.start()
    try:
        yield seen
    finally:
        done.set()
        shaking.join(30)


def rotate(stack: Stack, *what: str, tell: Callable[[str], None] = lambda line: None) -> str:
    run = stack.node.run("./swarm/captain.sh", "rotate", *what, log=f"rotate-{what[0]}.log", tell=tell)
    assert run.exit_code == 0, run.output
    return run.output


@contextmanager
def both_at_a_time(stack: Stack) -> Iterator[None]:
    """Rollouts of the app that replace two replicas at a time, still start-first; one by one: test_rollout.py."""
    stack.update(APP, "--update-parallelism", "2")
    try:
        yield
    finally:
        stack.update(APP, "--update-parallelism", "1")


def settings_of_all(stack: Stack) -> dict[str, object]:
    """Each service's version; of the app, whose count is the autoscaler's again, its specification but for that."""
    found: dict[str, object] = dict(stack.versions())
    found[APP] = {key: value for key, value in stack.inspect(APP)[0]["Spec"].items() if key != "Mode"}
    return found


def test_secrets_rotate_under_load_without_a_failed_request(stack: Stack) -> None:
    """All at once: nothing fails, the old ones open nothing, API keys go on, and up.sh has nothing to do."""
    site = stack.new_site()
    roles = {
        "flotilla_app": ("flotilla_app", "db_app_password", "pgbouncer"),
        "flotilla_owner": ("flotilla_migrate", "db_owner_password", "postgres"),
        "flotilla_metrics": ("flotilla_postgres-exporter", "db_metrics_password", "postgres"),
        "flotilla_stats": ("flotilla_pgbouncer-exporter", "pgbouncer_stats_password", "pgbouncer"),
    }
    old = {user: secret(stack, service, file) for user, (service, file, _) in roles.items()}
    certificate = served_certificate(stack)
    rolled = (
        APP,
        "flotilla_worker",
        "flotilla_certificate",
        "flotilla_pgbouncer-passwords",
        *(s for s, *_ in roles.values()),
    )
    with stack.autoscaled(enabled="false"), stack.quick_rollouts(*dict.fromkeys(rolled)), both_at_a_time(stack):
        stack.update(APP, "--replicas", "2")
        stack.wait_ready(APP, 2)
        with stack.load(site, clients=2, run="rotate") as load, handshakes(stack) as shaken:
            eventually(lambda: load.good > 20, 60)
            rotate(stack, "edge_certificate", *(file for _, file, _ in roles.values()))
            eventually(lambda: shaken[-1] not in ("", certificate), 30)
            good = load.good
            eventually(lambda: load.good > good + 20, 60)
            outcome = load.stop()
        assert outcome.failed == []
        assert [seen for seen in shaken if seen.startswith("failed")] == []
        assert len(set(shaken)) == 2, "the old certificate, then the new one"

        for user, (service, file, host) in roles.items():
            assert may_log_in(stack, host, user, secret(stack, service, file)), user
            assert not may_log_in(stack, host, user, old[user]), user
        assert not may_log_in(stack, "postgres", "flotilla_app", old["flotilla_app"])

        assert stack.api("GET", "/sites").status_code == 200

    names = stack.node.docker("secret", "ls", "--format", "{{.Name}}").split()
    stay = (
        "api_token", "captain_key", "database_url", "db_captain_password", "db_first_password", "registry_password",
        "smtp_url",
    )  # fmt: skip
    assert sorted(name for name in names if not name.endswith(".2")) == [f"flotilla_{name}" for name in stay]
    before = settings_of_all(stack)
    again = stack.node.up(log="up-after-rotation.log")
    assert again.exit_code == 0, again.output
    assert settings_of_all(stack) == before
