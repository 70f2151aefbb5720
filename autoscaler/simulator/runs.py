"""A policy on a trace, a second at a time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autoscaler.config import Policy
from autoscaler.simulator import figures
from autoscaler.simulator.figures import Run
from autoscaler.simulator.flotilla import Flotilla
from autoscaler.simulator.needed import needed
from autoscaler.simulator.peers import Bounds, Constant, Hpa, Kpa, Oracle, Scaler, Steps
from autoscaler.simulator.service import Model, Second, Service

NAMES = ("flotilla", "hpa", "kpa", "step", "oracle", "none")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all policies of one comparison share."""

    service: Service
    bounds: Bounds
    objective_seconds: float = 0.25
    seed: int = 0


def scaler(name: str, setting: Setting, target: float | None = None) -> Scaler:
    """A policy by its name, at its default target or at another: the utilization (of the capacity, of the CPU) that it
    plans with; for `step` its upper threshold, for `none` the number of replicas. Raises KeyError."""
    bounds = setting.bounds
    match name:
        case "flotilla":
            policy = Policy(
                minimum=bounds.minimum,
                maximum=bounds.maximum,
                initial=bounds.minimum,
                objective_ms=1000 * setting.objective_seconds,
            )
            return Flotilla(policy if target is None else replace(policy, utilization=target))
        case "hpa":
            return Hpa(bounds) if target is None else Hpa(bounds, target)
        case "kpa":
            return Kpa(bounds, setting.service.each) if target is None else Kpa(bounds, setting.service.each, target)
        case "step":
            return Steps(bounds) if target is None else Steps(bounds, high=target, low=target * 0.3)
        case "oracle":
            return Oracle(bounds, setting.service, setting.objective_seconds)
        case "none":
            return Constant(bounds.within(bounds.minimum if target is None else target))
    raise KeyError(name)


def needed_curve(setting: Setting, arrivals: Sequence[float]) -> list[int]:
    """The fewest replicas that meet the objective, for every second."""
    bounds = setting.bounds
    return [
        needed(setting.service, rate, setting.objective_seconds, bounds.minimum, bounds.maximum) for rate in arrivals
    ]


def run(setting: Setting, chosen: Scaler, arrivals: Sequence[float], curve: Sequence[int]) -> Run:
    """Begins with what the first second needs."""
    model = Model(setting.service, curve[0], seed=setting.seed)
    latencies: dict[int, float] = {}
    ready: list[int] = []
    desired: list[int] = []
    past: list[Second] = []
    over = failed = 0.0
    for rate in arrivals:
        second = model.step(rate, setting.objective_seconds)
        over += second.over
        failed += second.failed
        figures.add(latencies, model.sketch)
        ready.append(second.ready)
        past.append(second)
        wish = chosen.replicas(past, model.wanted, model.ready, model.started)
        if wish != model.wanted:
            model.scale(wish)
        desired.append(model.wanted)
    return Run(
        needed=curve,
        ready=ready,
        desired=desired,
        arrivals=sum(arrivals),
        over=over,
        failed=failed,
        latencies=latencies,
        connections=model.connections,
    )
