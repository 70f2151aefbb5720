"""Which replica is entered, from where, by what; and that nothing of it outlives whoever began it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from captain.apps.exec_gate import entered, sweep
from captain.apps.exec_plan import Gate, choose, closed_because, gate_spec
from captain.apps.leftovers import is_left
from captain.apps.one_off import run
from captain.apps.one_off import sweep as sweep_runs
from captain.down import down
from captain.errors import CaptainError
from captain.labels import EXEC_LABEL, RUN_LABEL
from swarm.engine import Network, Node, Secret, Service, Task
from tests.unit.captain.test_captain_app_truth import task
from tests.unit.captain.test_captain_jobs import Clockwork

NODE = Node("n", "left", "worker", "active", "ready", "", False, "26.1.5", 1, 1, 1, {}, {})
GATE = Gate("exec-shop-1", "shop", "meter:1", "ops", "n", "c0ffee", "s1")
MINUTE = timedelta(minutes=1)


class Far(Clockwork):
    """Another node has the replicas; gates are in `gate_state`. Secrets have ids and ages, and go by them."""

    def __init__(self) -> None:
        super().__init__()
        self.gate_state, self.node, self.keys = "rejected", NODE, list[Secret]()
        self.made["network"]["flotilla_ops"] = Network("ops", "flotilla_ops", "overlay", "swarm", True, (), {})
        self.apply()
        meter = {"Name": "flotilla_meter", "TaskTemplate": {"ContainerSpec": {"Image": "meter:1"}}}
        self.create_service({**meter, "Mode": {"Global": {}}})

    def info(self) -> dict[str, Any]:
        return {"Swarm": {"ControlAvailable": True, "NodeID": "here"}}

    def nodes(self) -> list[Node]:
        return [self.node]

    def tasks(self, service: str = "", filters: object = None) -> list[Task]:
        name = next((own.name for own in self.kept.values() if service in (own.name, own.id)), "")
        if name.startswith("exec-"):
            made = self.kept[name].created_at
            assert made is not None
            return [
                task(1, self.gate_state, addresses=(), error="No such image: meter:1", state_since=made, created=made)
            ]
        return super().tasks(service, filters)

    def create_secret(self, name: str, value: bytes, labels: dict[str, str]) -> str:
        assert b"PRIVATE KEY" in value
        self.keys.append(Secret(f"key{len(self.keys)}", name, labels, self.at))
        return self.keys[-1].id

    def secrets(self) -> list[Secret]:
        return [*super().secrets(), *self.keys]

    def remove_secret(self, name: str) -> None:
        assert any(key.id == name for key in self.keys)
        assert all(name not in json.dumps(own.spec) for own in self.kept.values()), "the engine refuses: it is in use"
        self.keys = [key for key in self.keys if key.id != name]

    def left(self) -> list[str]:
        """By a captain that was killed: its gate, and the key in it."""
        key = self.create_secret("exec-shop-1", b"PRIVATE KEY", {EXEC_LABEL: "shop"})
        self.create_service(gate_spec(replace(GATE, secret=key)))
        return ["exec-shop-1"]

    def gates(self) -> tuple[list[Service], list[Secret]]:
        return self.services(EXEC_LABEL), self.keys


def entering(swarm: Far) -> None:
    with entered(swarm.place(), "shop", None, ["true"], None):
        pass


def test_a_replica_of_this_node_is_entered_first_and_any_by_its_number() -> None:
    """Without a number no gate is made where none is needed; who is not ready is not entered."""
    tasks = [task(3, node_id="a"), task(2, node_id="b"), task(1, node_id="a"), task(4, "starting", node_id="b")]
    assert [choose("shop", tasks, None, here).slot for here in "abc"] == [1, 2, 1]
    assert choose("shop", tasks, 3, "b").slot == 3
    with pytest.raises(CaptainError, match="shop has no replica 4 that is ready; ready are 1, 2, 3"):
        choose("shop", tasks, 4, "b")
    with pytest.raises(CaptainError, match="shop has no replica that is ready; ready are none"):
        choose("shop", [], None, "b")


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (NODE, ""),
        (None, "shop.2 was on a node that is no longer in the Swarm."),
        (replace(NODE, state="down"), "shop.2 is on left, which is down: captain status shows when it is back."),
        (replace(NODE, availability="pause"), "takes no new tasks (pause)"),
        (replace(NODE, availability="drain"), "docker node update --availability active left"),
    ],
)
def test_a_node_that_takes_no_gate_is_told_in_a_sentence(node: Node | None, why: str) -> None:
    """Before anything is created."""
    said = closed_because("shop.2", node)
    assert why in said and bool(why) == bool(said) and "\n" not in said


def test_a_gate_has_the_socket_of_that_node_for_that_container_and_nothing_else() -> None:
    """No port, no volume, no right; it is not started again, and its key is in a secret alone."""
    spec = gate_spec(GATE)
    template = spec["TaskTemplate"]
    container = template["ContainerSpec"]
    assert container["Args"] == ["python", "-m", "swarm.exec_gate", "c0ffee"]
    assert template["Placement"] == {"Constraints": ["node.id == n"]}
    assert template["RestartPolicy"] == {"Condition": "none"} and spec["EndpointSpec"] == {"Mode": "dnsrr"}
    assert template["Networks"] == [{"Target": "ops"}]
    assert [mount["Source"] for mount in container["Mounts"]] == ["/var/run/docker.sock"]
    assert (container["CapabilityDrop"], container["ReadOnly"]) == (["ALL"], True)
    assert [(own["SecretID"], own["File"]["Mode"]) for own in container["Secrets"]] == [("s1", 0o400)]
    assert "Env" not in container


def test_a_gate_that_does_not_come_is_told_and_taken_away() -> None:
    """With its key, in whatever state it hangs; what the engine said of it is in the sentence."""
    swarm = Far()
    with pytest.raises(CaptainError, match=r"shop is on left, where captain could not get to it.*No such image"):
        entering(swarm)
    assert swarm.gates() == ([], [])
    swarm.node = replace(NODE, state="down")
    writes = list(swarm.writes)
    with pytest.raises(CaptainError, match="left, which is down"):
        entering(swarm)
    assert swarm.writes == writes, "nothing was created"


def test_what_a_killed_captain_left_of_an_exec_is_removed() -> None:
    """The gate once it has ended, then its key; not those of a captain that lives."""
    swarm = Far()
    left = swarm.left()
    assert sweep(swarm, swarm.at + 10 * MINUTE / 60) == []  # type: ignore[arg-type]
    swarm.gate_state = "running"
    assert sweep(swarm, swarm.at + 60 * MINUTE) == []  # type: ignore[arg-type]
    swarm.gate_state = "complete"
    assert sweep(swarm, swarm.at + MINUTE) == left and swarm.gates() == ([], [])  # type: ignore[arg-type]


def test_a_gate_that_no_node_took_is_removed_and_so_is_a_key_without_one() -> None:
    """Killed while its node went away, and between the key and the gate."""
    swarm = Far()
    swarm.left()
    swarm.gate_state = "pending"
    swarm.create_secret("exec-shop-2", b"PRIVATE KEY", {EXEC_LABEL: "shop"})
    assert sweep(swarm, swarm.at + MINUTE) == ["exec-shop-2"]  # type: ignore[arg-type]
    assert sweep(swarm, swarm.at + 2 * MINUTE) == ["exec-shop-1"]  # type: ignore[arg-type]
    assert swarm.gates() == ([], [])


def test_taking_the_stack_down_ends_gates() -> None:
    """Or the network that they are in would stay, and nobody would remove their keys."""
    swarm = Far()
    swarm.left()
    down(swarm, "flotilla", False, 1.0, lambda said: None)  # type: ignore[arg-type]
    assert swarm.gates() == ([], []) and "shop" in swarm.kept


def test_a_command_that_no_node_takes_comes_to_an_end() -> None:
    """After ten minutes, with what it waited for; whoever is killed meanwhile leaves it to the next look."""
    swarm = Clockwork()
    swarm.apply()
    swarm.state, began = "pending", swarm.at
    with pytest.raises(CaptainError, match="No node took the command"):
        run(swarm.place(), "shop", ["migrate"], lambda line: None)
    assert 10 * MINUTE <= swarm.at - began < 11 * MINUTE and list(swarm.kept) == ["shop"]

    swarm.create_service({**swarm.kept["shop"].spec, "Name": "run-shop-1", "Labels": {RUN_LABEL: "shop"}})
    assert sweep_runs(swarm, swarm.at + 10 * MINUTE) == []  # type: ignore[arg-type]
    assert sweep_runs(swarm, swarm.at + 11 * MINUTE) == ["run-shop-1"]  # type: ignore[arg-type]


def test_a_command_that_runs_is_nobodys_to_end() -> None:
    """However long it does, and also before the Swarm has made its task."""
    service = replace(Far().kept["shop"], created_at=task(1).created_at)
    at = task(1).created_at
    assert at is not None
    assert not is_left(service, [task(1)], at + 1000 * MINUTE, MINUTE)
    assert not is_left(service, [], at + MINUTE, MINUTE) and is_left(service, [], at + 2 * MINUTE, MINUTE)
