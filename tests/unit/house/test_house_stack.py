"""What every service of `stack.yml` has to have, and that what is shipped is what the code does by itself."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

import autoscaler.__main__
from app.settings import Settings
from app.settings import from_environment as app_settings
from autoscaler.config import DEFAULTS, parse_policy
from captain.rotation import PLANS
from captain.secret_ages import NOT_ROTATED

ROOT = Path(__file__).resolve().parents[3]
VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}")
TEXT = (ROOT / "stack.yml").read_text(encoding="utf-8")
STACK: dict[str, Any] = yaml.safe_load(VARIABLE.sub(lambda found: found[2] or "", TEXT))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]

NO_HEALTH_CHECK = {
    "postgres-exporter": "nothing depends on it, and Prometheus' `up` tells",
    "pgbouncer-exporter": "the same",
}
NO_START_FIRST = {
    "certificate": "global, one on each node",
    "pgbouncer-passwords": "the same",
    "edge": "a host port",
    "meter": "global, one on each node",
    "migrate": "one migration at a time",
    "pgbouncer": "two are twice the cap",
    "postgres": "a volume",
    "prometheus": "a volume",
    "registry": "a volume",
    "autoscaler": "one writer",
}
SOCKET = {"meter", "socket-gate", "captain"}
# What names a secret without being one.
NAMES_A_SECRET = re.compile(r"(PASSWORD|TOKEN|SECRET|CERTIFICATE|KEY)(_FILE)?$")

every_service = pytest.mark.parametrize("name", sorted(SERVICES))


@every_service
def test_limits_reservations_and_log_rotation(name: str) -> None:
    """No service can take the machine, or fill its disk with logs."""
    service = SERVICES[name]
    resources = service["deploy"]["resources"]
    assert {"cpus", "memory", "pids"} <= set(resources["limits"])
    assert {"cpus", "memory"} <= set(resources["reservations"])
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])


@every_service
def test_health_check(name: str) -> None:
    """Swarm can tell whether it works; exceptions have a reason."""
    assert ("healthcheck" in SERVICES[name]) != (name in NO_HEALTH_CHECK)


@every_service
def test_failed_rollouts_are_rolled_back(name: str) -> None:
    """A new task comes first where no port, volume or duty forbids it."""
    update = SERVICES[name]["deploy"]["update_config"]
    assert update["failure_action"] == "rollback"
    assert update["order"] == ("stop-first" if name in NO_START_FIRST else "start-first")


@every_service
def test_replicas_are_found_by_their_own_addresses(name: str) -> None:
    """No virtual IP, which goes on sending to stopping tasks."""
    assert SERVICES[name]["deploy"]["endpoint_mode"] == "dnsrr"
    assert all(port["mode"] == "host" for port in SERVICES[name].get("ports", []))


@every_service
def test_the_container_may_do_little(name: str) -> None:
    """Read-only file system, no capabilities, the Docker socket only where it is the job."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    mounts = [str(volume) for volume in service.get("volumes", [])]
    assert any("docker.sock" in mount for mount in mounts) == (name in SOCKET)


@every_service
def test_no_service_goes_past_the_entry_point(name: str) -> None:
    """An `entrypoint:` would replace the image's, and with it that no process can gain rights."""
    assert "entrypoint" not in SERVICES[name]


def test_every_image_starts_without_new_privileges() -> None:
    """The one stage on the base takes rights from files and starts programs under setpriv; no stage goes back."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [on_the_base] = [
        stage for stage in re.split(r"^FROM ", dockerfile, flags=re.MULTILINE) if stage.startswith("${BASE}")
    ]
    assert 'ENTRYPOINT ["setpriv", "--no-new-privs", "--"]' in on_the_base
    assert "-perm /6000 -exec chmod a-s {} +" in on_the_base
    assert len(re.findall("^ENTRYPOINT", dockerfile, re.MULTILINE)) == 1
    assert "-perm /6000 -exec chmod a-s {} +" in (ROOT / "swarm" / "install-packages.sh").read_text(encoding="utf-8")


@every_service
def test_no_secret_in_environment_labels_or_command(name: str) -> None:
    """Secrets are files; a variable names at most the file."""
    service = SERVICES[name]
    for key, value in service.get("environment", {}).items():
        if NAMES_A_SECRET.search(key):
            assert key.endswith("_FILE") and str(value).startswith(("/run/secrets/", "/var/lib/certificate/")), key
        assert "://" not in str(value) or "@" not in str(value), f"{key} holds credentials"
    for key in (*service.get("labels", {}), *service["deploy"].get("labels", {})):
        assert not NAMES_A_SECRET.search(key.upper()), key


@every_service
def test_no_image_tag_that_moves(name: str) -> None:
    """A tag is the hash of what went in, from swarm/images.env."""
    image = re.search(rf"^  {name}:\n(?:    .*\n)*?    image: (.+)$", TEXT, re.MULTILINE)
    assert image and re.match(r"\$\{FLOTILLA_[A-Z]+_IMAGE:-[^}]+\}$", image[1])
    assert "latest" not in SERVICES[name]["image"]


def test_nobody_but_the_autoscaler_meets_the_socket_gate() -> None:
    """They have a network of their own, without a way out, and the gate is in no other."""
    assert {name for name, service in SERVICES.items() if "gate" in service["networks"]} == {
        "autoscaler",
        "socket-gate",
    }
    assert SERVICES["socket-gate"]["networks"] == ["gate"]
    assert STACK["networks"]["gate"]["internal"] is True
    assert not STACK["networks"]["gate"].get("attachable")


def test_secrets_are_made_elsewhere() -> None:
    """No secret comes from a file of the repository."""
    assert all(secret["external"] is True for secret in STACK["secrets"].values())


def test_networks_have_room() -> None:
    """Swarm's own /24 runs out near 100 services."""
    for network in STACK["networks"].values():
        assert network["ipam"]["config"][0]["subnet"].endswith("/16")


def test_one_default_per_variable() -> None:
    """Where stack.yml and the scripts give a default for the same variable, it is the same one."""
    defaults: dict[str, set[str]] = defaultdict(set)
    scripts = [path for folder in ("swarm", "nginx") for path in (ROOT / folder).rglob("*.sh")]
    for path in [ROOT / "stack.yml", *scripts]:
        for name, default in VARIABLE.findall(path.read_text(encoding="utf-8")):
            if name.startswith("FLOTILLA_") and default:
                defaults[name].add(default.strip("\"'"))
    assert {name: values for name, values in defaults.items() if len(values) > 1} == {}


@pytest.mark.parametrize("name", ["app", "worker"])
def test_what_is_shipped_for_the_app_is_its_default(name: str) -> None:
    """With nothing set, the stack file tells the platform what it would do without being told."""
    environment = {key: str(value or "") for key, value in SERVICES[name]["environment"].items()}
    known = {f"FLOTILLA_{field.name.upper()}" for field in fields(Settings)}
    assert set(environment) <= known
    assert app_settings(environment) == Settings()


def test_what_is_shipped_for_the_autoscaler_is_its_default() -> None:
    """Its own settings, and the windows and the objective in the labels of every service that it scales."""
    environment = SERVICES["autoscaler"]["environment"]
    assert environment["FLOTILLA_PROMETHEUS_URL"] == autoscaler.__main__.Settings().prometheus_url
    assert environment["FLOTILLA_DOCKER_SOCKET"] == autoscaler.__main__.Settings().docker_socket
    labelled = {
        name: service["deploy"]["labels"]
        for name, service in SERVICES.items()
        if any(key.startswith("flotilla.autoscale.") for key in service["deploy"].get("labels", {}))
    }
    assert labelled
    for name, labels in labelled.items():
        policy = parse_policy(labels)
        for field in ("objective_ms", "stable_seconds", "stabilization_seconds", "hold_seconds"):
            assert getattr(policy, field) == getattr(DEFAULTS, field), (name, field)
        assert policy.initial == SERVICES[name]["deploy"]["replicas"]


def test_the_overlay_for_newer_engines_adds_start_intervals_alone() -> None:
    """stack.engine-25.yml changes how often health is asked, and nothing else."""
    overlay = yaml.safe_load((ROOT / "swarm" / "stack.engine-25.yml").read_text(encoding="utf-8"))
    assert set(overlay) == {"version", "services"}
    for name, service in overlay["services"].items():
        assert set(service) == {"healthcheck"}, name
        assert set(service["healthcheck"]) <= {"interval", "start_interval"}, name
        assert "healthcheck" in SERVICES[name]


@every_service
def test_mounts_are_in_every_order_that_dockers_command_line_writes(name: str) -> None:
    """It sorts them by target as soon as there is a second file, and by source in an update; another order restarts."""
    volumes = [
        volume if isinstance(volume, dict) else dict(zip(("source", "target"), volume.split(":"), strict=False))
        for volume in SERVICES[name].get("volumes", [])
    ]
    targets = [volume["target"] for volume in volumes]
    assert targets == sorted(targets)
    # A named volume's source begins with the stack's name on the engine; a path's does not.
    sources = [volume.get("source", "") for volume in volumes]
    on_engine = [f"flotilla_{source}" if source and not source.startswith("/") else source for source in sources]
    assert on_engine == sorted(on_engine)


def test_every_secret_has_a_rotation() -> None:
    """In one command, without an interruption; one without has a reason. A plan names all services that hold it."""
    holders: dict[str, set[str]] = defaultdict(set)
    for name, service in SERVICES.items():
        for reference in service.get("secrets", []):
            holders[reference["source"]].add(name)
    assert set(holders) == set(STACK["secrets"])
    assert set(STACK["secrets"]) == set(PLANS) | set(NOT_ROTATED)
    for what, steps in PLANS.items():
        assert {service for step in steps for service in step.services} == holders[what], what
