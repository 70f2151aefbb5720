"""`captain status`, the command line, and captain's own page."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from captain.__main__ import main
from captain.cli.said import status_lines
from captain.credentials import Domains
from captain.routing import EdgePorts, edge_ports, probes, summary
from captain.serve import create_app
from captain.status import Decision, Row, as_json, last_decision, row, why_not_followed
from swarm.engine_objects import Service, Task, TaskAddress

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def service(**labels: str) -> Service:
    spec = {
        "Name": "s_app",
        "Labels": labels,
        "Mode": {"Replicated": {"Replicas": 6}},
        "TaskTemplate": {"ContainerSpec": {"Image": "127.0.0.1:5000/flotilla/app:abc@sha256:0"}},
        "EndpointSpec": {"Ports": [{"PublishedPort": 80, "TargetPort": 8080, "Protocol": "tcp"}]},
    }
    return Service("id", "s_app", 1, spec, None, None, "", None, None)


def task(number: int, state: str = "running") -> Task:
    addresses = (TaskAddress("n", "front", f"10.0.0.{number}"),)
    return Task(
        str(number),
        "id",
        "n",
        number,
        state,
        "running",
        None,
        "",
        "",
        None,
        "",
        "",
        {},
        addresses,
        None,
        None,
    )


def test_who_asks_why_an_app_is_not_scaled_is_told_how_it_would_be() -> None:
    """By the command for apps, by labels for others; the autoscaler's own answer stays where it ought to follow."""
    shop = service(**{"flotilla.app": "shop"})
    assert why_not_followed("shop", shop) == (
        "shop is not autoscaled, and has replicas as they were asked for (6); to have them follow its traffic: "
        "./swarm/captain.sh autoscale shop min=1 max=8"
    )
    assert "docs/autoscaling.md" in why_not_followed("s_app", service())
    assert why_not_followed("s_app", service(**{"flotilla.autoscale.enabled": "true"})) == ""
    assert why_not_followed("ship", None) == ""


def as_table(rows: list[Row]) -> list[str]:
    """As it is shown, without what is said below it."""
    return status_lines(as_json("s", rows, []))[:-1]


def test_a_row_has_counts_image_addresses_and_the_decision() -> None:
    """Only ready tasks have an address worth showing; a long list is cut."""
    tasks = [*(task(number) for number in range(1, 6)), task(6, "starting")]
    decision = Decision(0.0, "concurrency", "s_app: 2→6 replicas, concurrency, 2.4× target")
    entry = row(service(), tasks, NOW, decision, "")
    heading, line = as_table([entry])
    assert heading.split()[:3] == ["SERVICE", "WANTED", "READY"]
    assert "6       5      app:abc" in line
    assert "80→8080/tcp, 10.0.0.1, 10.0.0.2, 10.0.0.3, and 2 more" in line
    assert line.endswith("00:00:00 UTC concurrency: s_app: 2→6 replicas, concurrency, 2.4× target")
    told = json.loads(json.dumps(as_json("s", [entry], [])))["services"][0]
    assert (told["wanted"], told["ready"], told["decision"]["reason"]) == (6, 5, "concurrency")
    assert len(told["addresses"]) == 5


def test_a_missing_decision_says_why() -> None:
    """Never a blank cell."""
    assert as_table([row(service(), [], NOW, None, "autoscaler not reachable at http://x")])[1].endswith(
        "not reachable at http://x"
    )
    assert last_decision({"decisions": []}) == (None, "no decision yet")
    with pytest.raises(ValueError, match="unexpected answer"):
        last_decision({"error": "x"})


def test_a_rollout_that_waits_or_failed_says_why() -> None:
    """How long without a new task and when it ends; afterwards when and why it was rolled back."""
    waiting = replace(task(7, "pending"), error="no suitable node", state_since=NOW)
    started = NOW - timedelta(seconds=42)
    rolling = replace(service(), update_state="updating", update_started_at=started)
    [_, line] = as_table([row(rolling, [waiting], NOW, None, "none")])
    assert "updating: no new task ready for 42 s, rolled back at 300 s: no suitable node" in line
    # captain's rollback has a start of its own, later than the error that made it necessary.
    later = NOW + timedelta(minutes=1)
    over = replace(rolling, update_state="rollback_completed", update_started_at=later, update_completed_at=NOW)
    waiting = replace(waiting, desired_state="shutdown")
    [_, line] = as_table([row(over, [waiting], NOW, None, "none")])
    assert "rollback_completed: at 12:00:00 UTC, no suitable node" in line
    done = replace(rolling, update_state="completed")
    assert row(done, [waiting], NOW, None, "none").rollout_note == ""


def test_the_newest_decision_counts() -> None:
    """The autoscaler's list has it last."""
    entries = [{"at": at, "reason": f"r{at}", "sentence": "s"} for at in (1, 2)]
    assert last_decision({"decisions": entries}) == (Decision(2.0, "r2", "s"), "")


def test_what_is_printed_works_where_it_is_printed() -> None:
    """A name below localhost does not resolve everywhere: the command sends a Host header to 127.0.0.1."""
    lines = summary(Domains.of(""), EdgePorts(8081, 8443))
    assert "  curl -H 'Host: app.localhost' http://127.0.0.1:8081/api/v1/openapi.json" in lines
    assert any("http://app.localhost:8081/" in line for line in lines)
    assert any("https://localhost:8443/" in line for line in lines)
    assert [probe.host for probe in probes(Domains.of("a.org"))] == ["a.org", "app.a.org"]
    assert edge_ports(None) is None


@pytest.mark.parametrize("command", ["", "secrets", "up", "deploy", "status", "down", "serve"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help everywhere."""
    with pytest.raises(SystemExit, match="0"):
        main([*([command] if command else []), "--help"])
    assert capsys.readouterr().out.startswith(f"usage: captain{' ' + command if command else ''}")


def test_errors_are_one_sentence_and_exit_codes_tell_usage_from_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 for a command line that makes no sense, 1 for what failed, never a traceback."""
    with pytest.raises(SystemExit, match="2"):
        main(["up", "--stack", "s"])
    capsys.readouterr()
    assert main(["--socket", str(tmp_path / "none.sock"), "status"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("captain: The Docker Engine at ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/", "<title>captain"),
        ("/healthz", "ok"),
        ("/readyz", "ready"),
        ("/metrics", "flotilla_captain_pages_total"),
    ],
)
async def test_captain_answers_at_its_own_address(path: str, says: str) -> None:
    """A page of its own, health and metrics."""
    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://captain.localhost") as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert says in answer.text


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/api/services", "/status"])
async def test_captain_tells_strangers_nothing(path: str) -> None:
    """Nobody signs in here yet."""
    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://captain.localhost") as client:
        assert (await client.get(path)).status_code == 404
