"""The meter in its image against real containers that carry a Swarm task's labels."""

import re
import urllib.request
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.docker_cli import Container, DockerError, Resources, eventually

BURN = "x = b'x' * (48 << 20)\nwhile True: pass"
CPU = "container_cpu_usage_seconds_total"
MEMORY = "container_memory_working_set_bytes"


@pytest.fixture
def meter(resources: Resources, image: Callable[[str], str]) -> Container:
    server = resources.run(
        image("meter"), "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp",
        name="meter", env={"FLOTILLA_NODE": "here"},
        volumes=["/var/run/docker.sock:/var/run/docker.sock", "/sys/fs/cgroup:/var/host/cgroup:ro"],
    )  # fmt: skip
    eventually(lambda: server.exec("healthcheck", "9102") == "", 30)
    return server


@pytest.fixture
def task(resources: Resources, image: Callable[[str], str]) -> Callable[..., Container]:
    """Starts a container that looks like replica `slot` of a service and burns CPU."""

    def start(service: str, identity: str, slot: int, *options: str) -> Container:
        labels = {
            "com.docker.swarm.service.name": service,
            "com.docker.swarm.task.id": identity,
            "com.docker.swarm.task.name": f"{service}.{slot}.{identity}",
            "com.docker.swarm.node.id": "node-id",
        }
        arguments = [argument for key, value in labels.items() for argument in ("--label", f"{key}={value}")]
        return resources.run(image("meter"), *arguments, *options, name="task", command=["python", "-c", BURN])

    return start


def series(meter: Container) -> dict[tuple[str, str], float]:
    """(metric, task) → value of everything that the meter says now."""
    with urllib.request.urlopen(f"http://{meter.ip}:9102/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, sample.labels.get("task", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def own_cpu_seconds(container: Container) -> float:
    """What the container's own view of its control group says."""
    try:
        return int(container.exec("cat", "/sys/fs/cgroup/cpuacct/cpuacct.usage")) / 1e9
    except DockerError:
        stat = container.exec("cat", "/sys/fs/cgroup/cpu.stat")
        return int(stat.split()[1]) / 1e6


def docker_memory_bytes(docker: Callable[..., str], container: Container) -> float:
    """The figure of `docker stats`, such as 52.31MiB."""
    shown = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", container.name).split(" / ")[0]
    number, unit = re.fullmatch(r"([\d.]+)([KMG]iB)", shown).groups()  # type: ignore[union-attr]
    return float(number) * {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}[unit]


def test_cpu_and_memory_agree_with_the_container(
    meter: Container, task: Callable[..., Container], docker: Callable[..., str]
) -> None:
    """CPU lies between what the container itself reads before and after; memory is that of `docker stats`."""
    burner = task("metered", "task-one", 1, "--cpus", "0.2", "-m", "128m")
    eventually(lambda: series(meter).get((MEMORY, "task-one"), 0) > 48 << 20, 30)
    for _ in range(3):
        before = own_cpu_seconds(burner)
        metered = series(meter)[CPU, "task-one"]
        after = own_cpu_seconds(burner)
        assert before <= metered <= after
    assert after > 0
    assert series(meter)[MEMORY, "task-one"] == pytest.approx(docker_memory_bytes(docker, burner), rel=0.05)


def test_limits_are_shown_only_where_there_are_some(meter: Container, task: Callable[..., Container]) -> None:
    """Limits as quota, period and bytes; a task without limits has usage and no limits."""
    limited = task("metered", "limited", 1, "--cpus", "0.2", "-m", "128m")
    unlimited = task("metered", "unlimited", 2)
    wanted = {(CPU, "limited"), (CPU, "unlimited")}
    found = eventually(lambda: wanted <= (now := series(meter)).keys() and now, 30)
    limited.kill()
    unlimited.kill()
    assert found["container_spec_cpu_quota", "limited"] == 20_000
    assert found["container_spec_cpu_period", "limited"] == 100_000
    assert found["container_spec_memory_limit_bytes", "limited"] == 128 << 20
    assert found["container_start_time_seconds", "limited"] > 1.7e9
    assert {name for name, task_id in found if task_id == "unlimited"} == {
        CPU,
        MEMORY,
        "container_start_time_seconds",
        "flotilla_task_restarts_total",
    }


def test_a_replaced_task_ends_and_counts(meter: Container, task: Callable[..., Container]) -> None:
    """The series of a task that ended are gone; the task that takes its slot says that it is the second."""
    first = task("replaced", "old", 7, "--cpus", "0.1")
    eventually(lambda: (CPU, "old") in series(meter), 30)
    first.kill()
    eventually(lambda: (CPU, "old") not in series(meter), 10)
    task("replaced", "new", 7, "--cpus", "0.1")
    found = eventually(lambda: (s := series(meter)) and (CPU, "new") in s and s, 30)
    assert found["flotilla_task_restarts_total", "new"] == 1


def test_other_containers_are_not_metered(meter: Container, task: Callable[..., Container]) -> None:
    """The meter itself, here no task of a Swarm, is not in its list; labels name service, slot and node."""
    task("metered", "task-two", 3, "--cpus", "0.1")
    eventually(lambda: (CPU, "task-two") in series(meter), 30)
    with urllib.request.urlopen(f"http://{meter.ip}:9102/metrics", timeout=10) as answer:
        lines = [line for line in answer.read().decode().splitlines() if line.startswith(CPU)]
    assert 'service="metered",task="task-two",slot="3",node="here"' in "".join(lines)
    assert all('task=""' not in line for line in lines)


def test_stops_at_once(meter: Container) -> None:
    """A rollout of the meter does not wait for a kill."""
    assert meter.stop(10) == 0


def test_missing_mount_is_named(resources: Resources, image: Callable[[str], str]) -> None:
    """Without the node's control groups it says what to mount."""
    server = resources.run(image("meter"))
    eventually(lambda: not server.running, 20)
    assert "/var/host/cgroup does not exist; mount the node's /sys/fs/cgroup there" in server.logs()
