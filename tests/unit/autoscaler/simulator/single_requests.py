"""The same service as the model, one request at a time: what the model's distribution is checked against."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence

from autoscaler.simulator.service import Service


def latencies(service: Service, arrivals: Sequence[float], ready: Sequence[int], seed: int) -> list[list[float]]:
    """Seconds that each request took, by the second it arrived in.

    Replicas share their processor among the requests they have (an exponential amount of CPU each); a request goes to
    the one of two random replicas with less in flight; what finds no place waits, first come first served. Replicas
    that go finish what they have.
    """
    chance = random.Random(seed)
    found: list[list[float]] = [[] for _ in arrivals]
    due = [(second + chance.random(), second) for second, count in enumerate(arrivals) for _ in range(int(count))]
    due.sort()
    wait = max(0.0, service.service_seconds - service.cpu_seconds)
    replicas: list[list[list[float]]] = []  # of each: [CPU left, arrived, second]
    queue: list[tuple[float, int]] = []
    now, index, step = 0.0, 0, 0.001
    finishing: list[tuple[float, float, int]] = []
    while index < len(due) or any(replicas) or queue:
        count = ready[min(int(now), len(ready) - 1)]
        while len(replicas) < count:
            replicas.append([])
        while index < len(due) and due[index][0] <= now:
            queue.append(due[index])
            index += 1
        kept = []
        for at, second in queue:
            pair = chance.sample(range(count), 2) if count > 1 else [0]
            best = min(pair, key=lambda number: len(replicas[number]))
            if len(replicas[best]) >= service.concurrency:
                best = min(range(count), key=lambda number: len(replicas[number]))
            if len(replicas[best]) < service.concurrency:
                replicas[best].append([chance.expovariate(service.capacity_rps), at, second])
            else:
                kept.append((at, second))
        queue = kept
        for replica in replicas:
            share = step
            while replica and share > 0:
                least = min(one[0] for one in replica)
                part = min(share / len(replica), least)
                for one in replica:
                    one[0] -= part
                share -= part * len(replica)
                for one in [one for one in replica if one[0] <= 1e-12]:
                    replica.remove(one)
                    heapq.heappush(finishing, (now + step - share + wait, one[1], int(one[2])))
        now += step
        if now > len(arrivals) + 60:
            break
    for ended, at, second in finishing:
        found[second].append(ended - at)
    return found
