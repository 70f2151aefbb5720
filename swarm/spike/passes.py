"""The two passes of a run: the autoscaler follows the step; then one manual scale call does, the floor to
compare with.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from swarm.engine import EngineError
from swarm.spike import summary, table
from swarm.spike.control import ENABLED, Control
from swarm.spike.load import OpenLoop, Target
from swarm.spike.samples import Leg, Moment, Recording, Request
from swarm.spike.schedule import Phase, plan
from swarm.spike.watch import Seen, Watch

LEAST_AFTER_SECONDS = 10  # p95 after the spike needs some requests
FLOOR_AFTER_SECONDS = 10
LEAD_IN_SECONDS = 0.5  # between starting the tasks and the first request
HEADER_EVERY = 25


class Passes:
    """Runs passes under the same phases and adds what happens to the recording."""

    def __init__(
        self,
        *,
        recording: Recording,
        run: uuid.UUID,
        phases: tuple[Phase, Phase, Phase],
        post_share: float,
        target: Target,
        sources: Sequence[str],
        control: Control,
        watch: Watch,
        say: Callable[[str], None],
    ) -> None:
        self._recording = recording
        self._run = run
        self._phases = phases
        self._post_share = post_share
        self._target = target
        self._sources = sources
        self._control = control
        self._watch = watch
        self._say = say
        self._answered: list[Request] = []  # since the last row of the table

    @property
    def rate(self) -> float:
        """Requests per second of the step."""
        return self._phases[1].rate

    async def autoscaled(self) -> None:
        """The spike as the autoscaler answers it; goes on after it until the replicas are back, bounded."""
        spike_seconds = self._phases[1].seconds

        def enough(moments: Sequence[Moment]) -> bool:
            if not moments or moments[-1].at < spike_seconds + LEAST_AFTER_SECONDS:
                return False
            before, most = summary.replicas_before(moments), summary.most_wanted(moments)
            if before is None or most is None:
                return False
            return most <= before or summary.scaled_back_after(moments, spike_seconds)[0] is not None

        await self._pass("autoscaled", self._phases, enough)

    async def floor(self, settle_seconds: float) -> None:
        """The same step with the autoscaler off for this service and one scale call at the step.

        Puts the service's label back, whatever happens. Without a scale-out there is nothing to compare: a
        note.
        """
        moments = [moment for moment in self._recording.moments if moment.leg == "autoscaled"]
        before, most = summary.replicas_before(moments), summary.most_wanted(moments)
        if before is None or most is None or most <= before:
            self._note("floor_seconds", "The autoscaler never scaled out, so there is no count to start by hand.")
            return
        enabled = await self._control.set_label(ENABLED, "false")
        try:
            await self._control.scale(before)
            if not await self._control.settled(before, settle_seconds):
                self._note("floor_seconds", f"The service did not settle at {before} replicas before the floor.")
                return
            self._say(
                f"\nThe floor: the same spike, and one manual scale call from {before} to {most} replicas at second 0."
            )
            self._recording.facts = replace(self._recording.facts, floor_replicas=most)
            after = replace(self._phases[2], seconds=min(self._phases[2].seconds, FLOOR_AFTER_SECONDS))
            await self._pass(
                "floor",
                (self._phases[0], self._phases[1], after),
                lambda _: False,
                lambda: self._control.scale(most),
            )
        finally:
            await self._control.scale(before)
            await self._control.set_label(ENABLED, enabled)

    async def _pass(
        self,
        name: Leg,
        phases: tuple[Phase, Phase, Phase],
        enough: Callable[[Sequence[Moment]], bool],
        at_step: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        # A run of its own for each pass, so that the keys differ.
        run = uuid.uuid5(self._run, name)
        planned = plan(phases, post_share=self._post_share, sources=len(self._sources), run=run)
        loop = OpenLoop(self._target, self._sources, self._take, timeout_seconds=self._recording.facts.timeout_seconds)
        step_at = asyncio.get_running_loop().time() + LEAD_IN_SECONDS + phases[0].seconds
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            load = group.create_task(loop.run(name, planned, step_at, stop))
            if at_step is not None:
                group.create_task(_at(step_at, at_step))
            group.create_task(self._table(name, step_at, load, stop, enough))

    async def _table(
        self,
        name: Leg,
        step_at: float,
        load: asyncio.Task[None],
        stop: asyncio.Event,
        enough: Callable[[Sequence[Moment]], bool],
    ) -> None:
        clock = asyncio.get_running_loop().time
        moments: list[Moment] = []
        self._answered.clear()
        second = -int(self._phases[0].seconds)
        lines = 0
        while not load.done():
            await asyncio.sleep(max(0.0, step_at + second - clock()))
            at = round(clock() - step_at, 3)
            answered, self._answered = self._answered, []
            seen, replicas = await asyncio.gather(self._watch.seen(), self._replicas())
            moment = _moment(name, at, seen, replicas)
            moments.append(moment)
            self._recording.moments.append(moment)
            if lines % HEADER_EVERY == 0:
                self._say(table.header())
            lines += 1
            self._say(table.render(self._row(round(at), answered, moment)))
            if enough(moments):
                stop.set()
            # A second that took longer is not made up for.
            second = max(second + 1, int(clock() - step_at) + (1 if clock() > step_at else 0))

    def _row(self, second: int, answered: Sequence[Request], moment: Moment) -> table.Row:
        limit = self._recording.facts.timeout_seconds
        return table.Row(
            second=second,
            answered=len(answered),
            p95_ms=summary.percentile((summary.latency_ms(request, limit) for request in answered), 95),
            failed=sum(summary.failed(request, limit) for request in answered),
            queued=moment.queued,
            ready=moment.ready,
            wanted=moment.wanted,
            db_connections=moment.db_connections,
            reason=moment.reason,
        )

    def _take(self, request: Request) -> None:
        self._recording.requests.append(request)
        self._answered.append(request)

    def _note(self, key: str, why: str) -> None:
        self._recording.facts.notes[key] = why
        self._say(why)

    async def _replicas(self) -> tuple[int, int] | None:
        try:
            return await self._control.replicas()
        except EngineError:
            return None  # shown as "?" and recorded as missing


def _moment(name: Leg, at: float, seen: Seen, replicas: tuple[int, int] | None) -> Moment:
    wanted, ready = replicas or (None, None)
    return Moment(
        leg=name,
        at=at,
        wanted=wanted,
        ready=ready,
        queued=seen.queued,
        db_connections=seen.db_connections,
        reason=seen.reason,
    )


async def _at(when: float, do: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(max(0.0, when - asyncio.get_running_loop().time()))
    await do()
