"""The engine client against recorded answers of the Engine API, without a socket."""

from __future__ import annotations

import copy
import io
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from swarm.engine import Engine, EngineError, NotFound, OutOfSequence

SERVICE: dict[str, Any] = {
    "ID": "svc1",
    "Version": {"Index": 41},
    "CreatedAt": "2026-01-02T03:04:05.123456789Z",
    "UpdatedAt": "0001-01-01T00:00:00Z",
    "Spec": {
        "Name": "flotilla_app",
        "Labels": {"flotilla.autoscale.enabled": "true"},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "x:1", "Unheard": {"of": ["by", "any", "library"]}},
            "ForceUpdate": 0,
        },
        "Mode": {"Replicated": {"Replicas": 2}},
        "EndpointSpec": {"Mode": "dnsrr"},
    },
    "UpdateStatus": {"State": "paused", "Message": "update paused due to failure"},
}
TASK: dict[str, Any] = {
    "ID": "task1",
    "ServiceID": "svc1",
    "NodeID": "node1",
    "Slot": 2,
    "DesiredState": "running",
    "CreatedAt": "2026-01-02T03:04:05Z",
    "UpdatedAt": "2026-01-02T03:04:07Z",
    "Spec": {"ContainerSpec": {"Image": "x:1"}},
    "Status": {
        "Timestamp": "2026-01-02T03:04:07.5Z",
        "State": "running",
        "Message": "started",
        "ContainerStatus": {"ContainerID": "c1", "PID": 5, "ExitCode": 0},
    },
    "NetworksAttachments": [
        {"Network": {"ID": "n1", "Spec": {"Name": "flotilla_front"}}, "Addresses": ["10.201.0.7/16"]}
    ],
}


class _Raw(bytes):
    """An answer as it is."""


def _compact(content: Any) -> _Raw:
    """As the engine writes it."""
    return _Raw(json.dumps(content, separators=(",", ":")).encode() + b"\n")


class Recorded(BaseAdapter):
    """Answers by (method, path without version); keeps what was asked."""

    def __init__(self, answers: dict[tuple[str, str], tuple[int, Any]]) -> None:
        super().__init__()
        self.answers = answers
        self.asked: list[tuple[str, str, dict[str, list[str]], Any]] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        path = "/" + parts.path.split("/", 2)[2]
        body = json.loads(request.body) if request.body else None
        self.asked.append((str(request.method), path, parse_qs(parts.query), body))
        status, content = self.answers[(str(request.method), path)]
        if content is ConnectionError:
            raise requests.ConnectionError("gone")
        raw = b"" if content is None else content if isinstance(content, _Raw) else json.dumps(content).encode()
        return requests.adapters.HTTPAdapter().build_response(
            request, HTTPResponse(io.BytesIO(raw), status=status, preload_content=False)
        )

    def close(self) -> None:
        pass


def engine(answers: dict[tuple[str, str], tuple[int, Any]]) -> tuple[Engine, Recorded]:
    session, recorded = requests.Session(), Recorded(answers)
    session.mount("http+docker://", recorded)
    return Engine(session, "http+docker://localhost", "1.41", 5), recorded


def test_a_service_is_read_whole() -> None:
    """Typed where we look, raw where we write back; Go's zero time is none."""
    client, recorded = engine({("GET", "/services"): (200, [SERVICE])})
    [service] = client.services(label="flotilla.autoscale.enabled")
    assert recorded.asked[0][2] == {"filters": ['{"label": ["flotilla.autoscale.enabled"]}']}
    assert (service.name, service.version_index, service.replicas, service.mode) == (
        "flotilla_app",
        41,
        2,
        "replicated",
    )
    assert service.spec == SERVICE["Spec"]
    assert (service.update_state, service.image, service.updated_at) == ("paused", "x:1", None)
    assert service.created_at == datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)


COUNTED = [
    SERVICE | {"ServiceStatus": {"RunningTasks": 1, "DesiredTasks": 2, "CompletedTasks": 0}},
    SERVICE | {"ID": "svc2", "Spec": SERVICE["Spec"] | {"Name": 'a,{"ID":" in a string'}},
]


def test_services_with_counts_are_parsed_once() -> None:
    """The counts are there; what did not change since the last time is the same object; what did is another."""
    client, recorded = engine({("GET", "/services"): (200, _compact(COUNTED))})
    first, second = client.services_with_counts("a")
    assert recorded.asked[0][2] == {"filters": ['{"label": ["a"]}'], "status": ["true"]}
    assert (first.running_tasks, first.desired_tasks, second.running_tasks) == (1, 2, None)
    assert second.name == 'a,{"ID":" in a string'
    again = COUNTED[0] | {"ServiceStatus": {"RunningTasks": 2, "DesiredTasks": 2, "CompletedTasks": 0}}
    recorded.answers = {("GET", "/services"): (200, _compact([again, COUNTED[1]]))}
    changed, same = client.services_with_counts("a")
    assert changed.running_tasks == 2
    assert same is second


@pytest.mark.parametrize("written", ["compact", "spaced", "nested"])
def test_services_with_counts_are_read_however_they_are_written(written: str) -> None:
    """Another order of fields, spaces, an object within that begins as a service does."""
    found = COUNTED if written != "nested" else [SERVICE | {"Endpoint": [{"ID": "x"}, {"ID": "y"}]}]
    content = _compact(found) if written != "spaced" else _Raw(json.dumps(found).encode())
    client, _ = engine({("GET", "/services"): (200, content)})
    assert [service.id for service in client.services_with_counts("a")] == [raw["ID"] for raw in found]


def test_no_services_with_counts() -> None:
    """An empty list is one, and so is null."""
    for content in (b"[]\n", b"null\n"):
        client, _ = engine({("GET", "/services"): (200, _Raw(content))})
        assert client.services_with_counts("a") == []


def test_a_task_is_read_with_its_addresses() -> None:
    """Running and wanted is ready; since when it runs is the status' own time."""
    client, recorded = engine({("GET", "/tasks"): (200, [TASK])})
    [task] = client.tasks("flotilla_app", {"desired-state": ["running"]})
    assert json.loads(recorded.asked[0][2]["filters"][0]) == {
        "desired-state": ["running"],
        "service": ["flotilla_app"],
    }
    assert task.ready
    assert task.state_since == datetime(2026, 1, 2, 3, 4, 7, 500000, tzinfo=UTC)
    assert [(a.network, a.address) for a in task.addresses] == [("flotilla_front", "10.201.0.7")]


def test_set_replicas_changes_nothing_else() -> None:
    """What is written is what was read, but for the number, with the version that was read."""
    client, recorded = engine(
        {
            ("GET", "/services/flotilla_app"): (200, SERVICE),
            ("POST", "/services/svc1/update"): (200, {"Warnings": None}),
        }
    )
    client.set_replicas("flotilla_app", 5, expect_version=41)
    _, _, query, body = recorded.asked[1]
    wanted = copy.deepcopy(SERVICE["Spec"])
    wanted["Mode"]["Replicated"]["Replicas"] = 5
    assert query == {"version": ["41"]}
    assert body == wanted


def test_set_replicas_does_not_write_over_another_version() -> None:
    """The service was written since it was decided upon: no write is even tried."""
    client, recorded = engine({("GET", "/services/flotilla_app"): (200, SERVICE)})
    with pytest.raises(OutOfSequence):
        client.set_replicas("flotilla_app", 5, expect_version=40)
    assert len(recorded.asked) == 1


def test_out_of_sequence_is_an_error_of_its_own() -> None:
    """The engine says so with a 500."""
    refusal = {"message": "rpc error: code = Unknown desc = update out of sequence"}
    client, _ = engine(
        {("GET", "/services/flotilla_app"): (200, SERVICE), ("POST", "/services/svc1/update"): (500, refusal)}
    )
    with pytest.raises(OutOfSequence, match="update service flotilla_app"):
        client.set_replicas("flotilla_app", 5)


def test_a_rollback_is_swarms_own_and_carries_the_version() -> None:
    """The engine puts its previous spec back, so tasks that still are of it stay."""
    client, recorded = engine({("POST", "/services/svc1/update"): (200, {}), ("GET", "/services/svc1"): (200, SERVICE)})
    found = client.service("svc1")
    assert found is not None
    client.roll_back(found)
    _, _, query, body = recorded.asked[1]
    assert (query, body) == ({"version": ["41"], "rollback": ["previous"]}, SERVICE["Spec"])


def test_a_global_service_has_no_replicas() -> None:
    """And is not made replicated by a write."""
    spec = {**SERVICE["Spec"], "Mode": {"Global": {}}}
    client, recorded = engine({("GET", "/services/flotilla_app"): (200, {**SERVICE, "Spec": spec})})
    with pytest.raises(EngineError, match="global"):
        client.set_replicas("flotilla_app", 5)
    assert len(recorded.asked) == 1


def test_what_is_absent_is_none_or_not_found() -> None:
    """Reading gives None, removing and scaling raise."""
    missing = (404, {"message": "service gone not found"})
    client, _ = engine({("GET", "/services/gone"): missing, ("DELETE", "/services/gone"): missing})
    assert client.service("gone") is None
    for attempt in (lambda: client.remove_service("gone"), lambda: client.set_replicas("gone", 2)):
        with pytest.raises(NotFound):
            attempt()


def test_an_engine_that_is_away_is_an_engine_error() -> None:
    """Status 0, and what was being done."""
    client, _ = engine({("GET", "/nodes"): (0, ConnectionError)})
    with pytest.raises(EngineError, match="Could not list nodes") as caught:
        client.nodes()
    assert caught.value.status == 0


def test_secrets_and_configs_travel_as_base64() -> None:
    """Bytes in, bytes out."""
    config = {"ID": "c1", "Spec": {"Name": "routes_1", "Data": "YWJj"}}
    client, recorded = engine({("POST", "/secrets/create"): (201, {"ID": "s1"}), ("GET", "/configs"): (200, [config])})
    assert client.create_secret("token", b"\x00\xff", {"a": "b"}) == "s1"
    assert recorded.asked[0][3] == {"Name": "token", "Labels": {"a": "b"}, "Data": "AP8="}
    assert [(found.name, found.data, found.labels) for found in client.configs()] == [("routes_1", b"abc", {})]


def test_an_empty_answer_of_a_list_is_an_empty_list() -> None:
    """Go writes null for a list without members."""
    client, _ = engine({("GET", "/tasks"): (200, []), ("GET", "/volumes"): (200, {"Volumes": None})})
    assert client.tasks() == []
    assert client.volumes() == []
