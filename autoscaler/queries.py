"""What Prometheus is asked each tick: one expression per kind of metric, one sample per series in the answer. Pure.

Prometheus does the arithmetic, so that an answer over thousands of tasks is a list of numbers. Four things stay apart:
a series that ended lately is `stale` (a sample in the last `SEEN`, none in the last `FRESH`), one that never was is
missing, NaN stays NaN through every sum, and a true zero is a zero. Ranges see past the end that one failed scrape
writes to every series of a target: it is no reason to know nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

FRESH_SECONDS = 4.0
"""A sample older than this is stale: three scrapes went missing."""
SEEN_SECONDS = 10.0
"""What had its last sample longer ago is not there."""
CPU_SECONDS = 5.0
"""CPU is a mean over this long: one scrape of a second is too noisy under a CPU quota."""
LATELY_SECONDS = 3.0
"""After a step the longer one would be half from before; two scrapes then tell more than they are noisy."""
LATENCY_SECONDS = 5.0
"""Long enough for some requests, short enough to follow."""

_FRESH, _SEEN = f"[{FRESH_SECONDS:.0f}s]", f"[{SEEN_SECONDS:.0f}s]"
_DEMAND = "flotilla_edge_demand_seconds_total"
_ARRIVALS = "flotilla_edge_requests_total"
_REJECTED = "flotilla_edge_rejected_total"
_IN_FLIGHT = "flotilla_edge_in_flight"
_QUEUED = "flotilla_edge_queued"
_DURATION = "flotilla_edge_request_duration_seconds"
_CPU = 'container_cpu_usage_seconds_total{task!=""}'
_MEMORY = 'container_memory_working_set_bytes{task!=""}'


def _lately(selector: str) -> str:
    """Without series that ended while Prometheus was away: nothing marked their end, so it shows them for minutes."""
    return f"({selector} and timestamp({selector}) > time() - {SEEN_SECONDS:.0f})"


# `or vector(1)` is there for its time stamp: all other queries are put to that moment of Prometheus' clock.
NOW_AND_TARGETS = _lately('up{job="edge"}') + " or vector(1)"


def kinds(expressions: Mapping[str, str]) -> str:
    """One expression that answers them all, each series with the label `kind`."""
    return " or ".join(
        f'label_replace({expression}, "kind", "{kind}", "", "")' for kind, expression in expressions.items()
    )


# irate: the last two samples, so the mean over the last interval, and a counter that began again grew from 0.
_RATES = f"irate({_DEMAND}{_FRESH}) + irate({_ARRIVALS}{_FRESH})"
_GAUGES = f"last_over_time({_IN_FLIGHT}{_FRESH}) + last_over_time({_QUEUED}{_FRESH})"
_SEEN_EDGES = f"count by (service) (present_over_time({_ARRIVALS}{_SEEN}))"
_WHOLE_EDGES = f"count by (service) ({_RATES} + {_GAUGES})"
# What is as it should be is not told, so that the answer stays short.
EDGE = kinds(
    {
        "concurrency": f"sum by (service) (irate({_DEMAND}{_FRESH}))",
        "arrivals": f"sum by (service) (irate({_ARRIVALS}{_FRESH}))",
        "rejected": f"(sum by (service) (irate({_REJECTED}{_FRESH}))) != 0",
        "in_system": f"sum by (service) ({_GAUGES})",
        "queued": f"(sum by (service) (last_over_time({_QUEUED}{_FRESH}))) != 0",
        # Where the last scrape failed, the newest sample before it.
        "sampled_at": f"max by (service) (timestamp({_ARRIVALS})"
        f" or max_over_time(timestamp({_ARRIVALS})[{FRESH_SECONDS:.0f}s:1s]))",
        "lacking": f"({_SEEN_EDGES}) unless (({_SEEN_EDGES}) == ({_WHOLE_EDGES}))",
        "fresh": f"count by (service) (present_over_time({_ARRIVALS}{_FRESH})) unless ({_WHOLE_EDGES})",
    }
)
LATENCY = kinds(
    {
        "p95": f"histogram_quantile(0.95, sum by (service, le) (rate({_DURATION}_bucket[{LATENCY_SECONDS:.0f}s])))",
        "rate": f"sum by (service) (rate({_DURATION}_count[{LATENCY_SECONDS:.0f}s]))",
    }
)
"""p95 in seconds and answers per second, by service."""
_POOL = '{user="flotilla_app"}'
DATABASE = kinds(
    {
        "connections": f"sum({_lately('pgbouncer_pools_server_active_connections' + _POOL)})",
        "cap": "max(" + _lately('pgbouncer_databases_max_connections{name="flotilla"}') + ")",
        "waiting": f"sum({_lately('pgbouncer_pools_client_waiting_connections' + _POOL)})",
        "wait_each": 'sum(rate(pgbouncer_stats_client_wait_seconds_total{database="flotilla"}[3s]))',
    }
)
"""What the pool is at, one number of each kind."""


def any_of(services: Collection[str]) -> str:
    """A label matcher; names of services have no character that a regular expression would mistake."""
    return f'service=~"{"|".join(sorted(services))}"'


def _cores(series: str = _CPU) -> str:
    # The slope of the line through the samples. Unlike rate() it does not stretch what it saw to the whole window,
    # which would halve the usage of a task whose last scrapes failed. A task's counter never begins again.
    return f"deriv({series}[{CPU_SECONDS:.0f}s]) and last_over_time({series}{_FRESH})"


# Of tasks that have been measured for as long as the other mean takes: one that starts is busy with itself.
_CORES_LATELY = f"deriv({_CPU}[{LATELY_SECONDS:.0f}s]) and last_over_time({_CPU}{_FRESH} offset {CPU_SECONDS:.0f}s)"


def _stale(series: str) -> str:
    return f"last_over_time({series}{_SEEN}) unless last_over_time({series}{_FRESH})"


_CPU_OF_ALL = {
    "sum": f"sum by (service) ({_cores()})",
    "count": f"count by (service) ({_cores()})",
    "lately_sum": f"sum by (service) ({_CORES_LATELY})",
    "lately_count": f"count by (service) ({_CORES_LATELY})",
    "stale": f"count by (service) ({_stale(_CPU)})",
}


def cpu(closely: Collection[str] = ()) -> str:
    """Cores in use, summed over the tasks of each service, and how many tasks that is of; of the services to be looked
    at `closely` those of each task too.

    Which tasks are ready, and for how long, only Swarm knows. Where all are, and have been, the sum is theirs.
    """
    if not closely:
        return kinds(_CPU_OF_ALL)
    series = f"{_CPU.removesuffix('}')},{any_of(closely)}}}"
    return kinds({**_CPU_OF_ALL, "each": f"max by (task) ({_cores(series)})"})


MEMORY = kinds(
    {
        "each": f"max by (task) (last_over_time({_MEMORY}{_FRESH}))",
        "stale": f"max by (task) ({_stale(_MEMORY)})",
    }
)
"""Bytes in use of each task: what counts is how each of them moves."""
