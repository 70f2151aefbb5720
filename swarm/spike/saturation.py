"""What the least replicas serve when they have more to do than they can: a closed loop, for some seconds."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.spike import wire
from swarm.spike.load import OpenLoop, Target
from swarm.spike.samples import Request
from swarm.spike.schedule import Planned
from swarm.spike.sizing import busy_seconds

LEAD_IN_SECONDS = 2.0
"""Connections are opened and caches filled before it counts."""
SECONDS = 5.0
CLIENTS_PER_REPLICA = 12
"""More than the edge gives to one replica at a time."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """Requests answered with 2xx per second, and cores busy with anything meanwhile."""

    served_per_second: float
    busy_cores: float


async def saturation(target: Target, sources: Sequence[str], post_share: float, replicas: int) -> Saturation:
    """Measures with as many clients as keep ``replicas`` busy. Raises `wire.WireError` if nobody answers at all."""
    loop = asyncio.get_running_loop()
    good = 0

    def take(sample: Request) -> None:
        nonlocal good
        good += sample.status is not None and 200 <= sample.status < 300

    asked = OpenLoop(target, sources, take)
    run, begin = uuid.uuid4(), loop.time()
    end = begin + LEAD_IN_SECONDS + SECONDS

    async def client(number: int) -> None:
        count = 0
        while loop.time() < end:
            count += 1
            post = int((count + 1) * post_share) > int(count * post_share)
            key = str(uuid.uuid5(run, f"{number}-{count}")) if post else None
            due = loop.time() - begin
            await asked.one(
                "autoscaled",
                Planned(count, "before", due, "POST" if post else "GET", key, number % len(sources)),
                begin,
            )

    async def measured() -> Saturation:
        await asyncio.sleep(LEAD_IN_SECONDS)
        before, spent, at = good, _busy(), loop.time()
        await asyncio.sleep(SECONDS)
        length = loop.time() - at
        return Saturation((good - before) / length, (_busy() - spent) / length)

    try:
        async with asyncio.TaskGroup() as group:
            measuring = group.create_task(measured())
            for number in range(max(1, replicas) * CLIENTS_PER_REPLICA):
                group.create_task(client(number))
    finally:
        asked.close()
    if not good:
        raise wire.WireError("not one request was answered well")
    return measuring.result()


def _busy() -> float:
    return busy_seconds(Path("/proc/stat").read_text(), os.sysconf("SC_CLK_TCK"))
