"""What tests/bench/spike measures beside the spike itself, on the host of a stack of one node.

Each measurement returns (figure, its raw samples) or raises MeasureError. Standard library only.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

APP_COPY = Path(__file__).with_name("app_copy.py")
ENGINE_PROCESSES = ("dockerd", "containerd", "containerd-shim")
MIB = 1024 * 1024


class MeasureError(Exception):
    """A figure cannot be had; the text says why."""


def docker(*arguments: str) -> str:
    """Runs the docker command line; MeasureError with what it wrote to stderr."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MeasureError(f"docker {' '.join(arguments[:3])} …: {done.stderr.strip()}")
    return done.stdout.strip()


def image(service: str) -> str:
    """The image that a service runs."""
    return docker("service", "inspect", "-f", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", service)


def written(service: str, *options: str) -> None:
    """``docker service update`` with these options and its end waited for; again if the autoscaler wrote in between."""
    for _ in range(20):
        try:
            docker("service", "update", "--quiet", "--no-resolve-image", *options, service)
        except MeasureError as error:
            if "out of sequence" not in str(error):
                raise
        else:
            return
    raise MeasureError(f"{service} was written by somebody else 20 times in a row.")


@contextmanager
def limited_cpus(service: str, cpus: float) -> Iterator[None]:
    """Replicas with another CPU limit for a block; then as before."""
    before = docker("service", "inspect", "-f", "{{.Spec.TaskTemplate.Resources.Limits.NanoCPUs}}", service)
    kept = int(before) / 1e9 if before.isdigit() else 0.0
    if kept == cpus:
        yield
        return
    print(f"{service}: {cpus:g} cores for a replica instead of {kept:g} …", flush=True)
    written(service, "--limit-cpu", f"{cpus:g}")
    try:
        yield
    finally:
        written(service, "--limit-cpu", f"{kept:g}")


# ---- import ---------------------------------------------------------------------------------------------


def import_cpu_seconds(runs: int = 5) -> tuple[float, list[float]]:
    """CPU time of an interpreter that imports the app and does nothing else: the median, and each run's."""
    code = "import time, app.main; print(time.process_time())"
    taken = [float(docker("run", "--rm", image("flotilla_app"), "python", "-c", code)) for _ in range(runs)]
    return round(statistics.median(taken), 3), taken


# ---- memory ---------------------------------------------------------------------------------------------


def unreclaimable_bytes(memory_stat: str) -> int:
    """Anonymous and shared memory in a cgroup's ``memory.stat``, version 1 or 2. Pure.

    Page cache is left out, which the kernel gives back; a database's shared buffers are not.
    """
    values = dict(line.split(" ", 1) for line in memory_stat.splitlines())
    own = values.get("total_rss", values.get("anon", values.get("rss")))
    if own is None:
        raise MeasureError("memory.stat tells neither rss nor anon.")
    return int(own) + int(values.get("total_shmem", values.get("shmem", "0")))


def memory_stat_file(proc_cgroup: str, root: Path = Path("/sys/fs/cgroup")) -> Path:
    """Where the ``memory.stat`` of a process is, from its ``/proc/PID/cgroup``. Pure."""
    for line in proc_cgroup.splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            return root / "memory" / path.lstrip("/") / "memory.stat"
    for line in proc_cgroup.splitlines():
        if line.startswith("0::"):
            return root / line[3:].lstrip("/") / "memory.stat"
    raise MeasureError("The process is in no memory cgroup.")


def bundle_rss_mb() -> tuple[dict[str, float], dict[str, float]]:
    """MiB of each service of the stack, all its tasks on this node, and ``all``; samples: per container."""
    listed = docker("ps", "--filter", "label=com.docker.stack.namespace=flotilla", "--format", "{{.ID}}")
    services: dict[str, float] = {}
    containers: dict[str, float] = {}
    wanted = '{{.State.Pid}} {{index .Config.Labels "com.docker.swarm.service.name"}} {{.Name}}'
    for container in listed.split():
        pid, service, name = docker("inspect", "-f", wanted, container).split()
        stat = memory_stat_file(Path(f"/proc/{pid}/cgroup").read_text())
        used = unreclaimable_bytes(stat.read_text()) / MIB
        containers[name.lstrip("/")] = round(used, 2)
        services[service] = services.get(service, 0.0) + used
    if not services:
        raise MeasureError("No container of the stack runs on this node.")
    figures = {service: round(used, 1) for service, used in sorted(services.items())}
    return figures | {"all": round(sum(services.values()), 1)}, containers


# ---- copies of the app ----------------------------------------------------------------------------------


def _copy_command(*arguments: str) -> list[str]:
    return [
        "docker", "run", "--rm", "-i", "--init", "--network", "flotilla_front",
        "-v", "/var/run/docker.sock:/var/run/docker.sock", "-v", f"{APP_COPY}:/app_copy.py:ro",
        "-e", "PYTHONPATH=/srv", image("flotilla_captain"), "python", "/app_copy.py", *arguments,
    ]  # fmt: skip


def bare_start_seconds(before: int, after: int, runs: int = 3) -> tuple[float, list[dict[str, float]]]:
    """Scale call to first 200 of the last replica, no health check, no load: the median, and each run."""
    done = subprocess.run(
        _copy_command("start", str(before), str(after), str(runs)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MeasureError(f"The copy of the app could not be measured: {done.stderr.strip()[-300:]}")
    taken: list[dict[str, float]] = [json.loads(line) for line in done.stdout.splitlines()]
    return round(statistics.median(run["answered_seconds"] for run in taken), 2), taken


# ---- health checks --------------------------------------------------------------------------------------


def cpu_seconds(stat: str, ticks: int) -> float:
    """CPU time of a process and of the children it waited for, from its ``/proc/PID/stat``. Pure."""
    fields = stat.rpartition(")")[2].split()  # the name may hold spaces
    return sum(int(field) for field in fields[11:15]) / ticks


def _cpu_of(pids: Iterable[int]) -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for pid in pids:
        try:
            total += cpu_seconds(Path(f"/proc/{pid}/stat").read_text(), ticks)
        except OSError:
            continue  # it ended
    return total


def _involved(containers: Iterable[str]) -> list[int]:
    """The engine's processes and the containers' own. A shim starts and reaps an exec: it is in there."""
    pids = [int(docker("inspect", "-f", "{{.State.Pid}}", container)) for container in containers]
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                name = (folder / "comm").read_text().strip()
            except OSError:
                continue
            if name.startswith(ENGINE_PROCESSES):
                pids.append(int(folder.name))
    return pids


def _idle_cpu(replicas: int, health_check: bool, seconds: float, settle: float) -> float:
    """CPU seconds per second of engine and copies while nothing is asked of them."""
    command = _copy_command("hold", str(replicas), "yes" if health_check else "no")
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    try:
        if process.stdout.readline().strip() != "ready":
            raise MeasureError(f"The copies of the app did not start: {process.stderr.read().strip()[-300:]}")
        time.sleep(settle)
        label = "label=com.docker.swarm.service.name=flotilla_bench_copy"
        pids = _involved(docker("ps", "-q", "--filter", label).split())
        begin, cpu = time.monotonic(), _cpu_of(pids)
        time.sleep(seconds)
        return (_cpu_of(pids) - cpu) / (time.monotonic() - begin)
    finally:
        process.stdin.close()
        process.wait(timeout=120)


def health_checks_cpu_percent(
    replicas: int = 12, seconds: float = 60, settle: float = 20
) -> tuple[float, dict[str, Any]]:
    """Percent of one core that the health checks of so many idle replicas cost: with them less without them.

    Counts the engine's work as well, which is most of it.
    """
    checked = _idle_cpu(replicas, True, seconds, settle)
    unchecked = _idle_cpu(replicas, False, seconds, settle)
    raw = {"replicas": replicas, "seconds": seconds, "cores_with": checked, "cores_without": unchecked}
    return round((checked - unchecked) * 100, 2), raw
