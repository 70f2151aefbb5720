"""`captain doctor`: from facts to what is wrong and what mends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from captain.doctor import as_json, is_well, report
from captain.doctor_facts import Alert, Disk, Edge, Facts, Host, LastWords, Unknown, Verdict, parse_host
from captain.doctor_findings import examine
from captain.finding import Finding, Level
from swarm.engine import unframed
from swarm.engine_objects import Node, Service, Task

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
AGO = NOW - timedelta(hours=1)
EDGE = Edge("10.0.0.5", "", "example.com", NOW + timedelta(days=400))


def service(name: str = "s_app", replicas: int = 1, **changes: object) -> Service:
    spec = {
        "Name": name,
        "Labels": {},
        "Mode": {"Replicated": {"Replicas": replicas}},
        "TaskTemplate": {"ContainerSpec": {"Image": "image", "Secrets": [{"SecretName": "password"}]}},
    }
    made = Service(name, name, 1, spec, None, None, "", None, None)
    return replace(made, **changes)  # type: ignore[arg-type]


def task(state: str = "running", error: str = "", since: datetime = AGO, service_id: str = "s_app") -> Task:
    desired = "shutdown" if state in ("failed", "rejected") else "running"
    key = f"{service_id}.{state}.{since}"
    return Task(key, service_id, "n", 1, state, desired, since, "", error, None, "c", "", {}, (), since, since)


def node(name: str = "one", state: str = "ready", availability: str = "active") -> Node:
    return Node(name, name, "manager", availability, state, "10.0.0.1", True, "26", 1, 1, 1, {}, {})


HEALTHY = Facts(
    now=NOW,
    stack="s",
    services=[service()],
    tasks=[task()],
    nodes=[node()],
    secrets=frozenset({"password"}),
    alerts=[],
    verdicts={"s_app": Verdict("steady", "s_app: 1 replica, steady")},
    edges=[EDGE],
    disks=[Disk("one", 100, 72)],
    clocks={"one": 0.2},
    security=["name=seccomp,profile=default", "name=no-new-privileges"],
    host=Host(addresses=("192.168.0.1",), listening=frozenset({("::", 2377)})),
)


def found(**changes: object) -> list[Finding]:
    return examine(replace(HEALTHY, **changes))  # type: ignore[arg-type]


def the_only(findings: Sequence[Finding], level: Level = Level.WRONG) -> Finding:
    (finding,) = findings
    assert finding.level is level
    return finding


def test_a_healthy_stack_says_so_in_one_line() -> None:
    """Nothing found, nothing to read, exit code 0."""
    assert found() == []
    assert report(HEALTHY, []) == [
        "s is well: 1 services with 1 tasks on 1 node, no alert fires, the certificate ends on 2027-02-05, "
        "72% of the disk is free."
    ]
    assert as_json(HEALTHY, []) == {"stack": "s", "well": True, "findings": []}


def test_tasks_that_fit_nowhere_say_why_in_words() -> None:
    """Swarm's reason without its preamble, and another command for each kind of reason."""
    for error, words, mend in (
        ("no suitable node (insufficient resources on 1 node)", "insufficient resources on 1 node", "--reserve-cpu"),
        ("no suitable node (scheduling constraints not satisfied on 1 node)", "constraints", "Placement.Constraints"),
        ("no suitable node (host-mode port already in use on 1 node)", "already in use", ".Endpoint.Ports"),
    ):
        finding = the_only(found(services=[service(replicas=2)], tasks=[task(), task("pending", error)]))
        assert finding.sentence.startswith("1 task of s_app fits on no node: ") and words in finding.sentence
        assert mend in finding.mend


def test_missing_tasks_come_with_the_latest_error_and_the_last_words() -> None:
    """Why in words; what the health check said and the last line logged, where this node has them."""
    failed = [
        task("failed", "task: non-zero exit (1)", NOW - timedelta(minutes=2)),
        task("failed", "task: non-zero exit (137): dockerexec: unhealthy container", NOW - timedelta(minutes=1)),
    ]
    words = {failed[1].id: LastWords("503 starting:\n waiting for the database", "x" * 300)}
    finding = the_only(found(tasks=failed, last_words=words))
    assert finding.sentence.startswith("s_app has 0 of 1 tasks ready: the latest failed its health check; its health ")
    assert "said: 503 starting: waiting for the database; its last line was: xxx" in finding.sentence
    assert len(finding.sentence) < 400 and finding.mend.startswith("docker service ps --no-trunc s_app")


def test_a_task_that_was_killed_for_want_of_memory_is_found_though_another_took_its_place() -> None:
    """With the limit and how to raise it. Once it is higher, or a day has passed, it is over."""

    def limited(megabytes: int) -> dict[str, object]:
        return {"Resources": {"Limits": {"MemoryBytes": megabytes * 1024 * 1024}}}

    own = service()
    own.spec["TaskTemplate"] |= limited(384)
    killed = replace(task("failed", "task: non-zero exit (137)", AGO), spec=limited(384))
    finding = the_only(found(services=[own], tasks=[task(), killed], out_of_memory=frozenset({killed.id})))
    assert finding.sentence == ("s_app was killed for want of memory, the last time at 11:00 UTC: its limit is 384 MB.")
    assert finding.mend.startswith("docker service update --limit-memory 768M s_app; for good: ")
    less = replace(killed, spec=limited(128))
    assert found(services=[own], tasks=[task(), less], out_of_memory=frozenset({less.id})) == []
    old = replace(killed, state_since=NOW - timedelta(days=2))
    assert found(services=[own], tasks=[task(), old], out_of_memory=frozenset({old.id})) == []
    assert found(services=[own], tasks=[task(), killed]) == []
    serving = replace(task(), spec=limited(384))
    command = the_only(found(services=[own], tasks=[serving], out_of_memory=frozenset({serving.id})))
    assert command.sentence == "A command in s_app was killed for want of memory: its limit is 384 MB."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("task: non-zero exit (137)", "was killed (137): most likely it used more memory than its limit"),
        ("task: non-zero exit (2)", "ended with exit code 2"),
        ("No such image: 127.0.0.1:5000/x:1", "found no image on its node: 127.0.0.1:5000/x:1"),
        ("mkdir: permission denied", "said: mkdir: permission denied"),
        ("", "ended without a reason"),
    ],
)
def test_errors_in_words(error: str, words: str) -> None:
    """What the engine says, as an operator would say it."""
    recent = NOW - timedelta(minutes=1)
    assert the_only(found(tasks=[task("failed", error, recent)])).sentence.endswith(f"the latest {words}.")


def test_replicas_that_were_just_asked_for_are_no_fault() -> None:
    """A note while others are ready. After a minute and a half, or once one has failed, it is wrong."""
    soon, late = NOW - timedelta(seconds=80), NOW - timedelta(seconds=100)
    two = [service(replicas=2)]
    the_only(found(services=two, tasks=[task(), task("starting", since=soon)]), Level.NOTE)
    the_only(found(services=two, tasks=[task(), task("starting", since=late)]))
    failed = task("failed", "task: non-zero exit (1)", soon)
    the_only(found(services=two, tasks=[task(), task("starting", since=soon), failed]))
    the_only(found(services=two, tasks=[task()]))
    none_ready = the_only(found(tasks=[task("starting", since=soon)]))
    assert none_ready.sentence == "s_app has 0 of 1 tasks ready."


def test_a_service_that_keeps_restarting_is_found_while_it_is_up() -> None:
    """Three ended tasks in ten minutes; what ended long ago is history."""
    recent = [task("failed", "task: non-zero exit (137)", NOW - timedelta(minutes=n)) for n in (1, 2, 3)]
    assert "3 of its tasks ended" in the_only(found(tasks=[task(), *recent])).sentence
    assert found(tasks=[task(), *recent[:2]]) == []
    assert found(tasks=[task(), *(task("failed", "x", AGO - timedelta(minutes=n)) for n in range(5))]) == []


@pytest.mark.parametrize(
    ("state", "begun", "says"),
    [
        ("paused", AGO, "is paused"),
        ("rollback_paused", AGO, "rollback of s_app is paused"),
        ("rollback_completed", AGO, "was rolled back"),
        ("updating", AGO, "under way for 60 minutes"),
    ],
)
def test_rollouts_that_did_not_end_well(state: str, begun: datetime, says: str) -> None:
    """Paused, rolled back, or far too long under way."""
    assert says in the_only(found(services=[service(update_state=state, update_started_at=begun)])).sentence


def test_rollouts_that_are_fine() -> None:
    """One that has just begun, and one that is done."""
    young = service(update_state="updating", update_started_at=NOW - timedelta(minutes=1))
    assert found(services=[young]) == []
    assert found(services=[service(update_state="completed", update_started_at=AGO)]) == []


def test_nodes() -> None:
    """One that is down is wrong, one that is drained on purpose is worth knowing."""
    assert "is down" in the_only(found(nodes=[node(), node("two", "down")])).sentence
    assert "drain" in the_only(found(nodes=[node("two", availability="drain")]), Level.NOTE).sentence


@pytest.mark.parametrize(
    ("days", "level", "says"),
    [(-1, Level.WRONG, "ended on"), (13, Level.WRONG, "in 13 days"), (20, Level.NOTE, "in 20 days"), (31, None, "")],
)
def test_certificates_that_end(days: int, level: Level | None, says: str) -> None:
    """Wrong below 14 days, a note below 30, named once however many edges show it."""
    edges = [replace(EDGE, address=address, expires=NOW + timedelta(days=days)) for address in ("a", "b")]
    findings = found(edges=edges)
    if level is None:
        assert findings == []
    else:
        assert says in the_only(findings, level).sentence


def test_an_edge_that_does_not_answer_is_named() -> None:
    """With its address and what came instead; and no edge at all is wrong as well."""
    assert "10.0.0.5" in the_only(found(edges=[replace(EDGE, problem="localhost/ gets 502")])).sentence
    edge = service("s_edge", 1)
    missing = found(services=[edge], tasks=[task(service_id="s_edge")], edges=[])
    assert the_only(missing).sentence == "There is no edge: nothing answers from outside."


def test_disk_clock_and_secrets() -> None:
    """Just below and just beyond each limit."""
    assert "9% left" in the_only(found(disks=[Disk("one", 1000, 94)])).sentence
    assert found(disks=[Disk("one", 1000, 100)]) == []
    assert "4 s behind" in the_only(found(clocks={"two": -4.0})).sentence
    assert found(clocks={"two": 3.0}) == []
    assert "missing: password" in the_only(found(secrets=frozenset())).sentence


def test_invalid_labels_and_pauses() -> None:
    """The autoscaler's own sentence; a pause is a note while it lasts."""
    wrong = {"s_app": Verdict("invalid_policy", "flotilla.autoscale.max is no number.")}
    assert "flotilla.autoscale.max is no number" in the_only(found(verdicts=wrong)).sentence
    assert (
        the_only(found(verdicts=wrong)).mend == "docker service update --label-add flotilla.autoscale.max=VALUE s_app"
    )

    kept = {"s_app": Verdict("steady", "s_app: 1 replica, steady", "flotilla.autoscale.max is no number.")}
    assert "by its last right labels" in the_only(found(verdicts=kept)).sentence

    def paused(until: datetime) -> list[Finding]:
        live = service()
        live.spec["Labels"] = {"flotilla.autoscale.paused_until": str(int(until.timestamp()))}
        return found(services=[live])

    assert "until 12:10:00 UTC" in the_only(paused(NOW + timedelta(minutes=10)), Level.NOTE).sentence
    assert "--label-rm" in the_only(paused(NOW + timedelta(hours=2)), Level.NOTE).mend
    assert paused(NOW - timedelta(hours=2)) == []


def test_what_cannot_be_asked_is_a_finding_and_no_good_news() -> None:
    """Prometheus and the autoscaler away; not to be asked at all is neither."""
    both = found(alerts=Unknown("refused"), verdicts=Unknown("refused"), disks=Unknown("x"), clocks=Unknown("x"))
    assert [finding.about for finding in both] == ["s_autoscaler", "s_prometheus"]
    assert found(alerts=Unknown(""), verdicts=Unknown(""), disks=Unknown(""), clocks=Unknown("")) == []


def test_alerts_are_told_unless_a_finding_says_the_same() -> None:
    """With their own command; those about something that is already found would only make it longer."""
    alerts = [Alert("TasksMissing", "s_app", "x.", "y"), Alert("RequestsRejected", "s_app", "Turned away.", "z")]
    findings = found(alerts=alerts, services=[service(replicas=2)])
    assert [finding.sentence for finding in findings][1:] == ["RequestsRejected: Turned away."]
    assert findings[1].mend == "z"


def test_doors() -> None:
    """Other published ports, an engine that is open, Swarm's ports on a public address: notes with commands."""
    other = the_only(found(published={"s_edge": [(80, 8080)], "db": [(15432, 5432)]}), Level.NOTE)
    assert "db publishes 15432" in other.sentence and "--publish-rm 5432 db" in other.mend
    assert "no-new-privileges" in the_only(found(security=["name=seccomp"]), Level.NOTE).mend
    assert "userland-proxy" in the_only(found(host=Host(userland_proxies=4)), Level.NOTE).mend
    listening = frozenset({("::", 2377), ("0.0.0.0", 7946), ("10.0.0.1", 4789), ("::", 22)})
    world = the_only(found(host=Host(addresses=("10.0.0.1", "203.0.114.5"), listening=listening)), Level.NOTE)
    assert "2377, 7946 answer on 203.0.114.5 too" in world.sentence
    inner = Host(addresses=("203.0.114.5",), listening=frozenset({("10.0.0.1", 2377)}))
    assert found(host=inner) == []


def test_a_report_is_to_be_read() -> None:
    """Wrong things first and numbered, each with its command in one line; the notes below."""
    findings = found(
        tasks=[], nodes=[node("two", "down"), node("three", availability="pause")], disks=[Disk("one", 100, 5)]
    )
    assert not is_well(findings)
    lines = report(HEALTHY, findings)
    assert lines[0] == "s is unwell: 3 things are wrong."
    assert lines[2:4] == [
        "1. s_app has 0 of 1 tasks ready.",
        "   → docker service ps --no-trunc s_app; docker service logs --tail 50 s_app",
    ]
    assert lines[-3:] == [
        "Worth knowing:",
        "- Node three takes no new tasks: it is set to pause.",
        "  → docker node update --availability active three",
    ]
    shown = json.loads(json.dumps(as_json(HEALTHY, findings)))
    assert shown["well"] is False and shown["findings"][0]["level"] == "wrong"


def test_the_machine_as_captain_sh_sees_it() -> None:
    """Sockets from the kernel's tables, which are hexadecimal in the machine's order; the rest as it is."""
    host = parse_host("""\
--- tcp
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   2: 0100007F:1F91 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0
   0: 00000000000000000000000000000000:0949 00000000000000000000000000000000:0000 0A 0
   1: B80D01200000000000000000010000000:BAD
--- udp
   0: 0100000A:1F0A 00000000:0000 07 00000000:00000000
--- addresses
10.0.0.1 172.17.0.1
--- proxies
4
--- clock
1767268800
""")
    assert host.listening == {("0.0.0.0", 80), ("127.0.0.1", 8080), ("::", 2377), ("10.0.0.1", 7946)}
    assert (host.addresses, host.userland_proxies, host.clock) == (("10.0.0.1", "172.17.0.1"), 4, 1767268800.0)
    assert parse_host("") == Host()


def test_a_log_without_its_frames() -> None:
    """The engine's frames go, lines of both streams stay; a terminal's log has none."""
    framed = b"\x01\0\0\0\0\0\0\x04one\n" + b"\x02\0\0\0\0\0\0\x04two\n"
    assert unframed(framed) == b"one\ntwo\n"
    assert unframed(b"plain\n") == b"plain\n"


def test_more_connections_than_pgbouncer_takes() -> None:
    """What all engine pools open together at their services' most is compared with the pooler's limit."""

    def pools(most: int) -> list[Finding]:
        live = service()
        live.spec["Labels"] = {"flotilla.autoscale.enabled": "true", "flotilla.autoscale.max": str(most)}
        live.spec["TaskTemplate"]["ContainerSpec"]["Env"] = ["FLOTILLA_POOL_SIZE=10"]
        return found(services=[live])

    assert pools(100) == []
    assert "open 1010 connections (s_app 1010)" in the_only(pools(101)).sentence
