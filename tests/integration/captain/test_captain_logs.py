"""Logs of apps on a real Swarm: what a replica wrote is there when it is gone, each line once, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from captain.apps.app_file import parse_app
from captain.apps.app_rollout import Place, remove, roll_out
from captain.apps.log_reading import Wanted, rows
from captain.apps.scale import scale
from captain.credentials import Domains
from captain.logs.kept_logs import KeptLogs
from swarm.engine import Engine
from swarm.engine_logs import HangUp
from tests.docker_cli import eventually
from tests.e2e.node import BASE, ROOT, Node
from tests.integration.captain.swarm_node import socket_of, swarm_node

CAPTAIN = """
import logging, resource, signal, sys, threading
from functools import partial
from pathlib import Path
from prometheus_client import CollectorRegistry
from captain.logs.keeper import Keeper, LogMetrics
from captain.logs.kept_logs import KeptLogs
from swarm.engine import Engine
from swarm.engine_follow import follow
socket, folder, first_bytes = sys.argv[1:]
logging.basicConfig(format="%(message)s")
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
def room(*signal):
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
signal.signal(signal.SIGUSR1, room)
if int(first_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(first_bytes), hard))
def asked(engine, service, since, last):
    return follow(socket, engine.api_version, service, since, last)
registry = CollectorRegistry()
keeper = Keeper(partial(Engine.from_socket, socket), asked, KeptLogs(Path(folder)), LogMetrics(registry), 0)
threading.Thread(target=keeper.run, args=(threading.Event(),)).start()
print("keeps", flush=True)
"""
COUNTS = "n=0; while [ $n -lt {most} ]; do n=$((n + 1)); echo $HOSTNAME $n; sleep {pause}; done; sleep 1000"
"""Says numbers, each once; then it goes on without a word."""
ALL = 2 * 300


class Swarm:
    """An engine with a Swarm, and captain's disk."""

    def __init__(self, socket: str, engine: Engine, folder: Path) -> None:
        self.socket, self.engine, self.folder = socket, engine, folder
        self.kept = KeptLogs(folder)
        self.place = Place(engine, "flotilla", Domains.of(""), lambda text: None, list)

    def apply(self, name: str, command: str, **keys: Any) -> None:
        script = ["sh", "-c", command]
        made = roll_out(self.place, parse_app(name, {"image": BASE, "command": script, "deadline": "40s", **keys}))
        assert made.why == "", made

    @contextmanager
    def captain(self, first_bytes: int = 0) -> Iterator[subprocess.Popen[str]]:
        """A process of its own that keeps logs, and is killed at the end of the block.

        With `first_bytes` no file may have more until it gets SIGUSR1.
        """
        command = [sys.executable, "-c", CAPTAIN, self.socket, str(self.folder), str(first_bytes)]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=ROOT, text=True, **streams) as process:
            assert process.stdout is not None and process.stdout.readline() == "keeps\n"
            yield process
            assert process.poll() is None, "it keeps until it is killed"
            process.send_signal(signal.SIGKILL)

    def lines(self, app: str, **wanted: Any) -> list[str]:
        """What `captain logs` says."""
        return [str(row["line"]) for row in rows(self.place, self.kept, app, Wanted(**wanted))]

    def kept_lines(self, app: str) -> list[str]:
        service = self.engine.service(app)
        assert service is not None
        return [line.text for line, _ in self.kept.read(app, service.id)]


@pytest.fixture(scope="module")
def socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    kept = os.environ.get("FLOTILLA_TEST_SWARM_NODE")
    if kept:
        yield socket_of(Node(tmp_path_factory.mktemp("node"), kept))
        return
    with swarm_node(tmp_path_factory.mktemp("node")) as node:
        yield socket_of(node)


@pytest.fixture
def swarm(socket: str, tmp_path: Path) -> Iterator[Swarm]:
    engine = Engine.from_socket(socket)
    made = Swarm(socket, engine, tmp_path)
    yield made
    for service in engine.services():
        remove(made.place, service.name)
    engine.close()


def test_what_a_replica_wrote_is_there_when_it_is_gone(swarm: Swarm) -> None:
    """Scaled away, Swarm knows nothing of it; its lines are there with its number, each once, to its last word."""
    command = "trap 'echo $HOSTNAME bye; exit 0' TERM; echo $HOSTNAME here; while :; do sleep 0.1; done"
    with swarm.captain():
        swarm.apply("shop", command, replicas=2)
        eventually(lambda: len(swarm.kept_lines("shop")) == 2, 30)
        both = swarm.lines("shop")
        scale(swarm.place, "shop", 1)
        eventually(lambda: len({task.slot for task in swarm.engine.tasks("shop")}) == 1, 60)
        eventually(lambda: len(swarm.kept_lines("shop")) == 3, 30)
    found = list(rows(swarm.place, swarm.kept, "shop", Wanted()))
    assert [row["line"] for row in found][:2] == both and str(found[2]["line"]).endswith(" bye")
    assert Counter(str(row["line"]).split()[1] for row in found) == {"here": 2, "bye": 1}
    assert {row["replica"] for row in found} == {"shop.1", "shop.2"}
    [gone] = {str(row["replica"]) for row in found if str(row["line"]).endswith(" bye")}
    number = int(gone.rpartition(".")[2])
    assert [line.split()[1] for line in swarm.lines("shop", replicas=[number])] == ["here", "bye"]
    assert [line.split()[1] for line in swarm.lines("shop", replicas=[number], last=1)] == ["bye"]
    assert len(swarm.lines("shop", most=2)) == 2
    assert swarm.lines("shop", since=datetime.fromisoformat(str(found[2]["time"]))) == [found[2]["line"]]


def test_a_captain_that_is_killed_loses_nothing_and_keeps_nothing_twice(swarm: Swarm) -> None:
    """kill -9 again and again while replicas write: their numbers are there, each once, in their order."""
    swarm.apply("shop", COUNTS.format(most=300, pause=0.02), replicas=2)
    for part in range(1, 6):
        with swarm.captain():
            eventually(partial(_has, swarm, len(swarm.kept_lines("shop")) + 20 * part), 30)
    with swarm.captain():
        eventually(partial(_has, swarm, ALL), 60)
    kept = swarm.kept_lines("shop")
    assert max(Counter(kept).values()) == 1 and len(kept) == ALL
    for host in {line.split()[0] for line in kept}:
        assert [int(line.split()[1]) for line in kept if line.startswith(host)] == list(range(1, 301))
    assert Counter(swarm.lines("shop")) == Counter(kept)


def _has(swarm: Swarm, lines: int) -> bool:
    return len(swarm.kept_lines("shop")) >= min(lines, ALL)


def test_what_was_written_while_no_captain_was_there_is_kept_as_far_as_the_engine_has_it(swarm: Swarm) -> None:
    """A replica that nobody saw, too; an app that was removed and made again begins with nothing."""
    with swarm.captain():
        swarm.apply("shop", "echo first $HOSTNAME; sleep 1000")
        eventually(lambda: len(swarm.kept_lines("shop")) == 1, 30)
    scale(swarm.place, "shop", 3)
    eventually(lambda: len(swarm.lines("shop")) == 3, 30)
    with swarm.captain():
        eventually(lambda: len(swarm.kept_lines("shop")) == 3, 30)
        remove(swarm.place, "shop")
        swarm.apply("shop", "echo second; sleep 1000")
        assert eventually(lambda: swarm.kept_lines("shop"), 30) == ["second"] == swarm.lines("shop")
        eventually(lambda: len(swarm.kept.names()) == 1, 30)


def test_who_follows_has_what_is_kept_first_and_each_line_once(swarm: Swarm) -> None:
    """Of a replica that is gone, of those that are there, and of one that comes."""
    hang_up, told = HangUp(), list[str]()
    with swarm.captain():
        swarm.apply("shop", COUNTS.format(most=100, pause=0.1), replicas=2)
        eventually(lambda: len(swarm.kept_lines("shop")) > 20, 30)
        scale(swarm.place, "shop", 1)
        eventually(lambda: len(swarm.engine.tasks("shop")) == 1, 60)

        def read() -> None:
            for row in rows(swarm.place, swarm.kept, "shop", Wanted(), follow=True, hang_up=hang_up):
                told.append(str(row["line"]))

        reader = threading.Thread(target=read)
        reader.start()
        scale(swarm.place, "shop", 2)
        eventually(lambda: sum(line.endswith(" 100") for line in told) == 2, 60)
        hang_up()
        reader.join()
        eventually(lambda: sum(line.endswith(" 100") for line in swarm.kept_lines("shop")) == 2, 60)
    assert max(Counter(told).values()) == 1 and Counter(told) == Counter(swarm.kept_lines("shop"))
    assert len({line.split()[0] for line in told}) == 3


def test_a_disk_that_takes_nothing_loses_nothing_once_it_has_room(swarm: Swarm) -> None:
    """It is said; the engine has the lines until then."""
    with swarm.captain(first_bytes=2000) as captain:
        swarm.apply("shop", COUNTS.format(most=200, pause=0.01))
        eventually(lambda: len(swarm.lines("shop")) == 200, 30)
        assert captain.stderr is not None
        assert "what shop writes is not kept at the moment: [Errno 27] File too large" in captain.stderr.readline()
        assert len(swarm.kept_lines("shop")) < 100
        captain.send_signal(signal.SIGUSR1)
        eventually(lambda: len(swarm.kept_lines("shop")) == 200, 60)
    assert max(Counter(swarm.kept_lines("shop")).values()) == 1
