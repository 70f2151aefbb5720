"""This node's tasks: which there are, from the engine; what they used, from the kernel."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from swarm.engine import Engine, EngineError
from swarm.meter import cgroup
from swarm.meter.cgroup import Accounts
from swarm.meter.exposition import NodeReading, Reading, label_text, node_text, render
from swarm.meter.tasks import TASK_ID, MeteredTask, Restarts, describe

log = logging.getLogger("meter")

# The list of a hundred containers costs the engine 20 ms or more. It is asked for when the kernel's folders
# say that a container came or went, and for a while after: a folder is there before its container runs.
SETTLING_SECONDS = 5.0
# A little less than the scrape interval, so that every scrape of Prometheus sees a fresh list meanwhile.
REFRESH_SECONDS = 0.9
# Containers with a cgroup parent of their own are in folders that nobody watches.
REFRESH_AT_LEAST_SECONDS = 10.0


def node_reading(root: str = "/") -> NodeReading:
    """A container's own root is on the disk that Docker's data is on: overlay2 tells the upper layer's figures."""
    disk = os.statvfs(root)
    return NodeReading(disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize, time.time())


@dataclass(frozen=True, slots=True)
class _Known:
    task: MeteredTask
    accounts: Accounts
    labels: str


class Node:
    """The tasks that run here. `scrape` may be called from several threads."""

    def __init__(self, engine: Engine, cgroup_root: Path, name: str | None, clock: Callable[[], float]) -> None:
        """`name` becomes the `node` label (None: the node's id); `clock` counts seconds."""
        self._engine = engine
        self._root = cgroup_root
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._restarts = Restarts()
        self._present: frozenset[str] = frozenset()
        self._settled_at = float("-inf")
        self._refreshed_at = float("-inf")
        self._engine_answers = True
        self._engine_errors = 0

    def scrape(self) -> str:
        """The exposition text of this moment. A container that ends meanwhile is left out."""
        with self._lock:
            now = self._clock()
            if self._is_due(now):
                self._refreshed_at = now
                self._refresh()
            tasks = render(self._readings(), {"flotilla_meter_engine_errors_total": self._engine_errors})
        return tasks + node_text(self._name or "", node_reading())

    def _is_due(self, now: float) -> bool:
        present = cgroup.ids_beside(known.accounts for known in self._known.values())
        if present != self._present or not self._engine_answers:
            self._present = present
            self._settled_at = now + SETTLING_SECONDS
        interval = REFRESH_SECONDS if now < self._settled_at or not present else REFRESH_AT_LEAST_SECONDS
        return now - self._refreshed_at >= interval

    def _refresh(self) -> None:
        """Forget containers that ended, learn new ones. While the engine is away the known ones are kept."""
        try:
            running = {container.id for container in self._engine.containers(label=TASK_ID)}
            self._known = {key: known for key, known in self._known.items() if key in running}
            self._learn(running - self._known.keys())
        except EngineError as error:
            self._engine_errors += 1
            if self._engine_answers:
                log.warning("The list of containers is not current: %s", error)
            self._engine_answers = False
        else:
            self._engine_answers = True

    def _learn(self, new: set[str]) -> None:
        learned: dict[str, _Known] = {}
        for key, accounts in cgroup.find(self._root, new).items():
            container = self._engine.inspect_container(key)
            task = None if container is None else describe(container, self._name)
            if task is not None:
                learned[key] = _Known(task, accounts, label_text(task))
        self._known |= learned
        self._restarts.see(known.task for known in learned.values())

    def _readings(self) -> list[Reading]:
        counts = self._restarts.counts
        return [
            Reading(known.task, usage, counts.get((known.task.service, known.task.slot), 0), known.labels)
            for known in self._known.values()
            if (usage := cgroup.read(known.accounts)) is not None
        ]
