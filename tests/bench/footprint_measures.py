"""What tests/bench/footprint measures on a machine with the stack: memory, CPU, the meter, image sizes.

The machine is given as a function that runs a line of shell there and returns its stdout. Each measurement returns
(figure, its raw samples) or raises MeasureError. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from spike_measures import MIB, MeasureError, cpu_seconds, unreclaimable_bytes

Shell = Callable[[str], str]

CGROUPS = PurePosixPath("/sys/fs/cgroup")
IDLE = "flotilla_bench_idle"
IMAGES = ("app", "autoscaler", "captain", "edge", "meter", "pgbouncer", "postgres", "prometheus")
LABEL = "com.docker.swarm.service.name"


# ---- what the kernel says; pure ---------------------------------------------------------------------------


def cgroup_file(proc_cgroup: str, controller: str, v1_name: str, v2_name: str) -> str:
    """Where a process's figure is, from its ``/proc/PID/cgroup``, in either version."""
    unified = None
    for line in proc_cgroup.splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return str(CGROUPS / controller / path.lstrip("/") / v1_name)
        if not controllers:
            unified = str(CGROUPS / path.lstrip("/") / v2_name)
    if unified is None:
        raise MeasureError(f"The process is in no {controller} cgroup.")
    return unified


def used_seconds(text: str) -> float:
    """CPU time in ``cpuacct.usage`` (nanoseconds) or ``cpu.stat`` (``usage_usec``)."""
    for line in text.splitlines():
        if line.startswith("usage_usec "):
            return int(line.split()[1]) / 1e6
    try:
        return int(text) / 1e9
    except ValueError:
        raise MeasureError("The cgroup does not tell the CPU time.") from None


def chain_ids(diff_ids: Iterable[str]) -> list[str]:
    """The engine's names of an image's layers, each with all below it, from their contents' digests."""
    chain: list[str] = []
    for diff_id in diff_ids:
        both = f"{chain[-1]} {diff_id}" if chain else ""
        chain.append("sha256:" + hashlib.sha256(both.encode()).hexdigest() if chain else diff_id)
    return chain


def percents(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    """Percent of one core between two readings of CPU seconds; what is in one of them alone is left out."""
    return {name: round((after[name] - before[name]) / seconds * 100, 2) for name in sorted(before) if name in after}


# ---- containers -------------------------------------------------------------------------------------------


def running(shell: Shell, filters: str) -> dict[str, tuple[str, int]]:
    """Containers by id: the service's name and the process number."""
    listed = shell(f"docker ps -q {filters}").split()
    if not listed:
        return {}
    wanted = f'{{{{.Id}}}} {{{{index .Config.Labels "{LABEL}"}}}} {{{{.State.Pid}}}}'
    lines = shell(f"docker inspect -f '{wanted}' {' '.join(listed)}").splitlines()
    return {line.split()[0]: (line.split()[1], int(line.split()[2])) for line in lines}


def the_stack(shell: Shell) -> dict[str, tuple[str, int]]:
    """Containers of the stack on that machine; MeasureError if there are none."""
    found = running(shell, "--filter label=com.docker.stack.namespace=flotilla")
    if not found:
        raise MeasureError("No container of the stack runs on this machine.")
    return found


def read_each(shell: Shell, files: list[str]) -> list[str]:
    """Contents of these files, in their order, in one go."""
    if not files:
        return []
    script = "; ".join(f"cat {file}; printf '\\036'" for file in files)
    return shell(script).split("\036")[: len(files)]


def memory_mb(shell: Shell, containers: dict[str, tuple[str, int]]) -> dict[str, float]:
    """MiB of anonymous and shared memory of each container, by its id."""
    membership = read_each(shell, [f"/proc/{pid}/cgroup" for _, pid in containers.values()])
    stats = [cgroup_file(text, "memory", "memory.stat", "memory.stat") for text in membership]
    return {
        name: unreclaimable_bytes(text) / MIB for name, text in zip(containers, read_each(shell, stats), strict=True)
    }


def cpu_of(shell: Shell, containers: dict[str, tuple[str, int]]) -> dict[str, float]:
    """CPU seconds of each container since it started, its health checks included, by its id."""
    membership = read_each(shell, [f"/proc/{pid}/cgroup" for _, pid in containers.values()])
    files = [cgroup_file(text, "cpuacct", "cpuacct.usage", "cpu.stat") for text in membership]
    return {name: used_seconds(text) for name, text in zip(containers, read_each(shell, files), strict=True)}


def engine_cpu(shell: Shell) -> float:
    """CPU seconds of the engine's own processes and of what they started and waited for."""
    ticks = int(shell("getconf CLK_TCK"))
    stats = shell("cat /proc/[0-9]*/stat 2>/dev/null || true").splitlines()
    return sum(cpu_seconds(stat, ticks) for stat in stats if "(dockerd)" in stat or "(containerd" in stat)


def per_service(figures: dict[str, float], containers: dict[str, tuple[str, int]], digits: int) -> dict[str, float]:
    """Sums of containers by service, and ``all``."""
    sums: dict[str, float] = {}
    for container, figure in figures.items():
        service = containers[container][0].removeprefix("flotilla_")
        sums[service] = sums.get(service, 0.0) + figure
    return {name: round(sums[name], digits) for name in sorted(sums)} | {"all": round(sum(sums.values()), digits)}


# ---- the figures ------------------------------------------------------------------------------------------


def bundle_rss_mb(shell: Shell) -> tuple[dict[str, float], Any]:
    """MiB of each service, all its tasks, and ``all``; without page cache, which the kernel gives back."""
    containers = the_stack(shell)
    used = memory_mb(shell, containers)
    return per_service(used, containers, 1), used


def idle_cpu_percent(shell: Shell, seconds: float = 60) -> tuple[dict[str, float], Any]:
    """Percent of a core of each service while nobody asks for anything, ``all``, and the engine's beside it."""
    containers = the_stack(shell)
    began, before, engine = time.monotonic(), cpu_of(shell, containers), engine_cpu(shell)
    time.sleep(seconds)
    after, engine_after, passed = cpu_of(shell, containers), engine_cpu(shell), time.monotonic() - began
    used = percents(before, after, passed)
    figures = per_service(used, containers, 2) | {"engine": round((engine_after - engine) / passed * 100, 2)}
    return figures, {"seconds": passed, "containers": used}


@contextmanager
def idle_containers(shell: Shell, count: int) -> Iterator[None]:
    """That many tasks that sleep, of an image that is there, as a service of its own; removed in any case."""
    ours = f"docker ps -q --filter label={LABEL}={IDLE}"
    image = shell("docker service inspect -f '{{.Spec.TaskTemplate.ContainerSpec.Image}}' flotilla_pgbouncer").strip()
    shell(
        f"docker service create --detach --quiet --no-healthcheck --no-resolve-image --name {IDLE} --replicas {count} "
        f"--entrypoint sleep {image} infinity"
    )
    try:
        deadline = time.monotonic() + 600
        while len(shell(ours).split()) < count:
            if time.monotonic() > deadline:
                raise MeasureError(f"{count} idle containers do not run within 10 minutes.")
            time.sleep(2)
        yield
    finally:
        shell(f"docker service rm {IDLE}")
        while shell(ours).split():
            time.sleep(1)


def meter(shell: Shell, containers: int = 100, seconds: float = 60, settle: float = 20) -> tuple[dict[str, float], Any]:
    """The meter's percent of a core, health checks included, and MiB, beside so many idle containers."""
    own = {name: task for name, task in the_stack(shell).items() if task[0] == "flotilla_meter"}
    if not own:
        raise MeasureError("The meter does not run.")
    with idle_containers(shell, containers):
        time.sleep(settle)
        began, before = time.monotonic(), cpu_of(shell, own)
        time.sleep(seconds)
        after, passed = cpu_of(shell, own), time.monotonic() - began
        used, memory = percents(before, after, passed), memory_mb(shell, own)
    figures = {"cpu_percent": round(sum(used.values()), 2), "rss_mb": round(sum(memory.values()), 1)}
    return figures, {"containers": containers, "seconds": passed, **figures}


def image_mb(shell: Shell) -> tuple[dict[str, float], Any]:
    """Megabytes (10⁶ bytes) of each image, and ``all``: every layer counted once, however many share it."""
    root, driver = shell("docker info -f '{{.DockerRootDir}} {{.Driver}}'").split()
    layers: dict[str, int] = {}
    figures: dict[str, float] = {}
    for name in IMAGES:
        image = shell(f'. ./swarm/images.env && echo "$FLOTILLA_{name.upper()}_IMAGE"').strip()
        (inspected,) = json.loads(shell(f"docker image inspect {image}"))
        figures[name] = round(inspected["Size"] / 1e6, 1)
        chain = chain_ids(inspected["RootFS"]["Layers"])
        folder = f"{root}/image/{driver}/layerdb/sha256"
        sizes = read_each(shell, [f"{folder}/{chained.removeprefix('sha256:')}/size" for chained in chain])
        layers |= {chained: int(size) for chained, size in zip(chain, sizes, strict=True)}
    return figures | {"all": round(sum(layers.values()) / 1e6, 1)}, layers
