"""``python -m swarm.spike``: what `swarm/spike.sh` runs inside the cluster. See ``--help``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import socket
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

from swarm.engine import Engine, EngineError
from swarm.spike import plot, rows, samples, sources, summary, table, wire
from swarm.spike.control import AUTOSCALE, ENABLED, MINIMUM, OBJECTIVE, SwarmControl
from swarm.spike.load import Target
from swarm.spike.passes import Passes
from swarm.spike.saturation import saturation
from swarm.spike.schedule import Phase, ScheduleError, check
from swarm.spike.sizing import SizingError, step
from swarm.spike.watch import Watch

TIMEOUT_SECONDS = 10.0
DEFAULT_OBJECTIVE_MS = 250.0
QUIET_SECONDS = 12.0
"""After a measurement under full load, so that no window still holds it when the autoscaler is on again."""

KEY_VARIABLE = "FLOTILLA_API_KEY"
"""Holds the API key to write with; not an argument, which everybody on the machine could read."""


class SpikeError(Exception):
    """The spike cannot be run; the text says what to do."""


def parser() -> argparse.ArgumentParser:
    """The options; `swarm/spike.sh` passes its own on."""
    options = argparse.ArgumentParser(
        prog="swarm/spike.sh",
        allow_abbrev=False,
        description="Sends a bounded spike of requests through the edge, on a fixed schedule whatever the "
        "answers are, and shows how the stack follows.",
        epilog="A request has failed without a whole 2xx answer within 10 s of its intended time; latency "
        "counts from the intended time. Nothing is repeated.",
    )
    add = options.add_argument
    add("--rate", type=_rate, default=None, help="requests/s of the spike, or auto: what this machine can show (auto)")
    add("--before-rate", type=float, default=10.0, help="requests/s before and after it (%(default)g)")
    add("--seconds", type=float, default=60.0, help="length of the spike (%(default)g)")
    add("--before", type=float, default=10.0, help="seconds before the step (%(default)g)")
    add(
        "--after",
        type=float,
        default=420.0,
        help="at most so many seconds after it, until scaled back (%(default)g)",
    )
    add(
        "--settle",
        type=float,
        default=300.0,
        help="at most so many seconds to wait for the minimum (%(default)g)",
    )
    add("--post-share", type=float, default=0.3, help="share of POSTs, the rest GETs (%(default)g)")
    add("--sources", type=int, default=50, help="source addresses (%(default)d)")
    add("--no-floor", action="store_true", help="do not measure the floor (one manual scale call, same load)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add(
        "--raw",
        type=Path,
        metavar="FILE",
        help="write a JSON line per request there (tests/bench/recompute reads it)",
    )
    add("--plot", type=Path, metavar="FILE.svg", help="write a plot there")
    add("--domain", default="localhost", help="the stack's domain; requests go to app.<domain> (%(default)s)")
    add(
        "--service",
        default="flotilla_app",
        help="the service to watch and to scale for the floor (%(default)s)",
    )
    add("--cap", type=int, help="cap of database connections, if PgBouncer's exporter does not tell")
    add("--edge", help=argparse.SUPPRESS)  # address of the edge on this node; else tasks.flotilla_edge
    add("--edge-port", type=int, default=8080, help=argparse.SUPPRESS)
    add("--prometheus", default="http://prometheus:9090", help=argparse.SUPPRESS)
    add("--autoscaler", default="http://autoscaler:9103", help=argparse.SUPPRESS)
    return options


def _rate(text: str) -> float | None:
    return None if text == "auto" else float(text)


def say(text: str) -> None:
    """A line to whoever watches, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def edge_address(given: str | None) -> str:
    """The edge's overlay address, and never anything outside of it. Raises SpikeError."""
    if given:
        return given
    try:
        return str(socket.getaddrinfo("tasks.flotilla_edge", None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise SpikeError("There is no edge: bring the stack up first (./swarm/up.sh).") from error


async def run(options: argparse.Namespace) -> None:
    """A whole run: site, size of the step, autoscaled pass, floor, rows read back, files. Raises SpikeError,
    EngineError, ScheduleError, SizingError.
    """
    check(_phases(options, options.rate or 1.0), options.post_share, options.sources)
    edge = edge_address(options.edge)
    host = f"app.{options.domain}"
    token = os.environ.get(KEY_VARIABLE, "")
    if not token:
        raise SpikeError(f"There is no API key in {KEY_VARIABLE}: run ./swarm/spike.sh, which makes one.")
    control = SwarmControl(Engine.from_socket(), options.service)
    watch = Watch(options.prometheus, options.autoscaler, options.service)
    run_id = uuid.uuid4()
    try:
        site = await rows.make_site(edge, options.edge_port, host, token, f"spike-{run_id.hex[:12]}")
    except (wire.WireError, OSError, TimeoutError) as error:
        raise SpikeError(
            f"The platform at http://{host} does not take a new site ({error or 'no answer'}): "
            "see `docker service ls`, then try again."
        ) from error
    addresses, sentence = await sources.acquire(edge, options.edge_port, options.sources)
    say(sentence)
    labels = {name: value for name, value in (await control.labels()).items() if name.startswith(AUTOSCALE)}
    target = Target(edge, options.edge_port, host, token, site)
    await _at_rest(options, control)
    rate, served_each = options.rate, None
    if not rate:
        rate, served_each = await _sized(options, target, addresses, control)
    phases = _phases(options, rate)
    check(phases, options.post_share, options.sources)
    recording = samples.Recording(
        samples.Facts(
            run=str(run_id),
            service=options.service,
            site=site,
            objective_ms=float(labels.get(OBJECTIVE, DEFAULT_OBJECTIVE_MS)),
            before_seconds=options.before,
            spike_seconds=options.seconds,
            before_rate=options.before_rate,
            spike_rate=rate,
            timeout_seconds=TIMEOUT_SECONDS,
            db_connections_cap=await watch.cap() or options.cap,
            served_each=served_each,
            labels=labels,
        )
    )
    passes = Passes(
        recording=recording,
        run=run_id,
        phases=phases,
        post_share=options.post_share,
        target=target,
        sources=addresses,
        control=control,
        watch=watch,
        say=say,
    )
    try:
        await _passes(options, passes)
        try:
            recording.rows = await rows.titles(target)
        except (wire.WireError, OSError, TimeoutError) as error:
            for key in ("lost_posts", "duplicated_posts"):
                recording.facts.notes[key] = f"The rows could not be read back: {error or 'no answer'}."
    finally:
        if options.raw:  # also of a run that was interrupted
            with options.raw.open("w") as out:
                samples.write(recording, out)
    figures = summary.summarize(recording)
    say("")
    for line in table.sentences(figures, recording.facts.objective_ms):
        say(line)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    if options.plot:
        options.plot.write_text(plot.svg(recording))


def _phases(options: argparse.Namespace, rate: float) -> tuple[Phase, Phase, Phase]:
    return (
        Phase("before", options.before_rate, options.before),
        Phase("during", rate, options.seconds),
        Phase("after", options.before_rate, options.after),
    )


async def _at_rest(options: argparse.Namespace, control: SwarmControl) -> None:
    """Waits, bounded, until the service is at its minimum."""
    labels = await control.labels()
    least = int(labels[MINIMUM]) if MINIMUM in labels and labels.get(ENABLED) == "true" else None
    if not await control.settled(least, 0):
        where = "rest" if least is None else f"its minimum of {least} replicas"
        say(f"Waiting until {options.service} is at {where} …")
        if not await control.settled(least, options.settle):
            say("It is not, and the spike begins all the same.")


async def _sized(
    options: argparse.Namespace, target: Target, addresses: Sequence[str], control: SwarmControl
) -> tuple[float, float]:
    """(the rate of the step, what one saturated replica served): what the replicas serve when saturated, times what
    the cores have room for."""
    wanted, _ = await control.replicas()
    say(f"How much do {wanted} replicas serve? Some seconds of full load, the autoscaler off for {options.service} …")
    enabled = await control.set_label(ENABLED, "false")
    try:
        found = await saturation(target, addresses, options.post_share, wanted)
        await asyncio.sleep(QUIET_SECONDS)
    except wire.WireError as error:
        raise SpikeError(f"The step cannot be sized: {error}. See ./swarm/captain.sh status.") from error
    finally:
        await control.set_label(ENABLED, enabled)
    sized = step(found.served_per_second, found.busy_cores, os.cpu_count() or 1)
    say(
        f"{found.served_per_second:.0f} requests/s, with {found.busy_cores:.1f} of {os.cpu_count()} cores busy; "
        f"so the step goes to {sized.rate:.0f}."
    )
    if sized.remark:
        say(sized.remark)
    await _at_rest(options, control)
    return sized.rate, round(found.served_per_second / max(1, wanted), 1)


async def _passes(options: argparse.Namespace, passes: Passes) -> None:
    rate = passes.rate
    say(f"The spike: {rate:g} requests/s for {options.seconds:g} s from second 0, {options.before_rate:g} around it.")
    await passes.autoscaled()
    if not options.no_floor:
        await passes.floor(options.settle)


async def _stoppable(options: argparse.Namespace) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await run(options)


def main() -> int:
    """0: measured, whatever the figures; 1: could not be run; 130: interrupted."""
    options = parser().parse_args()
    # A connection for every request of the spike that waits: a soft limit of 1024 would end it.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        asyncio.run(_stoppable(options))
    except (SpikeError, EngineError, ScheduleError, SizingError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except asyncio.CancelledError:
        sys.stderr.write("Interrupted; the service's autoscaling is as it was.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
