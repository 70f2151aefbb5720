"""The live table and the plain summary. Pure: figures in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEADER = (
    "second",
    "requests/s",
    "p95 ms",
    "failed",
    "queued",
    "ready/wanted",
    "db conn.",
    "reason of the last decision",
)
WIDTHS = (6, 10, 8, 6, 6, 12, 8, 0)
# Above this, what is measured is the generator's own delay as well.
LAG_WORTH_SAYING_MS = 50.0


@dataclass(frozen=True, slots=True)
class Row:
    """One second: requests answered or given up in it, their p95, how many failed, and the stack's state."""

    second: int
    answered: int
    p95_ms: float | None
    failed: int
    queued: float | None
    ready: int | None
    wanted: int | None
    db_connections: int | None
    reason: str | None


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f}"


def _line(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.rjust(width) if width else cell for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def header() -> str:
    """The column titles, aligned with `render`."""
    return _line(HEADER)


def render(row: Row) -> str:
    """One line of the table; ``?`` is what could not be measured in this second."""
    return _line(
        (
            str(row.second),
            str(row.answered),
            "-" if row.p95_ms is None else f"{row.p95_ms:.0f}",
            str(row.failed),
            _number(row.queued),
            f"{_number(row.ready)}/{_number(row.wanted)}",
            _number(row.db_connections),
            row.reason or "?",
        )
    )


def _seconds(value: float | None) -> str:
    return "an unknown time" if value is None else f"{value:.1f} s"


def sentences(summary: Mapping[str, Any], objective_ms: float) -> list[str]:
    """The outcome in plain sentences; what is missing is said to be missing, with the reason."""
    missing: Mapping[str, str] = summary["missing"]
    told: list[str] = []
    reached, floor = summary["time_to_capacity_seconds"], summary["floor_seconds"]
    wanted = [moment[2] for moment in summary["replicas"] if moment[2] is not None]
    if wanted:
        told.append(f"Replicas: {wanted[0]} before, {max(wanted)} at most, {wanted[-1]} at the end.")
    if reached is None:
        told.append(f"Capacity was never reached: {missing['time_to_capacity_seconds']}")
    else:
        told.append(
            f"Capacity was reached {_seconds(reached)} after the step "
            f"(p95 within {objective_ms:g} ms, and stayed there)."
        )
    if floor is not None:
        told.append(
            f"The floor, one manual scale call to {summary['floor_replicas']} replicas under the same load, "
            f"took {_seconds(floor)} ({summary['floor_failed']} failed)."
        )
    else:
        told.append(f"There is no floor to compare with. {missing['floor_seconds']}")
    count = sum(summary["samples"][phase] for phase in ("before", "during", "after"))
    kinds = ", ".join(f"{number} × {kind}" for kind, number in summary["samples"]["failures"].items())
    told.append(f"Failed: {summary['failed']} of {count} requests{f' ({kinds})' if kinds else ''}.")
    p95 = summary["p95_ms"]
    told.append(
        "p95: " + ", ".join(f"{'unknown' if p95[p] is None else f'{p95[p]:.0f} ms'} {p}" for p in p95) + " (the spike)."
    )
    if summary["lost_posts"] is None:
        told.append(f"Whether a post was lost or doubled is unknown: {missing['lost_posts']}")
    else:
        told.append(
            f"Of {summary['samples']['acknowledged_posts']} acknowledged posts "
            f"{summary['lost_posts']} were lost and {summary['duplicated_posts']} are there more than once."
        )
    connections, cap = summary["db_connections_max"], summary["db_connections_cap"]
    if connections is None:
        told.append(f"Database connections are unknown: {missing['db_connections_max']}")
    else:
        told.append(f"Database connections: at most {connections}, the cap is {'unknown' if cap is None else cap}.")
    back = summary["scaled_back_after_seconds"]
    if back is None:
        told.append(f"Scaled back: {missing['scaled_back_after_seconds']}")
    else:
        told.append(f"Back at the count before {_seconds(back)} after the end of the spike.")
    lag = summary["generator_lag_ms"]
    if lag is not None and lag > LAG_WORTH_SAYING_MS:
        told.append(
            f"The generator itself ran {lag:.0f} ms late (p99), and its delay is in the latencies: try a lower --rate."
        )
    return told
