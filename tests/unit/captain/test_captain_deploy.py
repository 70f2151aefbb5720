"""Deploying against a Swarm in memory: what is written, and what is not."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from captain.credentials import API_TOKEN, Domains, certificate_name, ensure_secrets
from captain.deploy import Request, apply, read_stack
from captain.errors import CaptainError
from captain.rollout import Written
from swarm.engine import Config, Network, OutOfSequence, Secret, Service

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
        self._numbers: Iterator[int] = iter(range(1, 10**6))

    def _id(self, what: str) -> str:
        self.writes.append(what)
        return f"id{next(self._numbers)}"

    def services(self, label: str | None = None) -> list[Service]:
        return list(self.kept.values())

    def service(self, name: str) -> Service | None:
        return self.kept.get(name)

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

    def configs(self) -> list[Config]:
        return list(self.made["config"].values())

    def create_config(self, name: str, data: bytes, labels: dict[str, str]) -> str:
        made = Config(self._id(f"create {name}"), name, labels, None, data)
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


@pytest.fixture
def swarm() -> Swarm:
    made = Swarm()
    made.create_secret("token", b"x", {})
    made.writes.clear()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stack.yml").write_text(STACK)
    (tmp_path / "routes.yml").write_text("one")
    return tmp_path


def deploy(swarm: Swarm, folder: Path, prune: bool = False, **variables: str) -> tuple[dict[str, Written], list[str]]:
    said: list[str] = []
    request = Request("s", (folder / "stack.yml",), variables, Domains.of(""), 1.0, prune, 0)
    written = apply(swarm, read_stack(request, variables), request, said.append)  # type: ignore[arg-type]
    return dict(written), said


def test_the_first_run_makes_everything_and_the_second_nothing(swarm: Swarm, folder: Path) -> None:
    """No write at all the second time, not even one that would change nothing."""
    deploy(swarm, folder)
    assert swarm.writes == ["create s_routes", "create s_front", "create s_edge", "create s_app"]
    swarm.writes.clear()
    written, said = deploy(swarm, folder)
    assert (swarm.writes, written) == ([], {})
    assert said == ["nothing to do: all 2 services are as the stack file says"]


def test_a_new_image_is_written_with_the_count_that_is_live_at_the_write(swarm: Swarm, folder: Path) -> None:
    """Somebody scales between read and write: refused, decided again, and that count stays."""
    deploy(swarm, folder)
    swarm.before_update = [lambda there: there.scale("s_app", 7)]
    written, said = deploy(swarm, folder, IMAGE="app:2")
    stored = swarm.kept["s_app"]
    assert (stored.image, stored.replicas) == ("app:2", 7)
    assert written["s_app"].restarts_tasks
    assert "Image: app:1 → app:2" in said[0]


def test_somebody_who_never_stops_writing_is_named(swarm: Swarm, folder: Path) -> None:
    """The retries end."""
    deploy(swarm, folder)
    swarm.before_update = [lambda there: there.scale("s_app", 3)] * 100
    with pytest.raises(CaptainError, match="Somebody else keeps writing s_app"):
        deploy(swarm, folder, IMAGE="app:2")


def test_a_changed_config_gets_a_new_name_and_the_old_one_goes_when_unused(swarm: Swarm, folder: Path) -> None:
    """It stays as long as a rollback would need it."""
    deploy(swarm, folder)
    (folder / "routes.yml").write_text("two")
    deploy(swarm, folder)
    assert len(swarm.made["config"]) == 2
    swarm.writes.clear()
    deploy(swarm, folder)
    assert swarm.writes == []
    (folder / "routes.yml").write_text("three")
    deploy(swarm, folder)
    assert "s_routes" not in swarm.made["config"]
    (in_use,) = {
        config["ConfigName"]
        for service in swarm.kept.values()
        for config in service.spec["TaskTemplate"]["ContainerSpec"]["Configs"]
    }
    assert swarm.made["config"][in_use].data == b"three"


def test_a_missing_secret_or_file_stops_before_anything_is_made(swarm: Swarm, folder: Path) -> None:
    """The message names it."""
    swarm.made["secret"].clear()
    with pytest.raises(CaptainError, match="no secret token"):
        deploy(swarm, folder)
    assert swarm.writes == []
    (folder / "stack.yml").unlink()
    with pytest.raises(CaptainError, match=r"Cannot read .*stack.yml: No such file"):
        deploy(swarm, folder)


def test_a_service_that_left_the_file_stays_unless_pruned(swarm: Swarm, folder: Path) -> None:
    """As with `docker stack deploy`."""
    deploy(swarm, folder)
    (folder / "stack.yml").write_text(STACK.replace("\n  edge:", "\n  other:"))
    _, said = deploy(swarm, folder)
    assert "service s_edge is no longer in the stack file and stays; --prune removes it" in said
    deploy(swarm, folder, prune=True)
    assert sorted(swarm.kept) == ["s_app", "s_other"]


def test_secrets_are_made_once_and_the_token_is_told_once(swarm: Swarm, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exists is never touched; another domain needs another certificate and nothing else."""
    monkeypatch.setattr("captain.credentials.self_signed", lambda domains: b"PEM")
    first = ensure_secrets(swarm, "s", Domains.of(""))  # type: ignore[arg-type]
    assert first.api_token is not None
    assert API_TOKEN in first.created
    again = ensure_secrets(swarm, "s", Domains.of("localhost"))  # type: ignore[arg-type]
    assert (again.created, again.api_token) == ((), None)
    moved = ensure_secrets(swarm, "s", Domains.of("example.org"))  # type: ignore[arg-type]
    assert moved.created == (moved.certificate_secret,)
    with pytest.raises(CaptainError, match="no secret mine"):
        ensure_secrets(swarm, "s", Domains.of(""), "mine")  # type: ignore[arg-type]


def test_the_certificates_name_follows_the_domains() -> None:
    """The default is what stack.yml says; a blog domain of its own counts too."""
    names = {certificate_name(Domains.of(*each)) for each in (("",), ("a.org",), ("a.org", "b.org"))}
    assert len(names) == 3
    assert "flotilla_edge_certificate" in names
    assert certificate_name(Domains.of("a.org")) == certificate_name(Domains.of("a.org", "blogs.a.org"))
    assert Domains.of("a.org", "b.org").names() == [
        "a.org", "*.a.org", "app.a.org", "admin.a.org", "captain.a.org", "b.org", "*.b.org",
    ]  # fmt: skip
