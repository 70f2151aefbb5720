"""Runs inside the captain image: copies of the app's service, with or without its health check.

    app_copy.py start BEFORE AFTER RUNS   JSON lines: seconds from a scale call until all are in DNS and until
                                          each has answered 200
    app_copy.py hold REPLICAS yes|no      brings that many up with (yes) or without a health check, prints
                                          "ready", and keeps them until its input ends

The copy has the app's image, limits, secrets and networks, but no name of the stack's and no autoscaling. It
is removed in any case.
"""

from __future__ import annotations

import copy
import http.client
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from swarm.engine import Engine, EngineError

APP = "flotilla_app"
COPY = "flotilla_bench_copy"
PORT = 8000
DEADLINE_SECONDS = 180.0


def addresses() -> set[str]:
    """The copy's tasks in DNS."""
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(f"tasks.{COPY}", None, socket.AF_INET)}
    except OSError:
        return set()


def answers(address: str) -> bool:
    connection = http.client.HTTPConnection(address, PORT, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {DEADLINE_SECONDS:g} s.")
        time.sleep(0.2)


@contextmanager
def copied(engine: Engine, replicas: int, health_check: bool) -> Iterator[None]:
    """The copy, with all replicas answering; gone afterwards."""
    app = engine.service(APP)
    if app is None:
        raise EngineError(f"There is no service {APP}: run ./swarm/up.sh first.")
    spec = copy.deepcopy(app.spec)
    spec["Name"] = COPY
    spec["Labels"] = {}
    task = spec["TaskTemplate"]
    task["ContainerSpec"]["Labels"] = {}
    for network in task.get("Networks", []):
        network.pop("Aliases", None)  # else the stack's own name for the app would lead here too
    if not health_check:
        task["ContainerSpec"]["Healthcheck"] = {"Test": ["NONE"]}
    spec["Mode"]["Replicated"]["Replicas"] = replicas
    if engine.service(COPY) is not None:
        engine.remove_service(COPY)
        wait(lambda: not addresses(), "an earlier copy goes")
    engine.create_service(spec)
    try:
        wait(lambda: settled(replicas), "the copy answers")
        yield
    finally:
        engine.remove_service(COPY)


def settled(replicas: int) -> bool:
    found = addresses()
    return len(found) == replicas and all(answers(address) for address in found)


def scale_up(engine: Engine, before: int, after: int) -> dict[str, float]:
    """One scale call: seconds until all are in DNS, and until each has answered 200."""
    done: dict[str, float] = {}
    known = addresses()
    begin = time.monotonic()
    engine.set_replicas(COPY, after)

    def until_first_200(address: str) -> None:
        while time.monotonic() - begin < DEADLINE_SECONDS:
            if answers(address):
                done[address] = time.monotonic() - begin
                return
            time.sleep(0.02)

    in_dns = 0.0
    fresh: set[str] = set()
    while len(done) < after - before:
        if time.monotonic() - begin > DEADLINE_SECONDS:
            raise TimeoutError(f"{after} replicas did not answer within {DEADLINE_SECONDS:g} s.")
        for address in addresses() - known - fresh:
            fresh.add(address)
            in_dns = time.monotonic() - begin
            threading.Thread(target=until_first_200, args=(address,), daemon=True).start()
        time.sleep(0.02)
    return {"in_dns_seconds": round(in_dns, 3), "answered_seconds": round(max(done.values()), 3)}


def main() -> int:
    engine = Engine.from_socket()
    try:
        if sys.argv[1] == "start":
            before, after, runs = map(int, sys.argv[2:5])
            with copied(engine, before, health_check=False):
                for _ in range(runs):
                    print(json.dumps(scale_up(engine, before, after)), flush=True)
                    engine.set_replicas(COPY, before)
                    wait(lambda: settled(before), "the copy is back")
                    time.sleep(3)  # what was stopped is gone from the engine, too
        else:
            with copied(engine, int(sys.argv[2]), sys.argv[3] == "yes"):
                print("ready", flush=True)
                sys.stdin.read()
    except (EngineError, TimeoutError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
