"""What the autoscaler sees of a service, what it would do and why, and what would change its mind. Pure."""

from __future__ import annotations

import math

from autoscaler.config import Metric, Policy
from autoscaler.decision import LEARNED, Decision, Reason, moment
from autoscaler.observation import Absence, Demand, Latency, Observation, Usage
from autoscaler.standing import Standing

WHY = {
    Reason.CONCURRENCY: "requests in flight and waiting ask for it",
    Reason.RPS: "the arrivals ask for it, by the target of requests per second",
    Reason.CPU: "the CPU in use asks for it",
    Reason.MEMORY: "the memory in use asks for it",
    Reason.LEARNED: "the arrivals ask for it, by what a replica was seen to serve",
    Reason.LATENCY: "answers take longer than the objective, and more replicas may help",
    Reason.QUERY: "a query of your own asks for it",
    Reason.STEADY: "the replicas fit the demand",
    Reason.STABILIZING: "fewer would do now, but more were needed a short while ago",
    Reason.AT_MIN: "it is the minimum",
    Reason.AT_MAX: "it is the maximum",
    Reason.MISSING_DATA: "figures are missing, and without them nothing is taken away",
    Reason.WARMING_UP: "too little has been seen yet to take replicas away",
    Reason.REVERSAL_BUDGET: "the count has gone up and down often enough lately",
    Reason.DATABASE_BOUND: "the database is what is full, and more replicas would only wait for it too",
    Reason.UNPLACEABLE: "Swarm has no room for those that are wanted already",
    Reason.UNTOUCHABLE: "its count is never written",
    Reason.HELD: "somebody set this count by hand",
    Reason.PAUSED: "a label pauses it",
    Reason.ROLLOUT: "it is being rolled out, and in a rollout nothing is written",
    Reason.CONFLICT: "somebody else wrote the service at the same moment",
    Reason.DISABLED: "its label says so",
    Reason.INVALID_POLICY: "its labels cannot be followed",
}


def explained(standing: Standing) -> list[str]:
    """A few sentences, the most important first."""
    policy, observation, decision = standing.policy, standing.observation, standing.decision
    found = [_count(standing.service, observation, decision)]
    if standing.mistake:
        kept = " The last policy that was right stays in force." if policy is not None else ""
        found.append(f"A label is wrong: {standing.mistake}{kept}")
    if policy is None:
        return found
    found.append("It sees " + _seen(policy, observation) + ".")
    found.append(_would(policy, observation, decision))
    found += [f"The database gate: {step.note}." for step in decision.steps if step.stage == "gate" and step.note]
    found += _learned(policy, decision)
    found += _changes(policy, observation, decision)
    return found


def _replicas(number: int) -> str:
    return f"{number} replica" if number == 1 else f"{number} replicas"


def _count(service: str, observation: Observation, decision: Decision) -> str:
    ready = "" if observation.ready == observation.replicas else f", {observation.ready} of them ready"
    return f"{service} has {_replicas(observation.replicas)}{ready}."


def _seen(policy: Policy, observation: Observation) -> str:
    parts = []
    demand, latency = observation.demand, observation.latency
    if isinstance(demand, Demand):
        parts.append(
            f"{demand.arrivals_per_second:.1f} requests/s, {demand.in_system:.0f} of them in flight or waiting"
        )
        if demand.rejected_per_second:
            parts.append(f"{demand.rejected_per_second:.1f} refused per second")
    elif policy.learns or policy.targets.keys() & {Metric.CONCURRENCY, Metric.RPS}:
        parts.append(f"no demand ({demand.value})")
    if isinstance(latency, Latency):
        parts.append(f"95 % of the answers within {latency.p95_ms:.0f} ms (objective {policy.objective_ms:.0f})")
    if isinstance(observation.cpu, Usage) and observation.cpu.measured:
        parts.append(f"CPU at {observation.cpu.total / observation.cpu.measured:.0%} of the limit")
    elif Metric.CPU in policy.targets:
        parts.append(f"no CPU ({observation.cpu.value if isinstance(observation.cpu, Absence) else 'warming'})")
    for name, value in observation.queries.items():
        parts.append(f"{name}: " + (value.value if isinstance(value, Absence) else f"{value:g}"))
    return "; ".join(parts) or "nothing that it could decide by"


def _would(policy: Policy, observation: Observation, decision: Decision) -> str:
    why = WHY[decision.reason]
    detail = f" ({decision.detail})" if decision.detail else ""
    if decision.desired == observation.replicas:
        return f"It leaves the count as it is: {why}{detail}."
    verb = "It would set" if policy.dry_run else "It sets"
    dry = " A label (dry_run) keeps it from writing." if policy.dry_run else ""
    return f"{verb} {_replicas(decision.desired)}: {why}{detail}.{dry}"


def _learned(policy: Policy, decision: Decision) -> list[str]:
    numbers, found = decision.numbers, []
    if policy.learns and numbers.get("capacity_rps"):
        found.append(
            f"A replica serves about {numbers['capacity_rps']:.1f} requests/s, by "
            f"{numbers['capacity_evidence_seconds']:.0f} seconds of load; {policy.utilization:.0%} of it are used."
        )
    elif policy.learns and LEARNED in decision.recommendations:
        found.append("What a replica can serve is not known yet: there was too little load to learn from.")
    if numbers.get("startup_seconds"):
        found.append(f"A new replica takes about {numbers['startup_seconds']:.1f} s to be ready.")
    return found


def _changes(policy: Policy, observation: Observation, decision: Decision) -> list[str]:
    """What would change its mind."""
    numbers, replicas = decision.numbers, observation.replicas
    if decision.reason in (Reason.PAUSED, Reason.UNTOUCHABLE, Reason.DISABLED, Reason.INVALID_POLICY):
        return []
    if "held_until" in numbers:
        return [f"It goes on at {moment(numbers['held_until'])}, or when another count is set."]
    found = []
    capacity = numbers.get("capacity_rps", 0.0)
    if replicas < policy.maximum and policy.learns and capacity:
        more = math.floor(policy.utilization * capacity * replicas * 1.1)
        found.append(f"More than {more} requests/s would bring another replica.")
    elif replicas < policy.maximum and Metric.CONCURRENCY in policy.targets:
        more = math.floor(policy.targets[Metric.CONCURRENCY] * replicas * 1.1)
        found.append(f"More than {more} requests in flight and waiting would bring another replica.")
    elif replicas >= policy.maximum:
        found.append(f"It cannot have more than {policy.maximum}: raise flotilla.autoscale.max for that.")
    if replicas > policy.minimum and decision.reason is Reason.STABILIZING:
        keep = numbers.get("keep_seconds") if policy.learns and not policy.targets else policy.stabilization_seconds
        found.append(f"It takes replicas away when they have not been needed for {keep or 0:.0f} s.")
    elif replicas > policy.minimum and policy.learns and capacity and not policy.targets:
        fewer = math.floor(policy.utilization * capacity * (replicas - 1))
        found.append(f"With less than {fewer} requests/s for {numbers['keep_seconds']:.0f} s it would take one away.")
    return found
