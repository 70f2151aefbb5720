"""Rotating secrets: names, the order of steps, and a run that is interrupted and run again."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

from captain.credentials import Domains, ensure_secrets
from captain.errors import CaptainError
from captain.generations import following, generations, newest
from captain.rotate import Request, rotate
from captain.rotation import PLANS, with_generation
from swarm.engine import JSON, EngineError, Secret, Service, Task

KEEPERS = {
    "api_token": ("app",),
    "db_app_password": ("app", "worker", "migrate", "pgbouncer-passwords"),
    "db_owner_password": ("migrate",),
    "db_metrics_password": ("migrate", "postgres-exporter"),
    "db_captain_password": ("migrate", "captain"),
    "pgbouncer_stats_password": ("pgbouncer-passwords", "pgbouncer-exporter"),
    "edge_certificate": ("certificate",),
}


def test_the_newest_generation_has_the_largest_number() -> None:
    """Numbers, not words: 10 comes after 9; what only looks alike is none."""
    names = ["a.10", "a", "a.9", "ab", "a.b", "a_1.3", "a.1", "a.0"]
    assert generations("a", names) == ["a", "a.9", "a.10"]
    assert (newest("a", names), newest("b", names)) == ("a.10", None)
    assert (following("a", names), following("a", ["a"]), following("b", names)) == ("a.11", "a.2", "b")


def spec(name: str, *files: tuple[str, str]) -> JSON:
    references = [
        {"File": {"Name": file, "UID": "1", "GID": "1", "Mode": 256}, "SecretID": f"id-{kept}", "SecretName": kept}
        for file, kept in files
    ]
    return {
        "Name": f"s_{name}",
        "Mode": {"Replicated": {"Replicas": 1}},
        "TaskTemplate": {"ContainerSpec": {"Image": "x", "Secrets": references}},
    }


def held(service_spec: JSON) -> dict[str, str]:
    references = service_spec["TaskTemplate"]["ContainerSpec"]["Secrets"]
    return {entry["File"]["Name"]: entry["SecretName"] for entry in references}


def secret(name: str) -> Secret:
    return Secret(f"id-{name}", name, {}, None)


def test_a_service_gets_the_new_one_beside_the_old_one_then_alone() -> None:
    """The files keep owner and mode, in the order of the secrets' names; another file is left alone."""
    first = spec("app", ("t", "x_t"), ("other", "z"))
    both = with_generation(first, "t", secret("x_t.2"), secret("x_t"))
    assert both is not None
    assert list(held(both).items()) == [("t_previous", "x_t"), ("t", "x_t.2"), ("other", "z")]
    assert all(entry["File"]["UID"] == "1" for entry in both["TaskTemplate"]["ContainerSpec"]["Secrets"])
    assert with_generation(both, "t", secret("x_t.2"), secret("x_t")) is None
    alone = with_generation(both, "t", secret("x_t.2"), None)
    assert alone is not None
    assert held(alone) == {"t": "x_t.2", "other": "z"}
    assert with_generation(alone, "t", secret("x_t.2"), None) is None
    assert with_generation(alone, "t", secret("x_t.2"), secret("x_t")) is None, "it never gets the old one back"
    assert held(first) == {"t": "x_t", "other": "z"}


class Killed(BaseException):
    """The run ends here, whatever it was doing."""


class Swarm:
    """What rotating uses of an engine, in memory. `writes_left` of them go well, then the run is killed."""

    def __init__(self, *what: str) -> None:
        self.what = what
        keepers = dict.fromkeys(service for each in what for service in KEEPERS[each])
        self.kept: dict[str, JSON] = {
            f"s_{name}": spec(name, *((each, f"flotilla_{each}") for each in what if name in KEEPERS[each]))
            for name in keepers
        }
        self.versions = dict.fromkeys(self.kept, 1)
        self.secret_names = [f"flotilla_{each}" for each in what]
        self.values: dict[str, bytes] = {}
        self.labels: dict[str, dict[str, str]] = {}
        self.writes_left = 10**6
        self.history: list[dict[str, dict[str, str]]] = []

    def _write(self) -> None:
        if self.writes_left == 0:
            raise Killed
        self.writes_left -= 1

    def info(self) -> JSON:
        return {"Swarm": {"ControlAvailable": True}}

    def secrets(self) -> list[Secret]:
        return [Secret(f"id-{name}", name, self.labels.get(name, {}), None) for name in self.secret_names]

    def create_secret(self, name: str, value: bytes, labels: Any = None) -> str:
        self._write()
        self.secret_names.append(name)
        self.values[name] = value
        self.labels[name] = labels or {}
        return f"id-{name}"

    def remove_secret(self, secret_id: str) -> None:
        self._write()
        name = secret_id.removeprefix("id-")
        if any(name in held(kept).values() for kept in self.kept.values()):
            raise EngineError(f"{name} is in use", 400)
        self.secret_names.remove(name)

    def service(self, name: str) -> Service | None:
        kept = self.kept.get(name)
        if kept is None:
            return None
        return Service(name, name, self.versions[name], copy.deepcopy(kept), None, "completed", "", None, None)

    def services(self, label: str | None = None) -> list[Service]:
        return [found for name in self.kept if (found := self.service(name)) is not None]

    def update_service(self, service_id: str, version_index: int, changed: JSON) -> None:
        self._write()
        assert version_index == self.versions[service_id]
        assert changed != self.kept[service_id], "a rollout of nothing"
        self.kept[service_id] = changed
        self.versions[service_id] += 1
        self.history.append({name: held(kept) for name, kept in self.kept.items()})

    def tasks(self, service: str | None = None, filters: Any = None) -> list[Task]:
        return [
            Task(f"t-{name}", name, "n", 1, "running", "running", None, "", "", None, "c", "x", {}, (), None, None)
            for name in self.kept
        ]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(1000.0, 1.0)
    monkeypatch.setattr("captain.wait.time.sleep", lambda seconds: None)
    monkeypatch.setattr("captain.wait.time.monotonic", lambda: next(clock))


def run(swarm: Swarm) -> str:
    said: list[str] = []
    request = Request("s", swarm.what, Domains.of(""), grace_seconds=0, timeout_seconds=60, width=0)
    rotate(swarm, request, said.append)  # type: ignore[arg-type]
    return "".join(said)


ALL = tuple(sorted(PLANS))


@pytest.fixture(params=[*((name,) for name in ALL), ALL, ALL[::-1]], ids=" ".join)
def what(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Each secret alone, and all at once."""
    monkeypatch.setattr("captain.credentials.self_signed", lambda domains: b"PEM")
    chosen: tuple[str, ...] = request.param
    return chosen


def all_hold(swarm: Swarm, generation: int) -> bool:
    """Every service that generation alone, of every secret; and no other is left."""
    return sorted(swarm.secret_names) == sorted(f"flotilla_{each}.{generation}" for each in swarm.what) and all(
        name == f"flotilla_{file}.{generation}" for kept in swarm.kept.values() for file, name in held(kept).items()
    )


def test_a_rotation_ends_with_the_new_one_everywhere_and_the_old_one_gone(what: tuple[str, ...]) -> None:
    """And another one goes on from there, but for what was retired."""
    swarm = Swarm(*what)
    run(swarm)
    assert all_hold(swarm, 2)
    if "api_token" not in what:
        run(swarm)
        assert all_hold(swarm, 3)


def test_a_run_that_is_killed_after_any_write_is_finished_by_the_next(what: tuple[str, ...]) -> None:
    """Whatever it had done; and no third generation is made."""
    whole = Swarm(*what)
    run(whole)
    total = 10**6 - whole.writes_left
    assert total > len(KEEPERS[what[0]])
    for writes in range(total):
        killed = Swarm(*what)
        killed.writes_left = writes
        with pytest.raises(Killed):
            run(killed)
        killed.writes_left = 10**6
        run(killed)
        assert all_hold(killed, 2), writes


def test_all_at_once_start_no_service_more_often_than_the_one_that_does_most() -> None:
    """The steps of all secrets are done together: what a service holds changes once in each."""
    swarm = Swarm(*ALL)
    run(swarm)
    writes = {name: version - 1 for name, version in swarm.versions.items()}
    assert (writes["s_app"], writes["s_worker"], writes["s_migrate"], writes["s_pgbouncer-passwords"]) == (2, 2, 2, 2)
    assert sum(writes.values()) == 12


@pytest.mark.parametrize("names", [("db_app_password",), ALL], ids=" ".join)
def test_whoever_shows_a_password_has_both_while_those_who_check_it_differ(names: tuple[str, ...]) -> None:
    """At no write is there an app or a worker with one password only, and a pgbouncer or a PostgreSQL with another."""
    swarm = Swarm(*names)
    run(swarm)
    for moment in swarm.history:
        checking = {moment[name]["db_app_password"] for name in ("s_migrate", "s_pgbouncer-passwords")}
        for showing in (moment["s_app"], moment["s_worker"]):
            assert checking <= {value for file, value in showing.items() if file.startswith("db_app_password")}


def test_the_api_token_is_retired_and_not_replaced() -> None:
    """Its clients are told to take API keys, and have time to; then there is none, and nothing more to rotate."""
    swarm = Swarm("api_token")
    said = run(swarm)
    assert swarm.values["flotilla_api_token.2"] == b"none"
    assert "needs an API key" in said and "change its clients over now" in said
    assert swarm.history[-1]["s_app"] == {"api_token": "flotilla_api_token.2"}
    with pytest.raises(CaptainError, match="holds nothing"):
        run(swarm)


def test_a_secret_that_captain_did_not_make_is_left_alone() -> None:
    """The operator's own certificate is replaced by the operator."""
    swarm = Swarm("edge_certificate")
    swarm.kept["s_certificate"] = spec("certificate", ("edge_certificate", "mine"))
    with pytest.raises(CaptainError, match="uses mine, which captain did not make"):
        run(swarm)
    assert swarm.history == []


def test_a_deployment_takes_the_newest_generation() -> None:
    """up.sh after a rotation does not go back, whatever a variable of yesterday says."""
    swarm = Swarm("api_token")
    bases = ("db_app_password", "db_owner_password", "db_metrics_password", "pgbouncer_stats_password")
    bases = (*bases, "captain_key", "db_captain_password")
    bases = (*bases, "database_url", "db_first_password", "registry_password", "smtp_url", "edge_certificate")
    swarm.secret_names = [f"flotilla_{name}" for name in bases]
    swarm.secret_names += ["flotilla_api_token.2", "flotilla_db_app_password.3", "flotilla_edge_certificate.2"]
    made = ensure_secrets(swarm, "s", Domains.of(""), "flotilla_edge_certificate")  # type: ignore[arg-type]
    assert made.created == ()
    assert made.names["FLOTILLA_API_TOKEN_SECRET"] == "flotilla_api_token.2"
    assert made.names["FLOTILLA_DB_APP_PASSWORD_SECRET"] == "flotilla_db_app_password.3"
    assert made.names["FLOTILLA_DB_OWNER_PASSWORD_SECRET"] == "flotilla_db_owner_password"
    assert made.names["FLOTILLA_CERTIFICATE_SECRET"] == "flotilla_edge_certificate.2"
