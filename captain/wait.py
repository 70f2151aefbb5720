"""Waiting until what was deployed is up and routed, and naming what is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from captain.deadline import Step
from captain.labels import NAMESPACE_LABEL
from captain.progress import Progress
from captain.rollout import Phase, ServiceState, Written, by_service, service_state
from captain.stalled import end_stalled
from swarm.engine import Engine

_PAUSE_SECONDS = 0.5
# A program that dies at its start looks ready for a moment where nothing checks its health.
_STEADY_SECONDS = 2.0
# A rollout that failed is final, but the others may still come up and be told as such.
_MOMENT_AFTER_FAILURE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last look at every service. `unrouted` says why requests do not get through, empty when they do.

    `missed` has what was said of rollouts that missed their deadline, by service.
    """

    states: tuple[ServiceState, ...]
    unrouted: str
    seconds: float
    missed: Mapping[str, str] = field(default_factory=dict)

    @property
    def up(self) -> bool:
        """Everything ready, and routed."""
        return not self.unrouted and all(state.phase is Phase.READY for state in self.states)


def observe(
    engine: Engine,
    stack: str,
    names: Collection[str],
    since: datetime,
    written: Mapping[str, Written],
    missed: dict[str, str],
) -> list[ServiceState]:
    """The state of the stack's services in `names`; one that is gone is missing in the answer.

    A rollout past its deadline is ended here too (captain's own watch may be what is being rolled out), and
    what there is to say of it goes into `missed`.
    """
    tasks = by_service(engine.tasks(filters={"label": [f"{NAMESPACE_LABEL}={stack}"]}))
    now = datetime.now(UTC)
    states = []
    for service in sorted(engine.services(f"{NAMESPACE_LABEL}={stack}"), key=lambda found: found.name):
        if service.name not in names:
            continue
        own = tasks.get(service.id, [])
        verdict, _ = end_stalled(engine, service, own, now)
        if verdict.step is not Step.NONE:
            missed[service.name] = verdict.sentence
        states.append(service_state(service, own, now, since, written.get(service.name)))
    return states


def wait_until_up(
    engine: Engine,
    stack: str,
    names: Collection[str],
    written: Mapping[str, Written],
    progress: Progress,
    timeout_seconds: float,
    refusal: Callable[[], str],
) -> Outcome:
    """Look until all is ready and `refusal` (why requests do not get through) is empty, or time is up.

    When everything is so at the first look and nothing was written, it returns at once.
    """
    since, began = datetime.now(UTC), time.monotonic()
    ready_since: float | None = None
    failed_since: float | None = None
    steady = 0.0 if not written else _STEADY_SECONDS
    missed: dict[str, str] = {}
    while True:
        states = observe(engine, stack, names, since, written, missed)
        seconds = time.monotonic() - began
        progress.show(states, seconds)
        everything_ready = len(states) == len(names) and all(state.phase is Phase.READY for state in states)
        unrouted = ""
        if everything_ready:
            ready_since = seconds if ready_since is None else ready_since
            unrouted = refusal()
            if not unrouted and seconds - ready_since >= steady:
                return Outcome(tuple(states), "", seconds)
        else:
            ready_since, steady = None, _STEADY_SECONDS
        if any(state.phase is Phase.FAILED for state in states):
            failed_since = seconds if failed_since is None else failed_since
        over = seconds >= timeout_seconds
        settled = failed_since is not None and seconds - failed_since >= _MOMENT_AFTER_FAILURE_SECONDS
        if over or (settled and all(state.phase is not Phase.UPDATING for state in states)):
            return Outcome(tuple(states), unrouted, seconds, missed)
        time.sleep(_PAUSE_SECONDS)


def failures(outcome: Outcome, names: Sequence[str]) -> list[str]:
    """One sentence per service that is not up, each with the command that shows more."""
    sentences = []
    seen = {state.name: state for state in outcome.states}
    for name in names:
        state = seen.get(name)
        if state is None:
            sentences.append(f"{name} is gone: somebody removed it; run this again.")
            continue
        if state.phase is Phase.READY:
            continue
        problem = outcome.missed.get(name, state.problem)
        why = f": {problem.rstrip('.')}" if problem else ""
        doing = "failed" if state.phase is Phase.FAILED else f"is still {state.phase.value}"
        sentences.append(
            f"{name} {doing} with {state.ready} of {state.wanted} ready after {outcome.seconds:.0f} s{why}. "
            f"See: docker service ps --no-trunc {name}; docker service logs --tail 50 {name}"
        )
    if outcome.unrouted:
        edge = next((name for name in names if name.endswith("_edge")), "")
        sentences.append(f"{outcome.unrouted}. See: docker service logs --tail 50 {edge}")
    return sentences
