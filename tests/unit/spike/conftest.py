"""A recording as a run would have made it, from functions of time."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from swarm.spike.samples import Facts, Leg, Moment, Recording, Request
from swarm.spike.schedule import Phase, plan

RUN = uuid.UUID(int=1)
Answer = Callable[[float], tuple[float, int | None]]


def make(
    answer: Answer = lambda at: (0.02, 201),
    floor: Answer | None = None,
    wanted: Callable[[int], int | None] = lambda second: 6 if 2 <= second < 25 else 2,
    ready: Callable[[int], int | None] | None = None,
    *,
    rate: float = 50,
    seconds: float = 20,
    after: float = 20,
    cap: int | None = 20,
) -> Recording:
    """``answer(at)``: (latency in seconds, status) of the request due; ``wanted``, ``ready`` by second."""
    facts = Facts(
        run=str(RUN),
        service="flotilla_app",
        site="1",
        objective_ms=250,
        before_seconds=5,
        spike_seconds=seconds,
        before_rate=10,
        spike_rate=rate,
        timeout_seconds=10,
        db_connections_cap=cap,
        floor_replicas=6 if floor else None,
    )
    recording = Recording(facts, rows=[])
    phases = (Phase("before", 10, 5), Phase("during", rate, seconds), Phase("after", 10, after))

    def leg(name: Leg, answers: Answer) -> None:
        for planned in plan(phases, post_share=0.3, sources=2, run=uuid.uuid5(RUN, name)):
            latency, status = answers(planned.at)
            started = round(planned.at + 0.0005, 6)
            recording.requests.append(
                Request(
                    leg=name,
                    index=planned.index,
                    phase=planned.phase,
                    kind=planned.kind,
                    key=planned.key,
                    source=f"10.0.0.{planned.source}",
                    intended=planned.at,
                    started=started,
                    sent=started,
                    done=round(planned.at + latency, 6),
                    status=status,
                    error=None if status else "the connection ended",
                )
            )
            if planned.key is not None and status is not None and status < 300 and recording.rows is not None:
                recording.rows.append(planned.key)

    leg("autoscaled", answer)
    if floor is not None:
        leg("floor", floor)
    is_ready = ready or (lambda second: wanted(second - 2))
    for second in range(-5, int(seconds + after)):
        recording.moments.append(
            Moment(
                leg="autoscaled",
                at=second + 0.012,
                wanted=wanted(second),
                ready=is_ready(second),
                queued=float(max(0, 40 - second)) if second >= 0 else 0.0,
                db_connections=4 + (second % 9),
                reason="concurrency" if second >= 2 else "at_min",
            )
        )
    return recording


@pytest.fixture
def recording() -> Callable[..., Recording]:
    """``recording(answer, floor, wanted, ready, ...)``: see `make`."""
    return make
