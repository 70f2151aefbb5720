"""What Prometheus says of one app, in a few figures: what is asked, what the answer means, how it is told. Pure.

What is not known is None and never zero: an app without requests has no p95, one without a limit no fraction of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

OVER_SECONDS = 30
"""Rates are means over this long."""
_ANSWERS = "flotilla_edge_responses_total"
_DURATION = "flotilla_edge_request_duration_seconds_bucket"
_CPU = "container_cpu_usage_seconds_total"
_MEMORY = "container_memory_working_set_bytes"


@dataclass(frozen=True, slots=True)
class Figures:
    """Fractions are 0–1: `errors` of the answers, `cpu` and `memory` of the limit (the replicas' mean, and the most).

    `p95_seconds` is from a request's arrival to the last byte, time in the queue included. `cpus` and `memory_bytes`
    are of all replicas together.
    """

    requests_per_second: float | None = None
    p95_seconds: float | None = None
    errors: float | None = None
    cpu: float | None = None
    cpu_most: float | None = None
    memory: float | None = None
    memory_most: float | None = None
    cpus: float | None = None
    memory_bytes: float | None = None
    ready: float | None = None
    wanted: float | None = None


def expression(app: str) -> str:
    """One query for all of them: a series for each figure that is known, with the label `figure`."""
    own, tasks, over = f'service="{app}"', f'service="{app}",task!=""', f"[{OVER_SECONDS}s]"
    answers = f"rate({_ANSWERS}{{{own}}}{over})"
    cpu = f"rate({_CPU}{{{tasks}}}{over})"
    of_cpus = f"{cpu} / (container_spec_cpu_quota{{{tasks}}} / container_spec_cpu_period{{{tasks}}})"
    of_memory = f"{_MEMORY}{{{tasks}}} / container_spec_memory_limit_bytes{{{tasks}}}"
    asked = {
        "requests_per_second": f"sum(rate(flotilla_edge_requests_total{{{own}}}{over}))",
        "p95_seconds": f"histogram_quantile(0.95, sum by (le) (rate({_DURATION}{{{own}}}{over})))",
        "errors": f'sum(rate({_ANSWERS}{{{own},class="5xx"}}{over})) / sum({answers})',
        "cpu": f"avg({of_cpus})",
        "cpu_most": f"max({of_cpus})",
        "memory": f"avg({of_memory})",
        "memory_most": f"max({of_memory})",
        "cpus": f"sum({cpu})",
        "memory_bytes": f"sum({_MEMORY}{{{tasks}}})",
        "ready": f"max(flotilla_captain_tasks_ready{{{own}}})",
        "wanted": f"max(flotilla_captain_tasks_wanted{{{own}}})",
    }
    return " or ".join(f'label_replace({wanted}, "figure", "{name}", "", "")' for name, wanted in asked.items())


def figures(values: Sequence[tuple[Mapping[str, str], float]]) -> Figures:
    """Of the answer's series: labels and value. NaN, which is what nothing by nothing is, is not known."""
    known = {field.name for field in fields(Figures)}
    return Figures(
        **{labels["figure"]: value for labels, value in values if labels["figure"] in known and math.isfinite(value)}
    )


def as_json(app: str, found: Figures) -> dict[str, object]:
    """For programs; null for what is not known."""
    return {"app": app, "over_seconds": OVER_SECONDS, **asdict(found)}


def told(row: Mapping[str, object]) -> Figures:
    """What `as_json` made, as the API tells it."""
    values = {field.name: row.get(field.name) for field in fields(Figures)}
    return Figures(**{name: float(value) for name, value in values.items() if isinstance(value, int | float)})


def as_lines(found: Figures) -> list[str]:
    """For people; a dash for what is not known."""
    return [
        f"replicas   {_count(found.ready)} of {_count(found.wanted)} ready",
        f"requests   {_number(found.requests_per_second, '{:.1f}/s')}",
        f"p95        {_number(_thousand(found.p95_seconds), '{:.0f} ms')}",
        f"errors     {_percent(found.errors)} of the answers",
        f"CPU        {_percent(found.cpu)} of the limit, at most {_percent(found.cpu_most)}; "
        f"{_number(found.cpus, '{:.2f}')} CPUs in all",
        f"memory     {_percent(found.memory)} of the limit, at most {_percent(found.memory_most)}; "
        f"{_number(_mebibytes(found.memory_bytes), '{:.0f} MiB')} in all",
    ]


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _count(value: float | None) -> str:
    return _number(value, "{:.0f}")


def _percent(value: float | None) -> str:
    return _number(None if value is None else 100 * value, "{:.1f} %")


def _thousand(value: float | None) -> float | None:
    return None if value is None else 1000 * value


def _mebibytes(value: float | None) -> float | None:
    return None if value is None else value / 2**20
