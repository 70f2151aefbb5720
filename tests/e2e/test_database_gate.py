"""The database as the bottleneck, and what only looks like it: capped low, with posts that hold connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.docker_cli import eventually
from tests.e2e.stack import APP, HERE, Stack

POOLER = "flotilla_pgbouncer"
CAP, LOW = 20, 4
CLIENTS = 24
HELD_SECONDS = 0.25
QUICK = {"stable_seconds": 5, "stabilization_seconds": 5, "hold_seconds": 0}


@contextmanager
def cap(stack: Stack, connections: int) -> Iterator[None]:
    """So many server connections for a block; then as many as always."""
    with stack.quick_rollouts(POOLER):
        set_cap(stack, connections)
        try:
            yield
        finally:
            set_cap(stack, CAP)


def set_cap(stack: Stack, connections: int) -> None:
    """Returns when Prometheus has the figure from the new pooler. An update that changes nothing never "completes"."""
    stack.update(POOLER, "--env-add", f"FLOTILLA_DB_CONNECTIONS={connections}")
    eventually(lambda: stack.update_state(POOLER) in ("", "completed"), seconds=120, pause=0.5)
    figure = 'max(pgbouncer_databases_max_connections{name="flotilla"})'
    eventually(lambda: stack.figure(figure) == connections, seconds=30, pause=0.5)


@pytest.fixture
def slow_site(stack: Stack) -> Iterator[str]:
    """A site whose new posts keep a server connection for a quarter of a second each, and do nothing with it."""
    site = stack.new_site()
    stack.sql(
        "CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NEW.site_id = '{site}' THEN PERFORM pg_sleep({HELD_SECONDS}); END IF; RETURN NEW; END $$; "
        "CREATE TRIGGER test_hold BEFORE INSERT ON post FOR EACH ROW EXECUTE FUNCTION test_hold()"
    )
    try:
        yield site
    finally:
        stack.sql("DROP TRIGGER test_hold ON post; DROP FUNCTION test_hold()")


def last(stack: Stack, service: str = APP) -> dict[str, Any]:
    return stack.decisions(service, last=True)[-1]


def is_held_at(connections: int, decision: dict[str, Any]) -> bool:
    """Whether the gate says that all of so many connections are in use."""
    found = (decision["numbers"].get("database_connections"), decision["numbers"].get("database_connections_cap"))
    return decision["reason"] == "database_bound" and found == (connections, connections)


def gate_note(stack: Stack, service: str = APP) -> str:
    """What the gate had to say in the last tick."""
    return " ".join(step["note"] for step in last(stack, service)["steps"] if step["stage"] == "gate")


def test_a_full_database_is_named_and_holds_the_count_until_there_is_room(stack: Stack, slow_site: str) -> None:
    """Replicas that would only wait are not added, the reason is the database; with the cap raised it scales on."""
    with (
        cap(stack, LOW),
        # Two and no more, until the database has been full for as long as the gate has to see it: before, it may add.
        stack.autoscaled(min=2, max=2, **QUICK),
        # More than there are connections.
        stack.load(slow_site, clients=6, post_percent=100, run="first") as first,
    ):
        eventually(lambda: first.good > 150, seconds=60)
        with (
            stack.autoscaled(max=8),
            stack.load(slow_site, clients=CLIENTS, post_percent=100) as load,
        ):
            # In some tick; in others one connection is free for the moment between two transactions.
            eventually(lambda: is_held_at(LOW, last(stack)), seconds=60, pause=0.5)
            held = stack.replicas()
            assert held <= 3
            seen, good = stack.now(), load.good
            eventually(lambda: last(stack)["at"] > seen + 15 and load.good > good, seconds=60, pause=0.5)
            # A probe may have let one through, and no more than one.
            assert stack.replicas() <= held + 1
            assert "server connections are in use" in last(stack)["sentence"]
            set_cap(stack, CAP)
            eventually(lambda: stack.replicas() > held + 1, seconds=90, pause=0.5)
            load.stop()
            first.stop()
            eventually(lambda: stack.replicas() == 2, seconds=120)


def test_waiting_for_the_replicas_own_pools_is_no_full_database(stack: Stack, slow_site: str) -> None:
    """PgBouncer has connections to spare: replicas are added, and it is said where the waiting is."""
    began = stack.now()
    with (
        stack.autoscaled(concurrency=1, min=2, max=4, **QUICK),
        stack.load(slow_site, clients=CLIENTS, post_percent=100) as load,
    ):
        eventually(lambda: stack.replicas() == 4, seconds=60, pause=0.5)
        stack.wait_ready(APP, 4)
        eventually(lambda: "what waits, waits in the replicas," in gate_note(stack), seconds=60, pause=0.5)
        load.stop()
        eventually(lambda: stack.replicas() == 2, seconds=120)
    assert "database_bound" not in {decision["reason"] for decision in stack.decisions(APP, began)}


@contextmanager
def service(stack: Stack, name: str, **labels: str) -> Iterator[str]:
    """A service that says it uses the database: what burner.py is asked for costs CPU and no connection."""
    given = {"enabled": "true", "min": "1", "max": "3", "database": "true", **labels}
    stack.node.docker(
        *("service", "create", "--detach", "--name", name, "--no-resolve-image", "--network", "flotilla_front"),
        *("--endpoint-mode", "dnsrr", "--limit-cpu", "0.2", "--stop-grace-period", "1s"),
        *(part for key, value in given.items() for part in ("--label", f"flotilla.autoscale.{key}={value}")),
        *("--env", f"BURNER={(HERE / 'burner.py').read_text()}", stack.captain_image()),
        *("sh", "-c", 'exec python -c "$BURNER"'),
    )
    try:
        # Not "one": where much is waited for, there are three before the first is ready.
        eventually(lambda: stack.ready(name), seconds=120)
        yield name
    finally:
        stack.node.docker("service", "rm", name)


def test_who_is_short_of_cpu_or_waits_for_something_else_is_not_vetoed(stack: Stack, slow_site: str) -> None:
    """Beside a full database a service that burns CPU gets its replicas; so does one that waits for something else."""
    quick = {"stable_seconds": "5", "stabilization_seconds": "5"}
    with cap(stack, LOW), stack.autoscaled(enabled="false"):
        with (
            service(stack, "test_gate_burner", cpu="0.5", **quick) as burner,
            stack.load(slow_site, clients=CLIENTS, post_percent=100) as load,
            stack.inside_load(["--connect", f"tasks.{burner}", "--port", "8000", "--host", burner, "--rate", "6"]),
        ):
            eventually(lambda: len(stack.ready(burner)) >= 2, seconds=90)
            assert stack.figure('sum(pgbouncer_pools_server_active_connections{user="flotilla_app"})') == LOW
            assert "database_bound" not in {decision["reason"] for decision in stack.decisions(burner)}
            load.stop()
        query = {"query.elsewhere": "vector(30)", "query.elsewhere.target": "10"}
        with service(stack, "test_gate_waiting", **query, **quick) as waiting:
            eventually(lambda: len(stack.ready(waiting)) == 3, seconds=60)
            assert {decision["reason"] for decision in stack.decisions(waiting) if decision["written"]} == {"query"}
