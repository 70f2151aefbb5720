"""The spike against a server with known faults, over real sockets: each fault has to show in the figures.

In time of their own: a stall of the machine is not a fault of the server.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swarm.spike import rows, samples, summary
from swarm.spike.load import Target
from swarm.spike.passes import Passes
from swarm.spike.samples import Facts, Recording
from swarm.spike.schedule import Phase
from swarm.spike.watch import Watch

sys.path.insert(0, str(Path(__file__).parent))
from loop_time import in_its_own_time
from spike_stub import TOKEN, Stub

RATE = 60.0
RECOMPUTE = Path(__file__).parents[2] / "bench" / "recompute"


class Replicas:
    """A service whose replicas are a number; the autoscaler's part is played by ``follow``."""

    def __init__(self, follow: int | None = None) -> None:
        self.wanted = 2
        self.by_name: dict[str, str | None] = {"flotilla.autoscale.enabled": "true"}
        self.calls: list[object] = []
        self._follow = follow
        self._asked = 0

    async def replicas(self) -> tuple[int, int]:
        self._asked += 1
        if self._follow and self.by_name["flotilla.autoscale.enabled"] == "true":
            # Out in second 2, back in second 14: one question a second, the first in second -1.
            self.wanted = self._follow if 4 <= self._asked < 16 else 2
        return self.wanted, self.wanted

    async def scale(self, replicas: int) -> None:
        self.calls.append(replicas)
        self.wanted = replicas

    async def set_label(self, name: str, value: str | None) -> str | None:
        before, self.by_name[name] = self.by_name[name], value
        self.calls.append(value)
        return before

    async def labels(self) -> dict[str, str]:
        return {name: value for name, value in self.by_name.items() if value is not None}

    async def settled(self, replicas: int | None, seconds: float) -> bool:
        return replicas in (None, self.wanted)


async def spike(
    stub: Stub,
    control: Replicas,
    *,
    seconds: float = 2,
    after: float = 1,
    port: int | None = None,
    floor: bool = False,
    timeout: float = 10,
    sources: tuple[str, ...] = ("127.0.0.2", "127.0.0.3", "127.0.0.4"),
) -> tuple[Recording, dict[str, Any]]:
    """A whole run against the stub: (recording, figures)."""
    site = await rows.make_site("127.0.0.1", stub.port, "app.localhost", TOKEN, "stub")
    facts = Facts(
        run="run",
        service="flotilla_app",
        site=site,
        objective_ms=250,
        before_seconds=1,
        spike_seconds=seconds,
        before_rate=20,
        spike_rate=RATE,
        timeout_seconds=timeout,
        db_connections_cap=20,
    )
    recording = Recording(facts)
    target = Target("127.0.0.1", port or stub.port, "app.localhost", TOKEN, site)
    url = f"http://127.0.0.1:{stub.port}"
    passes = Passes(
        recording=recording,
        run=uuid.uuid4(),
        phases=(Phase("before", 20, 1), Phase("during", RATE, seconds), Phase("after", 20, after)),
        post_share=0.3,
        target=target,
        sources=sources,
        control=control,
        watch=Watch(url, url, "flotilla_app"),
        say=print,
    )
    await passes.autoscaled()
    if floor:
        await passes.floor(5)
    recording.rows = await rows.titles(replace(target, port=stub.port))
    return recording, summary.summarize(recording)


@in_its_own_time
async def test_a_healthy_server_has_nothing_against_it() -> None:
    """Every request of the schedule arrives once, from every source, on connections that are kept."""
    async with Stub() as stub:
        recording, figures = await spike(stub, Replicas())
        assert figures["samples"]["during"] == 120 and stub.loads == len(recording.requests) == 160
        assert figures["failed"] == figures["lost_posts"] == figures["duplicated_posts"] == 0
        assert figures["samples"]["acknowledged_posts"] == len(stub.rows) == 48
        assert stub.peers == {"127.0.0.2", "127.0.0.3", "127.0.0.4"}
        assert stub.connections < stub.loads / 2
        assert figures["db_connections_max"] == 7


@in_its_own_time
async def test_every_kind_of_failure_is_counted() -> None:
    """503, 500, 404 and a connection that ends: each is a failed request, and none is repeated."""
    statuses = {50: 500, 55: 404, **dict.fromkeys(range(101, 111), 503)}
    async with Stub(status=lambda n: statuses.get(n, 0), hang_up=lambda n: n in (60, 70)) as stub:
        recording, figures = await spike(stub, Replicas())
        assert figures["failed"] == 14
        assert stub.loads == len(recording.requests)
    seen = Counter(request.status for request in recording.requests)
    assert (seen[500], seen[404], seen[503], seen[None]) == (1, 1, 10, 2)


@in_its_own_time
async def test_an_answer_after_the_limit_is_a_failure() -> None:
    """The request is given up at the limit, counted from its intended time."""
    async with Stub(delay=lambda n: 5.0 if n == 100 else 0.0) as stub:
        recording, figures = await spike(stub, Replicas(), timeout=1)
        assert figures["failed"] == 1
        given_up = next(r for r in recording.requests if r.status is None)
        assert given_up.error is not None and "no answer" in given_up.error


@in_its_own_time
async def test_no_server_is_all_failed() -> None:
    """A refused connection is no reason to stop or to send less."""
    async with Stub() as gone:
        closed = gone.port
    async with Stub() as stub:
        recording, figures = await spike(stub, Replicas(), port=closed)
    assert figures["failed"] == len(recording.requests) == 160
    assert figures["time_to_capacity_seconds"] is None
    assert all(request.error for request in recording.requests)


@in_its_own_time
async def test_lost_and_duplicated_posts_are_found() -> None:
    """Acknowledged and not stored, or stored more than once: as many keys as there were."""
    copies = {10: 0, 20: 0, 30: 0, 15: 3, 25: 2}
    async with Stub(copies=lambda n: copies.get(n, 1)) as stub:
        _, figures = await spike(stub, Replicas())
        assert (figures["failed"], figures["lost_posts"], figures["duplicated_posts"]) == (0, 3, 2)


@in_its_own_time
async def test_rows_are_read_through_every_page() -> None:
    """More rows than a page holds: none of them is taken for lost."""
    async with Stub(rows=[f"old {n}" for n in range(2500)]) as stub:
        _, figures = await spike(stub, Replicas())
        assert figures["samples"]["rows"] == 2500 + figures["samples"]["acknowledged_posts"]
        assert figures["lost_posts"] == 0


@in_its_own_time
async def test_a_slow_server_does_not_thin_out_the_load() -> None:
    """Open loop: with answers after two seconds the requests still go out in time, each on a connection."""
    async with Stub(delay=lambda n: 2.0) as stub:
        recording, figures = await spike(stub, Replicas())
        assert stub.loads == len(recording.requests) == 160
        assert figures["failed"] == 0
        assert figures["p95_ms"]["during"] >= 2000
        assert figures["generator_lag_ms"] < 1000


@in_its_own_time
async def test_without_metrics_figures_are_missing_not_zero() -> None:
    """Prometheus and the autoscaler have nothing to say: None, with a reason."""
    async with Stub(metrics=False) as stub:
        recording, figures = await spike(stub, Replicas())
        assert figures["db_connections_max"] is None and "db_connections_max" in figures["missing"]
        assert all(moment.queued is None and moment.reason is None for moment in recording.moments)


@in_its_own_time
async def test_capacity_and_floor_are_measured_under_the_same_load(tmp_path: Path) -> None:
    """Slow until the replicas are there: the autoscaled pass takes longer than the scale call at the step.

    Afterwards the label is what it was, and every figure follows from the raw file.
    """
    control = Replicas(follow=6)

    def delay(number: int) -> float:
        return 0.0 if control.wanted == 6 or number <= 20 else 0.4

    async with Stub(delay=delay) as stub:
        recording, figures = await spike(stub, control, seconds=13, after=3, floor=True)
    assert figures["time_to_capacity_seconds"] > figures["floor_seconds"] >= 0
    assert figures["floor_replicas"] == 6
    assert figures["scaled_back_after_seconds"] is not None
    assert figures["failed"] == figures["floor_failed"] == figures["lost_posts"] == figures["duplicated_posts"] == 0
    # off, the count before, the one call at the step, back, on
    assert control.calls == ["false", 2, 6, 2, "true"]
    with (tmp_path / "raw").open("w") as out:
        samples.write(recording, out)
    (tmp_path / "json").write_text(json.dumps(figures))
    command = [sys.executable, str(RECOMPUTE), str(tmp_path / "raw"), "--check", str(tmp_path / "json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@in_its_own_time
async def test_an_interrupted_floor_puts_the_label_back() -> None:
    """Whoever stops the run in its second half leaves a service that scales."""
    control = Replicas(follow=6)
    async with Stub() as stub:
        run = asyncio.create_task(spike(stub, control, seconds=4, floor=True))
        await _until(lambda: 6 in control.calls, 60)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert control.by_name["flotilla.autoscale.enabled"] == "true"
    assert control.wanted == 2


async def _until(true: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)
