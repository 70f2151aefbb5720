"""Carries out what `captain.deadline` says of one rollout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from captain.deadline import Step, Verdict, judge
from swarm.engine import Engine, NotFound, OutOfSequence, Service, Task


def carry_out(engine: Engine, service: Service, verdict: Verdict) -> bool:
    """Do what the verdict says; False when nothing was written, also if somebody else was faster."""
    try:
        if verdict.step is Step.ROLL_BACK:
            engine.roll_back(service)
        elif verdict.step is Step.RESTORE and verdict.spec is not None:
            engine.update_service(service.id, service.version_index, verdict.spec)
        else:
            return False
    except (OutOfSequence, NotFound):
        return False  # the next look judges what is there then
    return True


def end_stalled(engine: Engine, service: Service, tasks: Sequence[Task], now: datetime) -> tuple[Verdict, bool]:
    """Judge one service and act; the verdict, and whether something was written."""
    verdict = judge(service, tasks, now)
    return verdict, carry_out(engine, service, verdict)
