"""What passes the gate before the engine's socket, and what does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from autoscaler.config import DEFAULTS, ENABLED_LABEL
from swarm.socket_gate import gate
from swarm.socket_gate.gate import Asked, Reads, Refused, Update, Write, decide, decide_update
from swarm.socket_gate.server import answer

JSON = dict[str, Any]
LIVE: JSON = {
    "ID": "svc1",
    "Version": {"Index": 41},
    "Spec": {
        "Name": "flotilla_app",
        "Labels": {"flotilla.autoscale.enabled": "true", "flotilla.autoscale.max": "12"},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "x:1", "CapabilityDrop": ["ALL"], "Init": False},
            "Resources": {"Limits": {"Pids": 100}},
        },
        "UpdateConfig": {"MaxFailureRatio": 0},
        "Mode": {"Replicated": {"Replicas": 2}},
    },
}


def update(change: Callable[[JSON], object] = lambda spec: None, replicas: object = 5, version: int = 41) -> Update:
    spec = copy.deepcopy(LIVE["Spec"])
    spec["Mode"]["Replicated"]["Replicas"] = replicas
    change(spec)
    return Update("flotilla_app", version, spec)


def test_words_are_the_autoscalers() -> None:
    """The gate does not import the autoscaler, and reads the same label with the same default."""
    assert (ENABLED_LABEL, DEFAULTS.maximum) == (gate.ENABLED_LABEL, gate.DEFAULT_MAX)


@pytest.mark.parametrize(
    "path", ["/version", "/v1.45/services", "/v1.41/tasks", "/v1.45/services/flotilla_app", "/services/a.b-c"]
)
def test_reading_passes(path: str) -> None:
    """Version, services, tasks, one service; in any version of the API."""
    assert decide(Asked("GET", path, (("filters", "{}"),))) == Reads()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1.45/secrets"),
        ("GET", "/v1.45/configs"),
        ("GET", "/v1.45/configs/c1"),
        ("GET", "/v1.45/containers/json"),
        ("GET", "/v1.45/containers/c1/archive"),
        ("GET", "/v1.45/services/flotilla_app/logs"),
        ("GET", "/v1.45/tasks/t1/logs"),
        ("GET", "/v1.45/swarm"),
        ("GET", "/v1.45/swarm/unlockkey"),
        ("GET", "/v1.45/nodes"),
        ("GET", "/v1.45/info"),
        ("GET", "/events"),
        ("HEAD", "/v1.45/services"),
        ("POST", "/v1.45/services/create"),
        ("POST", "/v1.45/containers/create"),
        ("POST", "/v1.45/containers/c1/exec"),
        ("POST", "/v1.45/secrets/s1/update"),
        ("POST", "/v1.45/nodes/n1/update"),
        ("DELETE", "/v1.45/services/flotilla_app"),
        ("PUT", "/v1.45/services/svc1/update"),
        ("GET", "/v1.45/services/svc1/update"),
        ("GET", "/v1.45/services/../secrets"),
        ("GET", "/v1.45/services/%2e%2e/secrets"),
        ("GET", "/v1.45/services/..%2fsecrets"),
        ("GET", "/v1.45//secrets"),
        ("GET", "/v1.45/services/\n/v1.45/secrets"),
        ("GET", "/v1.45/services\n"),
        ("POST", "/v1.45/services/../secrets/create"),
        ("CONNECT", "/v1.45/services"),
    ],
)
def test_no_other_way_passes(method: str, path: str) -> None:
    """Refused with 403 and a sentence that says what passes."""
    refused = decide(Asked(method, path, (("version", "41"),), b"{}"))
    assert isinstance(refused, Refused)
    assert refused.status == 403
    assert "does not pass" in refused.sentence


@pytest.mark.parametrize(
    "query",
    [
        (),
        (("version", "41"), ("rollback", "previous")),
        (("version", "41"), ("version", "42")),
        (("version", "41"), ("registryAuthFrom", "spec")),
        (("version", "x"),),
        (("rollback", "previous"),),
    ],
)
def test_an_update_carries_a_version_and_nothing_else(query: tuple[tuple[str, str], ...]) -> None:
    """`rollback=previous` would make the engine write another spec than the one that was looked at."""
    assert isinstance(decide(Asked("POST", "/services/svc1/update", query, b"{}")), Refused)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"\xff\xfe", b'"spec"'])
def test_a_body_that_is_no_spec_is_refused(body: bytes) -> None:
    """With 400: it is a mistake, no attempt."""
    refused = decide(Asked("POST", "/services/svc1/update", (("version", "41"),), body))
    assert isinstance(refused, Refused)
    assert refused.status == 400


def test_a_change_of_replicas_passes() -> None:
    """What is written is the live spec with the number, at the version that was read."""
    asked = Asked("POST", "/v1.45/services/svc1/update", (("version", "41"),), json.dumps(update().posted).encode())
    wanted = decide(asked)
    assert isinstance(wanted, Update)
    expected = copy.deepcopy(LIVE["Spec"])
    expected["Mode"]["Replicated"]["Replicas"] = 5
    assert decide_update(wanted, LIVE) == Write("svc1", 41, expected)


CHANGES: dict[str, Callable[[JSON], object]] = {
    "image": lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(Image="evil:1"),
    "a capability": lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(CapabilityDrop=[]),
    "what an older API does not know": lambda spec: spec["TaskTemplate"]["Resources"]["Limits"].pop("Pids"),
    "a mount": lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(Mounts=[{"Source": "/"}]),
    "a name that Go reads as another": lambda spec: spec.update(taskTemplate={}),
    "its labels": lambda spec: spec["Labels"].update({"flotilla.autoscale.max": "1000"}),
    "its name": lambda spec: spec.update(Name="other"),
    "a further mode": lambda spec: spec["Mode"].update(Global={}),
    "beside its replicas": lambda spec: spec["Mode"]["Replicated"].update(More=1),
    "false to 0": lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(Init=0),
    "0 to 0.0": lambda spec: spec["UpdateConfig"].update(MaxFailureRatio=0.0),
    "null for nothing": lambda spec: spec.update(RollbackConfig=None),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_update_that_changes_more_is_refused(what: str) -> None:
    """Anything but the number, however small."""
    refused = decide_update(update(CHANGES[what]), LIVE)
    assert isinstance(refused, Refused)
    assert (refused.status, "changes more" in refused.sentence) == (403, True)


@pytest.mark.parametrize("replicas", [0, -1, 13, 10**9, 2.5, True, "5", None])
def test_replicas_are_a_whole_number_within_the_label(replicas: object) -> None:
    """Who has taken over the autoscaler cannot fill the nodes."""
    assert isinstance(decide_update(update(replicas=replicas), LIVE), Refused)


@pytest.mark.parametrize("label", [None, "false", "", "yes"])
def test_only_labelled_services_pass(label: str | None) -> None:
    """Others have a number of replicas that somebody chose."""
    live = copy.deepcopy(LIVE)
    if label is None:
        del live["Spec"]["Labels"]
    else:
        live["Spec"]["Labels"][ENABLED_LABEL] = label
    refused = decide_update(Update("flotilla_app", 41, live["Spec"]), live)
    assert isinstance(refused, Refused)
    assert "not labelled" in refused.sentence


def test_another_version_is_out_of_sequence() -> None:
    """In the words that the engine uses, so that whoever asked reads again."""
    refused = decide_update(update(version=40), LIVE)
    assert isinstance(refused, Refused)
    assert (refused.status, "update out of sequence" in refused.sentence) == (409, True)


def test_a_global_service_is_not_written() -> None:
    """It has no replicas."""
    live = copy.deepcopy(LIVE)
    live["Spec"]["Mode"] = {"Global": {}}
    assert isinstance(decide_update(update(), live), Refused)


def test_the_engine_is_asked_in_its_newest_version_and_gets_the_gates_own_spec() -> None:
    """An older version would lose fields in the write; the request's own bytes never arrive."""
    asked: list[tuple[str, str, bytes | None]] = []

    def ask(method: str, target: str, body: bytes | None) -> tuple[int, bytes]:
        asked.append((method, target, body))
        return 200, json.dumps({"ApiVersion": "1.45"} if target == "/version" else LIVE).encode()

    body = json.dumps(update().posted, indent=1).encode()
    request = Asked("POST", "/v1.24/services/flotilla_app/update", (("version", "41"),), body)
    assert answer(ask, request, "/v1.24/services/flotilla_app/update?version=41")[0] == 200
    assert [(method, target) for method, target, _ in asked] == [
        ("GET", "/version"),
        ("GET", "/v1.45/services/flotilla_app"),
        ("POST", "/v1.45/services/svc1/update?version=41"),
    ]
    assert asked[2][2] != body
    assert json.loads(asked[2][2] or b"") == update().posted
