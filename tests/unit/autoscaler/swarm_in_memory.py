"""A Swarm for tests of the loop: what it reads and writes, without an engine."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from autoscaler.config import PREFIX
from swarm.engine import EngineError, OutOfSequence, Service, Task

NOW = 1_700_000_000.0


class Swarm:
    """A Swarm in memory: services with a version index, and as many ready tasks as are wanted."""

    def __init__(self) -> None:
        self.found: dict[str, Service] = {}
        self.writes: list[tuple[str, int]] = []
        self.listed: list[set[str]] = []
        """The ids of the services whose tasks were listed, a set per list."""
        self.interfere = False
        self.away = False

    def add(self, name: str, replicas: int, mode: str = "Replicated", **ours: str) -> None:
        spec = {
            "Name": name,
            "Labels": {PREFIX + key: text for key, text in ours.items()},
            "TaskTemplate": {"ContainerSpec": {"Image": "x"}},
            "Mode": {"Replicated": {"Replicas": replicas}} if mode == "Replicated" else {"Global": {}},
        }
        self.found[name] = Service(name + "-id", name, 1, spec, None, None, "", None, None)

    def services_with_counts(self, label: str) -> list[Service]:
        if self.away:
            raise EngineError("The engine is away.")
        counts = {name: one.replicas or 0 for name, one in self.found.items()}
        return [
            replace(one, running_tasks=counts[name], desired_tasks=counts[name])
            for name, one in self.found.items()
            if label in one.labels
        ]

    def tasks(self, service: str | None = None, filters: Mapping[str, Iterable[str]] | None = None) -> list[Task]:
        since, wanted = datetime.fromtimestamp(NOW - 100, UTC), set((filters or {})["service"])
        self.listed.append(wanted)
        return [
            Task(
                f"{s.name}.{n}",
                s.id,
                "n",
                n,
                "running",
                "running",
                since,
                "",
                "",
                None,
                "c",
                "x",
                {},
                (),
                since,
                since,
            )
            for s in self.found.values()
            if s.id in wanted
            for n in range(s.replicas or 0)
        ]

    def set_replicas(self, service_name: str, replicas: int, expect_version: int | None = None) -> None:
        service = self.found[service_name]
        if self.interfere or expect_version != service.version_index:
            raise OutOfSequence("update out of sequence")
        spec = copy.deepcopy(service.spec)
        spec["Mode"]["Replicated"]["Replicas"] = replicas
        self.found[service_name] = replace(service, spec=spec, version_index=service.version_index + 1)
        self.writes.append((service_name, replicas))
