"""The autoscaler: a tick a second until SIGTERM.

`python -m autoscaler simulate …` runs policies on a trace, `python -m autoscaler explain SERVICE` says in sentences why
a service has the replicas that it has; each has `--help`.
"""

from __future__ import annotations

import functools
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from autoscaler.collector import Collector
from autoscaler.explain.__main__ import main as explain
from autoscaler.ledger import Ledger
from autoscaler.loop import JsonLines, Loop
from autoscaler.metrics import AutoscalerMetrics
from autoscaler.observe import read_metrics
from autoscaler.own_queries import OwnQueries
from autoscaler.past import read_past
from autoscaler.prometheus import Prometheus
from autoscaler.server import make_server, route
from autoscaler.simulator.__main__ import main as simulate
from autoscaler.standing import Standings
from swarm.engine import Engine, EngineError

log = logging.getLogger("autoscaler")


@dataclass(frozen=True)
class Settings:
    """From the environment; `FLOTILLA_` and the upper-case name."""

    prometheus_url: str = "http://prometheus:9090"
    tick_seconds: float = 1.0
    port: int = 9103
    docker_socket: str = "tcp://socket-gate:9104"
    """Path of the engine's socket, or address of the gate before it."""

    @classmethod
    def from_environment(cls) -> Settings:
        """Raises `ValueError` with a sentence for a value that is no number."""
        try:
            tick = float(os.environ.get("FLOTILLA_TICK_SECONDS", cls.tick_seconds))
            port = int(os.environ.get("FLOTILLA_AUTOSCALER_PORT", cls.port))
        except ValueError as error:
            raise ValueError(
                f"FLOTILLA_TICK_SECONDS and FLOTILLA_AUTOSCALER_PORT are plain numbers: {error}"
            ) from error
        if not 0.1 <= tick <= 60:
            raise ValueError(f"FLOTILLA_TICK_SECONDS is {tick:g}: choose from 0.1 to 60.")
        return cls(
            prometheus_url=os.environ.get("FLOTILLA_PROMETHEUS_URL", cls.prometheus_url),
            tick_seconds=tick,
            port=port,
            docker_socket=os.environ.get("FLOTILLA_DOCKER_SOCKET", cls.docker_socket),
        )


class Health:
    """Healthy while the last successful tick is recent."""

    def __init__(self, tick_seconds: float) -> None:
        self._patience = max(15.0, 5 * tick_seconds)
        self._at = time.monotonic()

    def ticked(self) -> None:
        """A tick has succeeded."""
        self._at = time.monotonic()

    def __call__(self) -> bool:
        return time.monotonic() - self._at < self._patience


def main(arguments: Sequence[str]) -> int:
    """What the arguments ask for: the autoscaler itself without any. The exit code."""
    match arguments:
        case []:
            return serve()
        case ["simulate", *rest]:
            return simulate(rest)
        case ["explain", *rest]:
            return explain(rest)
        case _:
            wanted = "" if arguments[0] in ("-h", "--help") else f"There is no {arguments[0]}. "
            sys.stderr.write(
                f"{wanted}python -m autoscaler: the autoscaler; with simulate or explain: see their --help.\n"
            )
            return 0 if not wanted else 2


def serve() -> int:
    """Run until SIGTERM or SIGINT; the exit code."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(True)
    logging.getLogger("autoscaler").setLevel(logging.INFO)
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        log.error("%s", error)
        return 2
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    ledger, standings, metrics = Ledger(), Standings(), AutoscalerMetrics()
    metrics.started(time.time())
    health = Health(settings.tick_seconds)
    server = make_server(settings.port, lambda target: route(target, ledger, standings, metrics.text, health))
    threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
    try:
        engine = _connect(settings.docker_socket, stopping)
        if engine is not None:
            prometheus = Prometheus(settings.prometheus_url)
            loop = Loop(
                engine,
                functools.partial(read_metrics, prometheus, OwnQueries(prometheus)),
                ledger,
                metrics,
                standings,
                prometheus.refusal,
                functools.partial(read_past, prometheus),
            )
            log.info("A tick every %g s; metrics from %s.", settings.tick_seconds, settings.prometheus_url)
            _tick_until(stopping, loop, health, settings.tick_seconds)
            prometheus.close()
            engine.close()
    finally:
        server.shutdown()
        server.server_close()
    log.info("Stopped.")
    return 0


def _connect(socket: str, stopping: threading.Event) -> Engine | None:
    """The engine, as soon as it answers; None if told to stop before."""
    while not stopping.is_set():
        try:
            return Engine.from_socket(socket, timeout_seconds=5)
        except EngineError as error:
            log.error("%s", error)
            stopping.wait(2)
    return None


def _tick_until(stopping: threading.Event, loop: Loop, health: Health, tick_seconds: float) -> None:
    due, collector = time.monotonic(), Collector()
    while not stopping.is_set():
        if loop.tick(time.time()):
            health.ticked()
        collector.after_tick()
        # A tick that took too long is not made up for.
        due = max(due + tick_seconds, time.monotonic())
        stopping.wait(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
