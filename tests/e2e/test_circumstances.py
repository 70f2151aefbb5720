"""What else happens while somebody deploys: counts change, and `up.sh` is killed half-way."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.docker_cli import DockerError, eventually
from tests.e2e.node import REPOSITORY
from tests.e2e.stack import APP, Stack

WORKER = "flotilla_worker"


@contextlib.contextmanager
def again_and_again(write: Callable[[int], None]) -> Iterator[list[int]]:
    """Calls ``write(0)``, ``write(1)`` … for a block; the list has those that the engine took."""
    taken: list[int] = []
    failures: list[Exception] = []
    stop = threading.Event()

    def run() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            try:
                write(number)
            except DockerError as error:
                if "out of sequence" not in str(error):
                    failures.append(error)
                    return
            else:
                taken.append(number)

    writer = threading.Thread(target=run, daemon=True)
    writer.start()
    try:
        eventually(lambda: taken, seconds=30)
        yield taken
    finally:
        stop.set()
        writer.join(timeout=60)
    assert failures == []


def start_and_kill_up(stack: Stack) -> None:
    """Starts up.sh, and ends it and nothing else by SIGKILL once its captain is at work."""
    command = f"cd {REPOSITORY} && FLOTILLA_APP_CPUS=0.25 exec ./swarm/up.sh --yes"
    process = stack.node.popen("sh", "-c", command)
    try:
        eventually(lambda: stack.node.docker("ps", "-q", "--filter", "name=^flotilla-up$"), seconds=120)
        stack.node.exec("sh", "-c", "kill -9 $(cat /run/flotilla-up.lock)")
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        pytest.fail("up.sh goes on after SIGKILL")
    finally:
        process.kill()


def test_killed_half_way_and_run_again_while_counts_change(stack: Stack) -> None:
    """What was changed by hand is as in the file, nothing else is written, and the last count by hand stands."""
    stack.update(WORKER, "--env-add", "FLOTILLA_STRANGE=1")
    stack.update(APP, "--label-add", "flotilla.autoscale.max=5")
    others = {name: index for name, index in stack.versions().items() if name not in {WORKER, APP}}

    def scale(number: int) -> None:
        stack.node.docker("service", "update", "--detach", "--no-resolve-image", "--replicas", str(2 + number % 2), APP)

    with again_and_again(scale) as counts:
        start_and_kill_up(stack)
        run = stack.node.up(log="up-after-kill.log")
        assert run.exit_code == 0, run.output
    worker, app = stack.inspect(WORKER, APP)
    assert not [line for line in worker["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] if "STRANGE" in line]
    assert app["Spec"]["Labels"]["flotilla.autoscale.max"] == "12"
    assert app["Spec"]["Mode"]["Replicated"]["Replicas"] == 2 + counts[-1] % 2
    versions = stack.versions()
    assert {name: versions[name] for name in others} == others
    assert stack.node.docker("ps", "-aq", "--filter", "name=^flotilla-up$") == ""
    stack.update(APP, "--replicas", "2")  # the initial count: nothing is held any more
