"""Jobs of apps, run by captain over a Swarm in memory whose tasks do what a test says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from captain.apps.app_file import parse_app
from captain.apps.app_plan import Kind
from captain.apps.app_rollout import remove, roll_out
from captain.apps.first_release import marked
from captain.apps.observe import observe
from captain.apps.one_off import sweep
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.jobs import book
from captain.jobs.command_line import jobs_of, run_now
from captain.jobs.job_run import ending, run_name, running, start
from captain.jobs.last_lines import MOST_LINES, LastLines
from captain.jobs.record import Outcome
from captain.jobs.report import Shown, as_json, as_lines, events
from captain.jobs.scheduler import Scheduler
from swarm.engine import Config, EngineError, NotFound, Service, Task
from swarm.engine_logs import LogLine
from tests.unit.captain.app_examples import app
from tests.unit.captain.test_captain_app_killed import Killed, KilledAt
from tests.unit.captain.test_captain_app_rollout import Apps
from tests.unit.captain.test_captain_job_times import MINUTE

JOBS = {"tidy": {"schedule": "* * * * *", "command": ["./tidy"], "timeout": "5m"}}
SECOND = timedelta(seconds=1)


class Clockwork(Apps):
    """Runs of jobs take `lasts`, and end with `code`."""

    def __init__(self) -> None:
        super().__init__()
        self.lasts, self.code, self.state = SECOND, 0, ""
        self.began: list[str] = []

    def services(self, label: str | None = None) -> list[Service]:
        name, _, value = (label or "").partition("=")
        found = [own for own in self.kept.values() if not name or name in own.labels]
        return [own for own in found if not value or own.labels[name] == value]

    def create_service(self, spec: dict[str, Any]) -> str:
        if spec["Name"] in self.kept:
            raise EngineError("name conflicts with an existing object", 409)
        super().create_service(spec)
        made = self.kept[spec["Name"]] = replace(self.kept[spec["Name"]], created_at=self.at)
        if "flotilla.job" in made.labels:
            self.began.append(made.labels["flotilla.job.due"] or "by hand")
        return made.id

    def remove_service(self, name: str) -> None:
        super().remove_service(next((own.name for own in self.kept.values() if name in (own.name, own.id)), name))

    def tasks(self, service: str = "", filters: object = None) -> list[Task]:
        name = next((own.name for own in self.kept.values() if service in (own.name, own.id)), "")
        if service and not name:
            raise NotFound(f"no service {service}", 404)
        if not name.startswith(("job-", "run-")):
            return super().tasks(name)
        found = self.kept[name]
        assert found.created_at is not None
        [task] = self._ready(found.id, 1, found.spec["TaskTemplate"])
        if self.state or self.at < found.created_at + self.lasts:
            return [replace(task, state=self.state or "running", created_at=found.created_at)]
        state = "complete" if self.code == 0 else "failed"
        error = "" if self.code == 0 else f"task: non-zero exit ({self.code})"
        return [replace(task, state=state, desired_state="shutdown", error=error, exit_code=self.code,
                        state_since=found.created_at + self.lasts)]  # fmt: skip

    def create_config(self, name: str, data: bytes, labels: dict[str, str]) -> str:
        made = super().create_config(name, data, labels)
        self.made["config"][name] = replace(self.made["config"][name], created_at=self.at)
        return made

    def runs(self) -> list[str]:
        return [name for name in self.kept if name.startswith("job-")]

    def outcomes(self, job: str = "tidy") -> list[str]:
        found = book.history(self, "shop")[job]  # type: ignore[arg-type]
        return [own.outcome.value for own in found.runs for _ in range(own.count)]


class Captain:
    """Captain's looks, every two seconds of the Swarm's time."""

    def __init__(self, swarm: Clockwork, folder: Path) -> None:
        self.swarm, self.folder = swarm, folder
        self.restart()

    def restart(self) -> None:
        """Another process."""
        self.scheduler = Scheduler(self.swarm.place, self.folder)

    def passes(self, time: timedelta) -> None:
        until = self.swarm.at + time
        while self.swarm.at < until:
            self.swarm.at += 2 * SECOND
            self.scheduler.look(self.swarm.place())

    def shown(self) -> list[Shown]:
        return jobs_of(self.swarm.place(), "shop", LastLines(self.folder))

    def told(self) -> str:
        return "".join(f"{line}\n" for line in as_lines(self.shown()))


@pytest.fixture
def captain(tmp_path: Path) -> Captain:
    swarm = Clockwork()
    swarm.apply(jobs=JOBS)
    return Captain(swarm, tmp_path)


def test_jobs_restart_nothing() -> None:
    """They are a label of the service, and the plan says what changes."""
    swarm = Clockwork()
    swarm.apply()
    assert swarm.apply(jobs=JOBS).kind is Kind.RECONFIGURE
    assert swarm.apply(jobs=JOBS).kind is Kind.UNCHANGED
    assert json.loads(swarm.kept["shop"].labels["flotilla.app.jobs"])["tidy"]["schedule"] == "* * * * *"


def test_a_job_runs_at_its_times_and_nothing_of_it_is_left(captain: Captain) -> None:
    """Once each, with the release's image and environment; how it went is kept, its service is not."""
    captain.passes(MINUTE * 3 + 10 * SECOND)
    assert [at[14:16] for at in captain.swarm.began] == ["01", "02", "03"]
    assert captain.swarm.outcomes() == ["succeeded"] * 3 and captain.swarm.runs() == []
    told = captain.told()
    assert told.startswith("tidy  * * * * * UTC  next 2026-01-01 00:04:00 UTC\n    2026-01-01 00:03:")
    assert told.splitlines()[1].endswith("succeeded after 1 s")


def test_a_run_that_fails_is_told_with_its_last_lines(captain: Captain) -> None:
    """Its exit code, its lines, in the list, the events, the metrics."""
    captain.swarm.code = 3
    captain.passes(MINUTE + 10 * SECOND)
    [told] = json.loads(json.dumps(as_json(captain.shown())))
    [kept] = told["runs"]
    assert (kept["outcome"], kept["exit_code"], kept["why"], kept["lines"]) == (
        "failed", 3, "exit code 3", ["last words of t0"],
    )  # fmt: skip
    assert (told["totals"], told["next"], kept["by"]) == ({"failed": 1}, "2026-01-01T00:02:00+00:00", "schedule")
    assert "failed after 1 s: exit code 3\n        | last words of t0\n" in captain.told()
    [event] = events("shop", book.history(captain.swarm, "shop"))  # type: ignore[arg-type]
    assert (event.what, event.text) == ("job_failed", "job tidy failed after 1 s: exit code 3")
    registry = CollectorRegistry()
    registry.register(captain.scheduler)

    def count(outcome: str) -> float | None:
        labels = {"app": "shop", "job": "tidy", "outcome": outcome}
        return registry.get_sample_value("flotilla_captain_job_runs_total", labels)

    assert [count(outcome) for outcome in ("failed", "succeeded", "nothing")] == [1, 0, None]
    tidy = {"app": "shop", "job": "tidy"}
    assert registry.get_sample_value("flotilla_captain_job_failing", tidy) == 1
    captain.swarm.code = 0
    captain.passes(MINUTE)
    assert (count("succeeded"), registry.get_sample_value("flotilla_captain_job_failing", tidy)) == (1, 0)


def test_a_run_is_skipped_while_the_one_before_still_runs_and_ended_when_its_time_is_over(captain: Captain) -> None:
    """Both are said; afterwards it goes on as before."""
    captain.swarm.lasts = timedelta(hours=1)
    captain.passes(MINUTE * 4)
    assert (captain.swarm.outcomes(), len(captain.swarm.runs())) == (["skipped"] * 3, 1)
    assert "was skipped 3 times until 2026-01-01 00:04:00 UTC: it still ran" in captain.told()
    assert "    2026-01-01 00:01:00 UTC  runs\n" in captain.told()
    captain.passes(MINUTE * 2 + 10 * SECOND)
    assert "timed_out" in captain.swarm.outcomes()
    assert "was ended after 300 s: it had not ended after 300 s" in captain.told()
    assert [at[14:16] for at in captain.swarm.began] == ["01", "06"]


def test_captain_was_away_and_says_what_it_missed(captain: Captain) -> None:
    """It makes up for the last time alone, and for none that is an hour old."""
    captain.passes(MINUTE + 10 * SECOND)
    captain.swarm.at += MINUTE * 30
    captain.restart()
    captain.passes(20 * SECOND)
    assert captain.swarm.outcomes() == ["succeeded", *["missed"] * 29, "succeeded"]
    assert "was missed 29 times until 2026-01-01 00:30:00 UTC: captain or the Swarm was away" in captain.told()


def test_what_is_due_waits_for_the_end_of_a_rollout(captain: Captain) -> None:
    """The release that is being rolled out may be taken back; its jobs are run when it is what runs."""
    swarm = captain.swarm
    swarm.kept["shop"] = replace(swarm.kept["shop"], update_state="updating")
    captain.passes(MINUTE * 2 + 10 * SECOND)
    assert swarm.began == []
    swarm.kept["shop"] = replace(swarm.kept["shop"], update_state="completed")
    unproven = marked(swarm.kept["shop"].spec)
    proven, swarm.kept["shop"] = swarm.kept["shop"], replace(swarm.kept["shop"], spec=unproven)
    captain.passes(10 * SECOND)
    assert swarm.began == []
    swarm.kept["shop"] = proven
    captain.passes(20 * SECOND)
    assert [at[14:16] for at in swarm.began] == ["02"] and swarm.outcomes() == ["missed", "succeeded"]


def test_a_job_that_cannot_be_started_is_a_failed_run_and_other_apps_run_theirs(captain: Captain) -> None:
    """Its secret is gone: said, and not tried every two seconds."""
    swarm = captain.swarm
    other = app("other", image="other:1", http=None, jobs=JOBS)
    swarm.create_secret("stripe", b"x", {})
    swarm.apply(jobs=JOBS, secrets=["stripe"])
    roll_out(swarm.place(), other)
    swarm.remove_secret("stripe")
    captain.passes(MINUTE + 10 * SECOND)
    [kept] = book.history(swarm, "shop")["tidy"].runs  # type: ignore[arg-type]
    assert (kept.outcome, "there is no secret stripe" in kept.why) == (Outcome.FAILED, True)
    assert [own.outcome for own in book.history(swarm, "other")["tidy"].runs] == [Outcome.SUCCEEDED]  # type: ignore[arg-type]


def test_a_job_that_is_taken_out_and_comes_back_is_run_no_second_time(captain: Captain) -> None:
    """As when a release without it is put back. What is kept of an app goes with it."""
    swarm = captain.swarm
    captain.passes(MINUTE + 10 * SECOND)
    swarm.apply()
    captain.passes(MINUTE)
    swarm.apply(jobs=JOBS)
    captain.passes(20 * SECOND)
    assert [at[14:16] for at in swarm.began] == ["01"] and swarm.outcomes() == ["succeeded"]
    captain.passes(MINUTE)
    assert [at[14:16] for at in swarm.began] == ["01", "03"]
    swarm.lasts = timedelta(hours=1)
    captain.passes(MINUTE)
    assert len(swarm.runs()) == 1
    remove(swarm.place(), "shop")
    assert swarm.kept == {} and swarm.made["config"] == {}
    captain.passes(10 * SECOND)
    assert list((captain.folder / "flotilla-jobs").iterdir()) == []


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.parametrize("after", [False, True])
def test_a_killed_captain_runs_nothing_twice_and_forgets_nothing(after: bool, code: int, tmp_path: Path) -> None:
    """Killed at each call to the engine, from the time being due to its end being kept."""
    kills = 0
    for call in range(1, 200):
        swarm = Clockwork()
        swarm.apply(jobs=JOBS)
        swarm.code = code
        captain = Captain(swarm, tmp_path / f"{after}{code}{call}")
        captain.passes(30 * SECOND)
        swarm.at += 31 * SECOND
        engine = KilledAt(swarm, call, after)
        try:
            for _ in range(3):
                captain.scheduler.look(replace(swarm.place(), engine=engine))  # type: ignore[arg-type]
                swarm.at += 2 * SECOND
        except Killed:
            kills += 1
        else:
            break
        captain.restart()
        captain.passes(20 * SECOND)
        assert [at[14:16] for at in swarm.began] == ["01"], f"call {call}"
        assert swarm.outcomes() == ["succeeded" if code == 0 else "failed"] and swarm.runs() == []
        assert "last words of" in captain_lines(captain)
    assert kills >= 10, "each call had its kill"


def captain_lines(captain: Captain) -> str:
    [kept] = book.history(captain.swarm, "shop")["tidy"].runs  # type: ignore[arg-type]
    return "".join(LastLines(captain.folder).read("shop", "tidy")[kept.id])


def test_of_two_captains_that_saw_the_same_one_runs_it(captain: Captain) -> None:
    """One name for one time, which the Swarm gives once; another for every run by hand."""
    swarm, at = captain.swarm, datetime(2026, 1, 1, 3, tzinfo=UTC)
    observed = observe(swarm, "flotilla", Domains.of(""))  # type: ignore[arg-type]
    [job] = parse_app("shop", {"image": "shop:1", "jobs": JOBS}).jobs
    assert [bool(start(swarm.place(), observed, "shop", job, at)) for _ in range(2)] == [True, False]
    assert swarm.runs() == [run_name("shop", "tidy", at.astimezone())]
    assert all(start(swarm.place(), observed, "shop", job, None) for _ in range(2)) and len(swarm.runs()) == 3
    assert run_name("shop", "a", at) != run_name("shop", "b", at) and len(run_name("x" * 49, "tidy", at)) <= 63


def test_a_run_by_hand(captain: Captain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines as they come, its exit code, and a place among the runs; not while it runs already."""
    swarm, said = captain.swarm, list[str]()
    line = LogLine(swarm.at, "t0", "n", False, "tidied")
    monkeypatch.setattr("captain.apps.one_off.service_log", lambda *given, **named: iter([line]))
    swarm.code = 4
    lines = LastLines(captain.folder)
    assert run_now(swarm.place(), "shop", "tidy", lines, lambda told: said.append(told.text)) == 4
    assert said == ["tidied"] and swarm.runs() == [] and swarm.outcomes() == ["failed"]
    assert "failed after 1 s (by hand): exit code 4" in captain.told()
    with pytest.raises(CaptainError, match="shop has no job other; there is tidy"):
        run_now(swarm.place(), "shop", "other", lines, said.append)
    swarm.lasts = timedelta(hours=1)
    captain.passes(MINUTE + 10 * SECOND)
    with pytest.raises(CaptainError, match="The job tidy of shop still runs, since 00:0"):
        run_now(swarm.place(), "shop", "tidy", lines, said.append)
    captain.passes(MINUTE * 6)
    swarm.code, before = 0, len(swarm.began)
    swarm.kept = {name: own for name, own in swarm.kept.items() if not name.startswith("job-")}
    assert run_now(swarm.place(), "shop", "tidy", lines, lambda told: None) == 124, "its time was over"
    assert swarm.began[before:] == ["by hand"] and swarm.runs() == []


def test_a_run_by_hand_whose_hand_was_killed_is_ended_by_captain(
    captain: Captain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a minute after its end nobody else will: its outcome is kept, and its service goes."""
    swarm = captain.swarm
    monkeypatch.setattr("captain.apps.one_off.service_log", lambda *given, **named: iter(()))

    def killed(line: LogLine) -> None:
        raise Killed

    engine = swarm.place()
    with pytest.raises(Killed):
        run_now(replace(engine, sleep=_kill), "shop", "tidy", LastLines(captain.folder), killed)
    assert len(swarm.runs()) == 1
    captain.passes(20 * SECOND)
    assert len(swarm.runs()) == 1, "whoever runs it may still want to see its end"
    captain.passes(20 * SECOND)
    assert swarm.runs() == [] and swarm.outcomes() == ["succeeded"]


def _kill(seconds: float) -> None:
    raise Killed


def test_what_killed_commands_left_is_removed() -> None:
    """Those of `captain run` too: when they have ended, and nobody has looked for half a minute."""
    swarm = Clockwork()
    swarm.apply()
    spec = {**swarm.kept["shop"].spec, "Name": "run-shop-1", "Labels": {"flotilla.run": "shop"}}
    swarm.create_service(spec)
    assert sweep(swarm, swarm.at + 10 * SECOND) == []  # type: ignore[arg-type]
    swarm.at += 40 * SECOND
    assert sweep(swarm, swarm.at) == ["run-shop-1"] and list(swarm.kept) == ["shop"]  # type: ignore[arg-type]


def test_how_a_run_ended() -> None:
    """What the engine said, or that its time was over and what it waited for."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    labels = {"flotilla.job": "shop", "flotilla.job.name": "tidy", "flotilla.job.timeout_seconds": "60"}
    [own] = running([Service("i", "job-shop-1", 1, {"Labels": labels}, None, None, "", at, at)], at)
    task = Task(
        "t", "i", "n", 1, "rejected", "shutdown", at, "preparing", "No such image: shop:9", None, "", "", {}, (), at, at
    )
    rejected, late = ending(own, task, at), ending(own, None, at + MINUTE)
    assert rejected is not None and (rejected.outcome, rejected.why) == (Outcome.FAILED, "No such image: shop:9")
    assert late is not None and (late.outcome, late.at) == (Outcome.TIMED_OUT, at + MINUTE)
    waits = replace(task, state="pending", desired_state="running", error="no suitable node")
    unplaced = ending(own, waits, at + MINUTE)
    assert unplaced is not None and unplaced.why.endswith("it waited for a node: no suitable node")
    assert ending(own, waits, at) is None


def test_lines_are_bounded_and_those_of_forgotten_runs_go(tmp_path: Path) -> None:
    """So many of each run, so long, of the runs that are kept; a file that was cut off tells nothing."""
    lines = LastLines(tmp_path)
    assert lines.read("shop", "tidy") == {}
    lines.keep("shop", "tidy", "one", [f"{n}" + "x" * 999 for n in range(99)], {"one"})
    assert len(lines.read("shop", "tidy")["one"]) == MOST_LINES
    assert max(map(len, lines.read("shop", "tidy")["one"])) == 500
    lines.keep("shop", "tidy", "two", ["b"], {"two"})
    assert list(lines.read("shop", "tidy")) == ["two"]
    [file] = (tmp_path / "flotilla-jobs").iterdir()
    file.write_text("{")
    assert lines.read("shop", "tidy") == {}
    lines.forget({"shop"})
    assert file.exists()
    lines.forget(set())
    assert not file.exists()


def test_a_config_that_holds_no_runs_is_named() -> None:
    """With what removes it."""
    swarm = Clockwork()
    swarm.made["config"]["jobs.shop.1"] = Config("c", "jobs.shop.1", {"flotilla.jobs": "shop"}, None, b"[]")
    with pytest.raises(CaptainError, match="docker config rm"):
        book.histories(swarm)  # type: ignore[arg-type]
