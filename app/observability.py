"""Metrics for Prometheus and logs as lines of JSON."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

# The id of the request that is being answered, or of the job that runs; empty outside of one.
request_id: ContextVar[str] = ContextVar("request_id", default="")
# What a log can carry, and an SQL comment: nothing in it ends a quotation or a comment, or is a placeholder.
_WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,64}")

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_WAIT_BUCKETS = (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)


def new_request_id() -> str:
    """32 hexadecimal digits, as nginx makes them."""
    return os.urandom(16).hex()


def well_formed(identity: str) -> bool:
    """Whether it can be a request's id."""
    return _WELL_FORMED.fullmatch(identity) is not None


@contextmanager
def job_id() -> Generator[str]:
    """Gives a run of a job an id, under which its log lines and its statements are found."""
    identity = new_request_id()
    token = request_id.set(identity)
    try:
        yield identity
    finally:
        request_id.reset(token)


class Metrics:
    """One process's metrics in a registry of their own."""

    def __init__(self) -> None:
        # A second series for each, that nothing here asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "flotilla_http_requests_total",
            "Requests answered, probes not among them.",
            ["surface", "method", "status"],
            registry=self.registry,
        )
        self._durations = Histogram(
            "flotilla_http_request_duration_seconds",
            "Seconds from a request's head to the end of its answer.",
            ["surface"],
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )
        self._pool_wait = Histogram(
            "flotilla_engine_pool_wait_seconds",
            "Seconds that a unit of work waited for a connection.",
            buckets=_WAIT_BUCKETS,
            registry=self.registry,
        )
        self._jobs = Counter(
            "flotilla_jobs_total", "Runs of the worker's jobs.", ["job", "outcome"], registry=self.registry
        )

    def watch_database(self, size: int, checked_out: Callable[[], int], away: Callable[[], bool]) -> None:
        """Shows the engine pool's size and, at each scrape, its use and whether the database is away."""
        pool_size = Gauge("flotilla_engine_pool_size", "Connections of the engine pool.", registry=self.registry)
        pool_size.set(size)
        at_work = Gauge(
            "flotilla_engine_pool_checked_out",
            "Connections of the engine pool at work.",
            registry=self.registry,
        )
        at_work.set_function(checked_out)
        gone = Gauge(
            "flotilla_database_away",
            "1 while requests are refused because the database does not answer.",
            registry=self.registry,
        )
        gone.set_function(away)

    def watch_ready(self, ready: Callable[[], bool]) -> None:
        """Shows readiness, as `/readyz` says it."""
        Gauge("flotilla_ready", "1 while the replica is warm and not draining.", registry=self.registry).set_function(
            ready
        )

    def answered(self, surface: str, method: str, status: int, seconds: float) -> None:
        """Counts a request. Methods that nobody has heard of share a series."""
        self._requests.labels(surface, method if method in _METHODS else "other", status).inc()
        self._durations.labels(surface).observe(seconds)

    def waited_for_connection(self, seconds: float) -> None:
        """Counts a wait for the engine pool."""
        self._pool_wait.observe(seconds)

    def job_ran(self, job: str, outcome: str) -> None:
        """Counts a run of a job; `outcome` is done, elsewhere or failed."""
        self._jobs.labels(job, outcome).inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json() -> None:
    """Sends all logs of the process to stderr, a line of JSON each; libraries only from warnings on.

    Python's own warnings, and the error that ends the process, are among them.
    """
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[output], force=True)
    logging.getLogger("app").setLevel(logging.INFO)
    logging.getLogger("__main__").setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _log_the_last_word


def _log_the_last_word(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("app").critical("the process ends: %s", error, exc_info=(kind, error, trace))
