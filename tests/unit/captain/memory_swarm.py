"""A Swarm in memory, for deploying against."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from captain.credentials import Domains
from captain.deploy import Request, apply, read_stack
from captain.rollout import Written
from swarm.engine import Config, Network, OutOfSequence, Secret, Service, Task

STACK = """
version: "3.9"
services:
  app:
    image: ${IMAGE:-app:1}
    networks: [front]
    configs: [routes]
    deploy:
      replicas: 2
      labels: {flotilla.autoscale.enabled: "true", flotilla.autoscale.min: "2", flotilla.autoscale.max: "9"}
  edge:
    image: edge:1
    networks: [front]
    configs: [routes]
    secrets: [token]
networks: {front: {}}
configs: {routes: {file: routes.yml}}
secrets: {token: {external: true, name: token}}
"""


class Swarm:
    """The part of the Engine that deploying uses, in memory; `writes` is everything that was written."""

    def __init__(self) -> None:
        self.kept: dict[str, Service] = {}
        self.made: dict[str, dict[str, Any]] = {"network": {}, "config": {}, "secret": {}}
        self.writes: list[str] = []
        self.before_update: list[Any] = []
        self.meanwhile: Iterator[Callable[[], None]] = iter(())
        self._numbers: Iterator[int] = iter(range(1, 10**6))

    def _id(self, what: str) -> str:
        self.writes.append(what)
        return f"id{next(self._numbers)}"

    def _let_others(self) -> None:
        """What somebody else does before this call; one of `meanwhile`."""
        next(self.meanwhile, lambda: None)()

    def services(self, label: str | None = None) -> list[Service]:
        self._let_others()
        return list(self.kept.values())

    def service(self, name: str) -> Service | None:
        self._let_others()
        return self.kept.get(name)

    def tasks(self, service: str) -> list[Task]:
        """As many as are wanted, all of them ready."""
        found, at = self.kept[service], datetime(2026, 1, 1, tzinfo=UTC)
        return [
            Task(f"{n}", found.id, "n", n, "running", "running", at, "", "", None, "c", "x", {}, (), at, at)
            for n in range(found.replicas or 0)
        ]

    def create_service(self, spec: dict[str, Any]) -> str:
        made = Service(
            self._id(f"create {spec['Name']}"),
            spec["Name"],
            1,
            copy.deepcopy(spec),
            None,
            None,
            "",
            None,
            None,
        )
        self.kept[made.name] = made
        return made.id

    def update_service(self, service_id: str, version: int, spec: dict[str, Any]) -> None:
        self._let_others()
        if self.before_update:
            self.before_update.pop()(self)
        found = self.kept[spec["Name"]]
        if found.version_index != version:
            raise OutOfSequence("update out of sequence")
        self.writes.append(f"update {spec['Name']}")
        self.kept[found.name] = replace(
            found, version_index=version + 1, spec=copy.deepcopy(spec), previous_spec=found.spec
        )

    def scale(self, name: str, count: int) -> None:
        spec = copy.deepcopy(self.kept[name].spec)
        spec["Mode"]["Replicated"]["Replicas"] = count
        self.kept[name] = replace(self.kept[name], version_index=self.kept[name].version_index + 1, spec=spec)

    def remove_service(self, name: str) -> None:
        self.writes.append(f"remove {name}")
        del self.kept[name]

    def networks(self) -> list[Network]:
        return list(self.made["network"].values())

    def create_network(self, spec: dict[str, Any]) -> str:
        made = Network(self._id(f"create {spec['Name']}"), spec["Name"], "overlay", "swarm", False, (), spec["Labels"])
        self.made["network"][made.name] = made
        return made.id

    def configs(self, label: str | None = None) -> list[Config]:
        name, _, value = (label or "").partition("=")
        found: list[Config] = list(self.made["config"].values())
        if not name:
            return found
        return [config for config in found if name in config.labels and value in ("", config.labels[name])]

    def close(self) -> None:
        """Nothing to close."""

    def create_config(self, name: str, data: bytes, labels: dict[str, str]) -> str:
        made = Config(self._id(f"create {name}"), name, dict(labels), None, data)
        self.made["config"][name] = made
        return made.id

    def remove_config(self, config_id: str) -> None:
        name = next(name for name, found in self.made["config"].items() if found.id == config_id)
        self.writes.append(f"remove {name}")
        del self.made["config"][name]

    def secrets(self) -> list[Secret]:
        return list(self.made["secret"].values())

    def create_secret(self, name: str, value: bytes, labels: dict[str, str]) -> str:
        made = Secret(self._id(f"create {name}"), name, labels, None)
        self.made["secret"][name] = made
        return made.id

    def remove_secret(self, name: str) -> None:
        del self.made["secret"][name]


def deploy(swarm: Swarm, folder: Path, prune: bool = False, **variables: str) -> tuple[dict[str, Written], list[str]]:
    said: list[str] = []
    request = Request("s", (folder / "stack.yml",), variables, Domains.of(""), 1.0, prune, 0)
    written = apply(swarm, read_stack(request, variables), request, said.append)  # type: ignore[arg-type]
    return dict(written), said
