"""`python -m autoscaler simulate`: policies on a trace, as a table, as JSON, as a picture."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autoscaler.simulator import figures
from autoscaler.simulator.figures import Run
from autoscaler.simulator.peers import Bounds
from autoscaler.simulator.runs import NAMES, Setting, needed_curve, run, scaler
from autoscaler.simulator.service import Service
from autoscaler.simulator.traffic import GENERATED, TraceError, generated, parse_trace

GENERATED_PREFIX = "generated:"
BASE_RPS = 40.0
SHOWN = (
    ("over_objective_pct", "over %", "{:.2f}"),
    ("failed_pct", "failed %", "{:.2f}"),
    ("p95_ms", "p95 ms", "{:.0f}"),
    ("p99_ms", "p99 ms", "{:.0f}"),
    ("replica_seconds", "replica s", "{:.0f}"),
    ("actions", "actions", "{:.0f}"),
    ("reversals", "reversals", "{:.0f}"),
    ("time_to_capacity_p50", "capacity p50 s", "{:.0f}"),
    ("time_to_capacity_p95", "p95 s", "{:.0f}"),
    ("theta_u", "θU %", "{:.1f}"),
    ("theta_o", "θO %", "{:.1f}"),
    ("elastic_speedup", "speedup", "{:.2f}"),
)


class MistakeError(ValueError):
    """What was asked for cannot be simulated; the text says what to write instead."""


def parser() -> argparse.ArgumentParser:
    """All options."""
    options = argparse.ArgumentParser(
        prog="python -m autoscaler simulate",
        allow_abbrev=False,
        description="Runs scaling policies on a trace of arrivals, against a model of a service, and compares them.",
        epilog="The policies: flotilla is the one that runs here, with untouched defaults; hpa is Kubernetes' on CPU, "
        "kpa Knative's on requests per second, step what Swarm's autoscalers do; oracle knows the arrivals of the "
        "present and nothing of the future; none keeps the number that the trace needs on average. "
        "docs/autoscaling.md says more.",
    )
    add = options.add_argument
    add(
        "--trace",
        required=True,
        metavar="FILE",
        help="CSV with the header second,count or period,count (a minute's ISO time); or generated:NAME, of "
        + ", ".join(GENERATED),
    )
    add("--policy", action="append", choices=NAMES, help="once or several times (all of them)")
    add("--amplitude", type=float, default=1.0, help="multiplies the arrivals (%(default)g)")
    add("--seconds", type=int, default=2400, help="length of a generated trace (%(default)d)")
    add(
        "--target", type=float, help="the utilization that flotilla, hpa, kpa and step plan with (each its own default)"
    )
    add("--capacity-rps", type=float, default=50.0, help="requests/s that one replica can serve (%(default)g)")
    add("--service-ms", type=float, default=40.0, help="time of an answer by an idle replica (%(default)g)")
    add("--concurrency", type=int, default=8, help="requests that a replica is given at a time (%(default)d)")
    add("--startup-seconds", type=float, default=4.0, help="until a new replica is ready (%(default)g)")
    add("--objective-ms", type=float, default=250.0, help="within which 95 %% are to be answered (%(default)g)")
    add("--db-connections", type=int, default=0, help="cap of database connections; 0: no database in the way")
    add("--db-ms", type=float, default=0.0, help="how long a request holds one of them (%(default)g)")
    add("--min", type=int, default=1, help="fewest replicas (%(default)d)")
    add("--max", type=int, default=100, help="most replicas (%(default)d)")
    add("--seed", type=int, default=0, help="the same seed gives the same run (%(default)d)")
    add("--json", type=Path, metavar="FILE", help='write {"policies": {NAME: {…}}} there')
    add("--plot", type=Path, metavar="FILE.png", help="draw load, needed, ready and desired there")
    return options


def setting_of(options: argparse.Namespace) -> Setting:
    """What is simulated. Raises `MistakeError`."""
    for name in ("amplitude", "capacity_rps", "service_ms", "objective_ms", "concurrency", "min", "seconds"):
        if not getattr(options, name) > 0:
            raise MistakeError(f"--{name.replace('_', '-')} is {getattr(options, name):g}: it has to be above 0.")
    for name in ("startup_seconds", "db_connections", "db_ms"):
        if not getattr(options, name) >= 0:
            raise MistakeError(f"--{name.replace('_', '-')} is {getattr(options, name):g}: it cannot be negative.")
    if options.target is not None and not 0 < options.target <= 1:
        raise MistakeError(f"--target is {options.target:g}: it is a fraction from 0 to 1, such as 0.7.")
    if options.min > options.max:
        raise MistakeError(f"--min is {options.min} and --max is {options.max}: --min must not be above --max.")
    service = Service(
        capacity_rps=options.capacity_rps,
        service_seconds=options.service_ms / 1000,
        concurrency=options.concurrency,
        startup_seconds=options.startup_seconds,
        database_connections=options.db_connections,
        database_seconds=options.db_ms / 1000,
    )
    return Setting(service, Bounds(options.min, options.max), options.objective_ms / 1000, options.seed)


def arrivals_of(options: argparse.Namespace) -> list[float]:
    """The arrivals of every second. Raises `MistakeError`."""
    if options.trace.startswith(GENERATED_PREFIX):
        name = options.trace.removeprefix(GENERATED_PREFIX)
        if name not in GENERATED:
            raise MistakeError(f"There is no generated trace {name}: choose from {', '.join(GENERATED)}.")
        return generated(name, options.seconds, BASE_RPS * options.amplitude, options.seed)
    try:
        text = Path(options.trace).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MistakeError(f"{options.trace} cannot be read: {error}") from error
    try:
        return parse_trace(text, options.amplitude, options.seed)
    except TraceError as error:
        raise MistakeError(f"{options.trace}: {error}") from error


def table(found: dict[str, dict[str, Any]]) -> str:
    """A line for each policy."""
    rows = [["policy", *(title for _, title, _ in SHOWN)]]
    for name, values in found.items():
        rows.append([name, *("–" if values[key] is None else form.format(values[key]) for key, _, form in SHOWN)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if not column else cell.rjust(width) for column, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in rows)
    )


def simulate(options: argparse.Namespace) -> tuple[dict[str, dict[str, Any]], dict[str, Run], list[float]]:
    """Figures and run of every policy, and the arrivals. Raises `MistakeError`."""
    setting, arrivals = setting_of(options), arrivals_of(options)
    curve = needed_curve(setting, arrivals)
    average = sum(curve) / len(curve)
    constant = run(setting, scaler("none", setting, average), arrivals, curve)
    none = figures.elasticity(constant.needed, constant.ready)
    found: dict[str, dict[str, Any]] = {}
    runs: dict[str, Run] = {}
    for name in dict.fromkeys(options.policy or NAMES):
        began = time.monotonic()
        target = average if name == "none" else options.target
        runs[name] = run(setting, scaler(name, setting, target), arrivals, curve)
        found[name] = figures.figures(runs[name], none)
        if sys.stderr.isatty():
            sys.stderr.write(f"{name}: {len(arrivals)} seconds in {time.monotonic() - began:.1f} s\n")
    return found, runs, arrivals


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done; 2: a mistake in what was asked for, said in one sentence."""
    options = parser().parse_args(arguments)
    try:
        found, runs, arrivals = simulate(options)
        if options.json:
            options.json.write_text(json.dumps({"policies": found}, indent=1) + "\n")
        if options.plot:
            _plot(options.plot, runs, arrivals, options.trace)
    except (MistakeError, OSError) as error:
        sys.stderr.write(f"simulate: {error}\n")
        return 2
    sys.stdout.write(table(found) + "\n")
    return 0


def _plot(file: Path, runs: dict[str, Run], arrivals: Sequence[float], title: str) -> None:
    try:
        chart = importlib.import_module("autoscaler.simulator.chart")
    except ModuleNotFoundError as error:
        raise MistakeError(
            f"--plot needs {error.name}, which is not installed here: pip install matplotlib, or leave --plot out."
        ) from error
    chart.draw(file, runs, arrivals, title)


if __name__ == "__main__":
    sys.exit(main())
