"""A rollout that can never be done: Swarm would go on with it for ever, captain ends it at its deadline."""

from __future__ import annotations

from tests.docker_cli import eventually
from tests.e2e.stack import APP, Stack


def test_a_rollout_that_cannot_be_placed_is_rolled_back_at_its_deadline(stack: Stack) -> None:
    """The old replicas stay and serve throughout, the count too; log, status and metrics say what happened."""
    site = stack.new_site()
    with stack.autoscaled(enabled="false"), stack.load(site, clients=2) as load:
        stack.wait_ready()
        before, replicas = {task["ID"] for task in stack.ready()}, stack.replicas()
        eventually(lambda: load.good > 20, seconds=60)
        began = stack.now()
        stack.update(
            APP,
            *("--constraint-add", "node.labels.nowhere == true"),
            *("--label-add", "flotilla.rollout.deadline_seconds=8"),
        )
        eventually(lambda: stack.update_state() == "rollback_completed", seconds=90, pause=0.5)
        good = load.good
        eventually(lambda: load.good > good + 20, seconds=60)
        outcome = load.stop()
        [service] = stack.inspect(APP)
        assert "Constraints" not in service["Spec"]["TaskTemplate"]["Placement"]
        assert stack.replicas() == replicas
        assert {task["ID"] for task in stack.ready()} == before
        status = stack.node.repository("./swarm/captain.sh status")
    assert outcome.failed == []
    assert sorted(stack.titles(site)) == sorted(outcome.acknowledged)
    said = stack.node.exec("sh", "-c", f"docker service logs --raw --since {int(began)} flotilla_captain 2>&1")
    [sentence] = [line for line in said.splitlines() if "flotilla_app: its rollout has made no new task ready" in line]
    assert "no suitable node" in sentence
    [line] = [line for line in status.splitlines() if line.startswith("flotilla_app ")]
    assert "rollback_completed: at" in line and "no suitable node" in line
    assert eventually(lambda: stack.figure('flotilla_captain_rollbacks_total{service="flotilla_app"}') >= 1, seconds=15)
