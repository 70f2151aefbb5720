"""An app that runs: its environment, secrets, bounds, log and events, against a Swarm in memory."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from captain.__main__ import _parser
from captain.apps import app_logs, app_secrets, daily_commands
from captain.apps.app_events import events, scaled
from captain.apps.app_file import parse_autoscale
from captain.apps.app_service import KNOWN_AS_LABEL
from captain.apps.app_spec import AppSpec
from captain.apps.change import change, running_spec
from captain.apps.daily_commands import run
from captain.apps.observe import observe
from captain.apps.one_off import run_spec
from captain.apps.password import password_hash
from captain.cli.given import line_pattern
from captain.cli.said import log_line
from captain.completion import script, words
from captain.credentials import Domains
from captain.difference import same_template
from captain.errors import CaptainError
from swarm.engine import Secret
from swarm.engine_logs import LogLine
from tests.unit.captain.app_examples import SURROUNDINGS, app, release, running
from tests.unit.captain.memory_logs import LoggingApps, frame
from tests.unit.captain.test_captain_app_rollout import Apps
from tests.unit.captain.test_captain_app_truth import BEGAN, task

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Swarm(Apps):
    """Secrets have ids, and go by them."""

    def remove_secret(self, name: str) -> None:
        self.made["secret"] = {key: own for key, own in self.made["secret"].items() if name not in (key, own.id)}

    def ids(self) -> dict[str, str]:
        files = self.kept["shop"].spec["TaskTemplate"]["ContainerSpec"].get("Secrets", [])
        return {entry["File"]["Name"]: entry["SecretName"] for entry in files}


def changed(swarm: Swarm, edit: Callable[[AppSpec], AppSpec]) -> Any:
    return change(swarm.place(), "shop", edit, "a note")


def test_a_change_is_a_release_with_that_changed_and_the_count_of_now() -> None:
    """What was scaled meanwhile stays so; the note says where it came from."""
    swarm = Swarm()
    swarm.apply(replicas=2, environment={"A": "1"})
    swarm.scale("shop", 5)
    outcome = changed(swarm, lambda spec: replace(spec, environment={**spec.environment, "B": "2"}))
    assert (outcome.release, outcome.why, swarm.kept["shop"].replicas) == (2, "", 5)
    observed = observe(swarm, "flotilla", Domains.of(""))  # type: ignore[arg-type]
    assert running_spec(observed, "shop").environment == {"A": "1", "B": "2"}
    assert observed.releases["shop"][-1].note == "a note"
    with pytest.raises(CaptainError, match="There is no app other"):
        running_spec(observed, "other")


def test_bounds_for_the_autoscaler_restart_nothing() -> None:
    """They are labels of the service; off leaves the number as it is."""
    swarm = Swarm()
    swarm.apply(replicas=3)
    template = swarm.kept["shop"].spec["TaskTemplate"]
    bounds = parse_autoscale({"min": "2", "max": "6", "concurrency": "4"}, "x")
    assert changed(swarm, lambda spec: replace(spec, autoscale=bounds, replicas=None)).kind.name == "RECONFIGURE"
    assert swarm.kept["shop"].labels["flotilla.autoscale.max"] == "6" and swarm.kept["shop"].replicas == 3
    assert changed(swarm, lambda spec: replace(spec, autoscale=None)).kind.name == "RECONFIGURE"
    assert same_template(swarm.kept["shop"].spec["TaskTemplate"], template) and swarm.kept["shop"].replicas == 3


def test_another_value_of_a_secret_rolls_out_who_has_it() -> None:
    """Apps name the secret, and get its newest value; the plan says so without telling one."""
    swarm = Swarm()
    swarm.apply()
    assert app_secrets.store(swarm, "stripe", b"one") == "stripe"  # type: ignore[arg-type]
    changed(swarm, lambda spec: replace(spec, secrets=app_secrets.given(spec, "stripe")))
    assert swarm.ids() == {"stripe": "stripe"}
    assert app_secrets.store(swarm, "stripe", b"two") == "stripe.2"  # type: ignore[arg-type]
    outcome = changed(swarm, lambda spec: spec)
    assert (outcome.kind.name, outcome.release) == ("ROLL_OUT", 3) and swarm.ids() == {"stripe": "stripe.2"}
    app_secrets.forget_old(swarm, "stripe")  # type: ignore[arg-type]
    assert list(swarm.made["secret"]) == ["stripe.2"]
    observed = observe(swarm, "flotilla", Domains.of(""))  # type: ignore[arg-type]
    assert [(row.name, row.apps) for row in app_secrets.rows(swarm.secrets(), observed)] == [("stripe", ("shop",))]
    with pytest.raises(CaptainError, match="shop has the secret stripe"):
        app_secrets.remove(swarm, observed, "stripe")  # type: ignore[arg-type]
    changed(swarm, lambda spec: replace(spec, secrets=()))
    app_secrets.remove(swarm, observe(swarm, "flotilla", Domains.of("")), "stripe")  # type: ignore[arg-type]
    assert swarm.made["secret"] == {}


def test_what_somebody_named_like_a_generation_is_none() -> None:
    """Only what captain keeps has generations: a secret made by hand goes by its own name."""
    swarm = Swarm()
    swarm.made["secret"] = {name: Secret(name, name, {}, None) for name in ("tls", "tls.2")}
    found = observe(swarm, "flotilla", Domains.of("")).surroundings  # type: ignore[arg-type]
    assert found.secrets == {"tls": "tls", "tls.2": "tls.2"} and found.stored_as == {}
    assert app_secrets.store(swarm, "tls", b"x") == "tls.3"  # type: ignore[arg-type]
    again = observe(swarm, "flotilla", Domains.of("")).surroundings  # type: ignore[arg-type]
    assert again.stored_as == {"tls": "tls.3"} and again.secrets["tls.2"] == "tls.2"


@pytest.mark.parametrize(
    ("name", "value"), [("a b", b"x"), ("", b"x"), ("a", b""), ("a", b"x" * 500_001), ("a.2", b"x")]
)
def test_secrets_that_cannot_be(name: str, value: bytes) -> None:
    """Said before anything is kept."""
    swarm = Swarm()
    with pytest.raises(CaptainError):
        app_secrets.store(swarm, name, value)  # type: ignore[arg-type]
    assert swarm.made["secret"] == {}


def asked(swarm: Apps, *command: str) -> tuple[int, str]:
    written: list[str] = []
    code = run(swarm, _parser().parse_args(command), Domains.of(""), written.append)  # type: ignore[arg-type]
    return code, "".join(written)


def test_the_environment_is_listed_and_mistakes_change_nothing() -> None:
    """For people and for programs."""
    swarm = Swarm()
    swarm.apply(environment={"B": "2", "A": "1"})
    assert asked(swarm, "env", "list", "shop") == (0, "A=1\nB=2\n")
    assert json.loads(asked(swarm, "env", "list", "shop", "--json")[1])["environment"] == {"A": "1", "B": "2"}
    writes = list(swarm.writes)
    for command in (("env", "set", "shop", "novalue"), ("env", "set", "shop", "=x"), ("autoscale", "shop", "max")):
        with pytest.raises(CaptainError, match="is not NAME=VALUE"):
            asked(swarm, *command)
    with pytest.raises(CaptainError, match="has no C in its environment"):
        asked(swarm, "env", "unset", "shop", "A", "C")
    assert asked(swarm, "autoscale", "shop") == (0, "shop is not autoscaled\n")
    assert asked(swarm, "secret", "list") == (0, "no secrets yet: captain secret set NAME\n")
    assert swarm.writes == writes


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the command that sets it nor by the list."""
    swarm = Swarm()
    swarm.apply(http=None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hush-hush")))
    said = [asked(swarm, "secret", "set", "stripe", "--app", "shop")[1], asked(swarm, "secret", "list", "--json")[1]]
    assert json.loads(said[1])["secrets"][0]["apps"] == ["shop"]
    assert "hush" not in "".join([*said, *swarm.said])
    assert swarm.made["secret"]["stripe"].labels == {KNOWN_AS_LABEL: "stripe"}


LINES = [
    LogLine(AT + timedelta(seconds=1), "t1", "n", False, "GET / 200"),
    LogLine(AT, "t2", "n", True, "GET /x 500"),
    LogLine(AT, "gone", "n", False, "bye"),
]


def test_lines_of_a_log() -> None:
    """Each with its replica, an ended one by its id; for programs an object a line."""
    replicas = {"t1": "shop.1", "t2": "shop.2"}
    rows = [app_logs.as_json(line, "shop", replicas) for line in LINES]
    said = [log_line(row, with_time=False) for row in rows]
    assert said == ["shop.1 | GET / 200", "shop.2 | GET /x 500", "gone | bye"]
    assert log_line(rows[1], with_time=True).startswith("2026-01-31T12:00:00.000000Z shop.2")
    assert rows[1]["stream"] == "stderr"
    wanted = line_pattern("GET .* 5..$")
    assert wanted is not None and [line.text for line in LINES if wanted.search(line.text)] == ["GET /x 500"]
    assert line_pattern("") is None
    with pytest.raises(CaptainError, match="no regular expression"):
        line_pattern("(")


def test_a_log_without_an_end_is_bounded_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The newest lines, and a note beside them where older ones are left out; `--tail` is what somebody meant."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(daily_commands, "_MOST_LINES", 3)
    monkeypatch.setattr(daily_commands, "_MOST_LINES_BEFORE_MORE", 1)
    swarm = LoggingApps()
    swarm.apply()
    swarm.log.frames = [frame("t0", f"line {number}", number) for number in range(3)]
    assert asked(swarm, "logs", "shop")[1].count("\n") == 3 and capsys.readouterr().err == ""
    swarm.log.frames.append(frame("t0", "line 3", 3))
    assert asked(swarm, "logs", "shop")[1] == "shop.0 | line 1\nshop.0 | line 2\nshop.0 | line 3\n"
    assert capsys.readouterr().err == "captain: these are the newest 3 lines; --since and --tail choose others\n"
    assert asked(swarm, "logs", "shop", "--tail", "4")[1].count("\n") == 4 and capsys.readouterr().err == ""

    def first(line: str) -> None:
        raise InterruptedError(line)

    with pytest.raises(InterruptedError, match="line 3"):
        run(swarm, _parser().parse_args(["logs", "shop", "-f"]), Domains.of(""), first)  # type: ignore[arg-type]
    assert "these are the newest 1 lines" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("10m", AT - timedelta(minutes=10)),
        ("1h30m", AT - timedelta(minutes=90)),
        ("2026-01-31T11:00:00Z", AT - timedelta(hours=1)),
        ("2026-01-31T11:00:00", AT - timedelta(hours=1)),
        ("", None),
    ],
)
def test_since_when(text: str, at: datetime | None) -> None:
    """How long ago, or a time, which is UTC unless it says another zone."""
    assert app_logs.since(text, AT) == at


def test_since_what_is_no_time() -> None:
    """Said, with how to write one."""
    with pytest.raises(CaptainError, match="write how long ago"):
        app_logs.since("yesterday", AT)


def test_events_are_what_the_swarm_remembers_in_their_order() -> None:
    """Releases, rollouts and tasks of apps, not of the platform; a failure with its reason and its exit code."""
    spec = app()
    service = replace(running(spec, update_state="paused"), update_started_at=BEGAN, update_message="it failed")
    end = BEGAN + timedelta(seconds=2)
    failed = task(2, "failed", created=BEGAN, since=end, error="non-zero exit (3)", exit_code=3)
    platform = replace(service, id="p", name="flotilla_app")
    tasks = {"id": [task(1), failed], "p": [task(9)]}
    found = events({"shop": (release(spec),)}, [platform, service], tasks, {"n": "one"})
    assert [event.at for event in found] == sorted(event.at for event in found)
    said = [f"{event.what}: {event.text}" for event in found]
    assert "release: release 1 was begun: shop:1" in said
    assert "ready: replica 1 became ready on one (t1)" in said
    assert "failed: replica 2 ended on one, exit code 3: non-zero exit (3) (t2)" in said
    assert "paused: its rollout is paused: it failed" in said and not any("t9" in text for text in said)
    assert scaled({"shop": 2}, {"shop": 4, "new": 1}, AT)[0].text == "replicas 2 → 4"
    assert scaled({}, {"shop": 4}, AT) == []


def test_a_replica_that_another_takes_the_place_of_is_not_told_as_ready_alone() -> None:
    """It became ready once, and it is being ended: told at the time at which somebody wanted its end."""
    wanted_away = BEGAN + timedelta(seconds=7)
    old = task(1, desired_state="shutdown", updated_at=wanted_away)
    found = events({"shop": (release(app()),)}, [running(app())], {"id": [old, task(2)]}, {"n": "one"})
    said = [(event.at, event.what, event.text) for event in found if "(t1)" in event.text or "(t2)" in event.text]
    assert (BEGAN, "ready", "replica 1 became ready on one (t1)") in said
    assert said[-1] == (wanted_away, "ending", "replica 1 is being ended on one (t1)")
    assert [what for _, what, _ in said].count("ending") == 1


def test_a_one_off_command_has_what_the_app_has_and_is_none() -> None:
    """Its image with the digest, environment and secrets; no route, no port, no other name's alias, no second try."""
    spec = app(environment={"A": "1"}, secrets=["stripe"], ports=["53:53"], volumes=["data:/data"], replicas=3)
    live = running(spec)
    live.spec["TaskTemplate"]["ContainerSpec"]["Image"] = "shop:1@sha256:0"
    labels = {"flotilla.run": "shop"}
    body = run_spec(spec, live, ["migrate", "--all"], "run-shop-1", "node1", SURROUNDINGS, labels)
    template = body["TaskTemplate"]
    container = template["ContainerSpec"]
    assert (body["Name"], body["Labels"], body["Mode"]) == (
        "run-shop-1", {"flotilla.run": "shop"}, {"Replicated": {"Replicas": 1}},
    )  # fmt: skip
    assert container["Image"] == "shop:1@sha256:0" and container["Args"] == ["migrate", "--all"]
    assert container["Env"] == ["A=1"]
    assert container["Secrets"][0]["SecretID"] == "s1" and container["Mounts"][0]["Source"] == "data"
    assert container["Healthcheck"] == {"Test": ["NONE"]} and container["Labels"] == {"flotilla.run": "shop"}
    assert template["RestartPolicy"] == {"Condition": "none"} and "Ports" not in body["EndpointSpec"]
    assert template["Placement"]["Constraints"] == ["node.id == node1"]
    aliases = [alias for network in template["Networks"] for alias in network["Aliases"]]
    assert "shop" not in aliases and "srv-captain--shop" not in aliases


def completed(line: Sequence[str]) -> list[str]:
    """What bash offers for the last word."""
    parser = _parser()
    ask = 'eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _captain; echo "${COMPREPLY[*]}"'
    done = subprocess.run(
        ["bash", "-c", ask, "bash", script(parser), *line], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_bash_completes_what_the_parser_knows() -> None:
    """Commands, commands of commands, and options, whatever stands between; nothing that is not there."""
    assert completed(["captain", "rel"]) == ["releases"]
    assert completed(["captain", "env", ""]) and set(completed(["captain", "env", ""])) >= {"list", "set", "unset"}
    assert completed(["captain", "logs", "shop", "--fo"]) == ["--follow"]
    assert completed(["captain", "secret", "set", "--app", "shop", "--j"]) == ["--json"]
    assert completed(["captain", "zzz"]) == []
    assert isinstance(_parser(), ArgumentParser) and "template/deploy" in words(_parser())


def test_a_password_is_kept_as_a_hash_with_a_salt_of_its_own() -> None:
    """As openssl makes it; never the same twice."""
    one, other = password_hash("secret"), password_hash("secret")
    assert one != other and one.startswith("$6$") and "secret" not in one
    for bad in ("", "a\nb"):
        with pytest.raises(CaptainError):
            password_hash(bad)


def test_who_has_read_enough_is_no_error() -> None:
    """`captain … | head` says nothing of a broken pipe."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "captain", "completion"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, cwd=Path(__file__).parents[3])
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
