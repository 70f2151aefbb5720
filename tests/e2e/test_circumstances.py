"""What else happens while somebody deploys: counts change, `up.sh` is killed, `docker stack deploy` meets a spike."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.docker_cli import DockerError, eventually
from tests.e2e.node import REPOSITORY
from tests.e2e.stack import APP, Stack

WORKER = "flotilla_worker"
BY_HAND = (
    '. ./swarm/images.env && sed \'s/^version: "3.9"/version: "3.12"/\' stack.yml |'
    " docker stack deploy --detach=true --resolve-image never -c - -c swarm/stack.engine-25.yml flotilla"
)


@contextlib.contextmanager
def again_and_again(write: Callable[[int], None]) -> Iterator[list[int]]:
    """Calls ``write(0)``, ``write(1)`` … for a block; the list has those that were not refused as out of sequence."""
    taken: list[int] = []
    failures: list[Exception] = []
    stop = threading.Event()

    def run() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            try:
                write(number)
            except (AssertionError, httpx.HTTPError) as error:  # a DockerError is the former
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

    waits = threading.Event()  # up.sh has written what it had to, and waits until the replicas are there for a moment

    def scale(number: int) -> None:
        stack.node.docker("service", "update", "--detach", "--no-resolve-image", "--replicas", str(2 + number % 2), APP)
        if waits.is_set():
            time.sleep(4)

    with again_and_again(scale) as counts:
        start_and_kill_up(stack)
        run = stack.node.up(log="up-after-kill.log", tell=lambda line: waits.set() if "ready (" in line else None)
        assert run.exit_code == 0, run.output
    worker, app = stack.inspect(WORKER, APP)
    assert not [line for line in worker["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] if "STRANGE" in line]
    assert app["Spec"]["Labels"]["flotilla.autoscale.max"] == "12"
    assert app["Spec"]["Mode"]["Replicated"]["Replicas"] == 2 + counts[-1] % 2
    versions = stack.versions()
    assert {name: versions[name] for name in others} == others
    assert stack.node.docker("ps", "-aq", "--filter", "name=^flotilla-up$") == ""
    stack.update(APP, "--replicas", "2")  # the initial count: nothing is held any more


@contextlib.contextmanager
def put_back(stack: Stack) -> Iterator[None]:
    """Whatever became of it, the next test finds what the file says."""
    try:
        yield
    finally:
        stack.node.repository(BY_HAND)
        stack.update(APP, "--replicas", "2")
        stack.wait_ready(APP, 2)


def test_a_deployment_by_hand_while_demand_is_high(stack: Stack) -> None:
    """What it resets is put back on the next tick; one that was aborted half-way is healed by running it again."""
    site = stack.new_site()

    def write(number: int) -> None:
        stack.node.docker("service", "update", "--detach", "--label-add", f"flotilla.test={number}", WORKER)

    # Many times what three replicas are then meant to take, also where these are faster than whoever drives the load.
    demanding = f"export FLOTILLA_APP_CONCURRENCY=0.1 FLOTILLA_APP_MAX=3; {BY_HAND}"
    with put_back(stack):
        stack.node.repository(demanding)
        with stack.load(site, clients=24) as load:
            eventually(lambda: stack.replicas() == 3, seconds=90, pause=0.5)
            stack.wait_ready(APP, 3)
            with again_and_again(write), pytest.raises(DockerError, match="update out of sequence"):
                for _ in range(10):
                    stack.node.repository(demanding)
            # It was aborted before it came to the app, or after.
            eventually(lambda: stack.replicas() == 3, seconds=60, pause=0.5)
            stack.wait_ready(APP, 3)

            began = stack.now()
            stack.node.repository(demanding)
            eventually(lambda: stack.replicas() == 3, seconds=60, pause=0.5)
            stack.wait_ready(APP, 3)
            reset = [decision for decision in stack.decisions(APP, began) if decision["from"] == 2]
            assert load.stop().failed == []
            assert reset and (reset[0]["written"], reset[0]["to"]) == (True, 3), reset
            assert "flotilla.test" not in stack.inspect(WORKER)[0]["Spec"]["Labels"]
