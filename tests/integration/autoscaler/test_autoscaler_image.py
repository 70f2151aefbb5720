"""The autoscaler's image as the stack runs it, without a Swarm: it says what is wrong, serves and stops."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

SOCKET = "/var/run/docker.sock:/var/run/docker.sock"


def test_it_serves_and_ends_on_sigterm(
    run_container: Callable[..., Any], image: Callable[[str], str], eventually: Callable[..., Any]
) -> None:
    """/metrics and /decisions answer, every log line is JSON, SIGTERM is exit 0 long before a kill."""
    own = {"FLOTILLA_DOCKER_SOCKET": "/var/run/docker.sock"}
    container = run_container(image("autoscaler"), "-v", SOCKET, "--read-only", "--cap-drop", "ALL", env=own)
    address = f"http://{container.ip}:9103"

    def get(path: str) -> str:
        with urllib.request.urlopen(address + path, timeout=5) as answer:
            return str(answer.read().decode())

    eventually(lambda: "flotilla_autoscaler_tick_duration_seconds" in get("/metrics"), 30)
    assert "decisions" in json.loads(get("/decisions"))
    assert container.stop(20) == 0
    for line in container.logs().splitlines():
        assert json.loads(line)["message"]


def test_a_wrong_setting_is_told(
    run_container: Callable[..., Any], image: Callable[[str], str], eventually: Callable[..., Any]
) -> None:
    """One sentence, exit 2, no traceback."""
    container = run_container(image("autoscaler"), env={"FLOTILLA_TICK_SECONDS": "fast"})
    eventually(lambda: not container.running, 30)
    [line] = container.logs().splitlines()
    assert "FLOTILLA_TICK_SECONDS" in json.loads(line)["message"]
    assert container.exit_code == 2


def test_without_an_engine_it_is_unhealthy_and_says_so(
    run_container: Callable[..., Any], image: Callable[[str], str], eventually: Callable[..., Any]
) -> None:
    """No socket: it tries again, and /healthz turns to 503."""
    container = run_container(image("autoscaler"))

    def status() -> int:
        try:
            with urllib.request.urlopen(f"http://{container.ip}:9103/healthz", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    eventually(lambda: status() == 503, 60)
    assert "does not answer" in container.logs()
    assert container.stop(20) == 0
