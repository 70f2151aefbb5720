"""The text that Prometheus reads. Pure.

Written here rather than with prometheus_client: at a scrape a second and a hundred tasks the library's sample
objects cost more than all the rest of the meter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarm.meter.cgroup import Usage
from swarm.meter.tasks import MeteredTask

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reading:
    """One task with what it used, and how often its slot was replaced. `labels` comes from `label_text`."""

    task: MeteredTask
    usage: Usage
    restarts: int
    labels: str


@dataclass(frozen=True, slots=True)
class NodeReading:
    """The node itself: the file system that Docker's data is on, and its clock (Unix time)."""

    disk_size_bytes: int
    disk_free_bytes: int
    time_seconds: float


def node_text(name: str, reading: NodeReading) -> str:
    """The node's own series; `name` becomes the `node` label."""
    label = f'{{node="{_escaped(name)}"}}'
    lines: list[str] = []
    for family, meaning, value in (
        ("flotilla_node_disk_size_bytes", "Size of the disk that Docker's data is on.", reading.disk_size_bytes),
        ("flotilla_node_disk_free_bytes", "What a program may still write there.", reading.disk_free_bytes),
        ("flotilla_node_time_seconds", "The node's clock.", reading.time_seconds),
    ):
        _family(lines, family, "gauge", meaning, [f"{label} {value!r}"])
    return "\n".join(lines) + "\n"


def label_text(task: MeteredTask) -> str:
    """`{service="…",task="…",slot="…",node="…"}`; it does not change while the task lives."""
    pairs = (("service", task.service), ("task", task.task), ("slot", task.slot), ("node", task.node))
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}"


def render(readings: Sequence[Reading], own: Mapping[str, float]) -> str:
    """All series of all tasks, without limits that do not exist. `own`: counters about the meter itself."""
    lines: list[str] = []
    _family(
        lines,
        "container_cpu_usage_seconds_total",
        "counter",
        "CPU time used by the task.",
        [f"{r.labels} {r.usage.cpu_seconds!r}" for r in readings],
    )
    _family(
        lines,
        "container_memory_working_set_bytes",
        "gauge",
        "Memory of the task without inactive file pages.",
        [f"{r.labels} {r.usage.working_set_bytes}" for r in readings],
    )
    _family(
        lines,
        "container_spec_cpu_quota",
        "gauge",
        "CPU limit: microseconds per period.",
        [f"{r.labels} {q}" for r in readings if (q := r.task.cpu_quota_microseconds) is not None],
    )
    _family(
        lines,
        "container_spec_cpu_period",
        "gauge",
        "Period of the CPU limit in microseconds.",
        [f"{r.labels} {p}" for r in readings if (p := r.task.cpu_period_microseconds) is not None],
    )
    _family(
        lines,
        "container_spec_memory_limit_bytes",
        "gauge",
        "Memory limit of the task.",
        [f"{r.labels} {m}" for r in readings if (m := r.task.memory_limit_bytes) is not None],
    )
    _family(
        lines,
        "container_start_time_seconds",
        "gauge",
        "When the task's container started, seconds since 1970.",
        [f"{r.labels} {s!r}" for r in readings if (s := r.task.started_at_seconds) is not None],
    )
    _family(
        lines,
        "flotilla_task_restarts_total",
        "counter",
        "Times that the task's slot was replaced on this node since the meter started.",
        [f"{r.labels} {r.restarts}" for r in readings],
    )
    for name, value in own.items():
        _family(lines, name, "counter", "About the meter itself.", [f" {value!r}"])
    return "\n".join(lines) + "\n"


def _family(lines: list[str], name: str, kind: str, meaning: str, samples: list[str]) -> None:
    lines.append(f"# HELP {name} {meaning}")
    lines.append(f"# TYPE {name} {kind}")
    lines.extend([name + sample for sample in samples])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
