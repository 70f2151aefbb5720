"""What the tests of decisions begin with: policies, demand, and the state after so many ticks."""

from __future__ import annotations

from dataclasses import replace

from autoscaler.config import PREFIX, Policy, parse_policy
from autoscaler.decision import Decision
from autoscaler.history import History
from autoscaler.observation import Demand, Observation, WorkingSets
from autoscaler.policy import decide

START = 1_700_000_000.0


def policy(**ours: str) -> Policy:
    return parse_policy({PREFIX + key: text for key, text in ours.items()})


def demand(concurrency: float, arrivals: float = 10.0, at: float = 0.0, complete: bool = True) -> Demand:
    return Demand(at, concurrency, concurrency, arrivals, 0.0, complete)


def tasks(each: float, count: int) -> WorkingSets:
    """So many tasks with the same working set."""
    return WorkingSets({f"task-{number}": each for number in range(count)})


def after(
    seconds: int,
    chosen: Policy,
    observation: Observation,
    history: History | None = None,
    start: float = START,
) -> tuple[History, Decision]:
    """The state after so many ticks with the same observation, replicas as decided."""
    history = history or History()
    for second in range(seconds):
        now = start + second
        if isinstance(observation.demand, Demand):
            observation = replace(observation, demand=replace(observation.demand, sampled_at=now))
        history, decision = decide(chosen, history, observation, now)
        observation = replace(observation, replicas=decision.desired, ready=decision.desired)
    return history, decision
