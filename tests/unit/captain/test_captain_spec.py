"""Conversion to the Engine API, against what the docker CLI made of the same files."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from captain.compose import Source, load
from captain.difference import differences
from captain.parse import parse
from captain.spec import References, network_spec, service_specs
from captain.stack import Stack

DATA = Path(__file__).parents[2] / "data" / "stack-deploy"
RECORDED = [(name, version) for name in ("flotilla", "variants") for version in ("20.10", "26.1")]

# What the engine adds to every spec it stores.
ENGINE_ADDS = {"ForceUpdate": 0, "Runtime": "container"}


def converted(name: str, version: str) -> tuple[Stack, list[dict[str, Any]], dict[str, Any]]:
    recorded = json.loads((DATA / f"{name}.cli-{version}.json").read_text())
    stack = parse(load([Source(f"{name}.yml", (DATA / f"{name}.yml").read_text())], {}), name)
    references = References(
        networks={key: recorded["networks"][network.name] for key, network in stack.networks.items()},
        secrets={key: recorded["secrets"][secret] for key, secret in stack.secrets.items()},
        configs={key: recorded["configs"][config.name] for key, config in stack.configs.items()},
        config_names={key: config.name for key, config in stack.configs.items()},
    )
    return stack, service_specs(stack, references), recorded


@pytest.mark.parametrize(("name", "version"), RECORDED)
def test_a_service_that_the_docker_cli_deployed_has_no_difference(name: str, version: str) -> None:
    """So deploying with one after the other restarts nothing."""
    _, specs, recorded = converted(name, version)
    assert {spec["Name"] for spec in specs} == set(recorded["services"])
    for spec in specs:
        assert differences(spec, recorded["services"][spec["Name"]]) == []


def without_engines_additions(spec: dict[str, Any]) -> dict[str, Any]:
    stored = copy.deepcopy(spec)
    template = stored["TaskTemplate"]
    for key, value in ENGINE_ADDS.items():
        assert template.pop(key) == value
    container = template["ContainerSpec"]
    assert container.pop("Isolation") == "default"
    # Present and empty: to the engine not the same as absent, and a difference would restart every task.
    assert container["Privileges"].pop("NoNewPrivileges") is False
    for key in ("RestartPolicy", "RollbackConfig", "UpdateConfig"):
        for holder in (stored, template):
            section = holder.get(key, {})
            for added, default in (("MaxAttempts", 0), ("FailureAction", "pause"), ("Order", "stop-first")):
                if section.get(added) == default:
                    del section[added]
    if template.get("RestartPolicy", {}).get("Condition") == "any":
        del template["RestartPolicy"]["Condition"]
    if stored["EndpointSpec"].get("Mode") == "vip":
        del stored["EndpointSpec"]["Mode"]
    return stored


@pytest.mark.parametrize("name", ["flotilla", "variants"])
def test_the_spec_is_the_clis_to_the_letter(name: str) -> None:
    """Also in the order of lists; only what the engine itself adds is taken out first."""
    _, specs, recorded = converted(name, "26.1")
    for spec in specs:
        wanted = copy.deepcopy(spec)
        for holder, key in (
            (wanted["TaskTemplate"], "RestartPolicy"),
            (wanted, "RollbackConfig"),
            (wanted, "UpdateConfig"),
        ):
            section = holder.get(key, {})
            for default in (
                ("Condition", "any"),
                ("MaxAttempts", 0),
                ("FailureAction", "pause"),
                ("Order", "stop-first"),
            ):
                if section.get(default[0]) == default[1]:
                    del section[default[0]]
        assert wanted == without_engines_additions(recorded["services"][spec["Name"]])


def test_an_overlay_network_is_made_as_the_cli_makes_it() -> None:
    """Driver, subnet and the label that `docker stack rm` looks for."""
    stack, _, _ = converted("flotilla", "26.1")
    spec = network_spec(stack.networks["front"], "flotilla")
    assert spec["Name"] == "flotilla_front"
    assert spec["Driver"] == "overlay"
    assert spec["Attachable"] is True
    assert spec["IPAM"]["Config"] == [{"Subnet": "10.201.0.0/16"}]
    assert spec["Labels"] == {"com.docker.stack.namespace": "flotilla"}
