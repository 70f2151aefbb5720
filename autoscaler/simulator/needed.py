"""The fewest replicas that meet the objective at a rate: an offline sweep of the model. Pure."""

from __future__ import annotations

from functools import lru_cache

from autoscaler.simulator.service import Model, Service

SETTLE_SECONDS = 4
LEAST_SHARE = 0.95
"""Of the requests, this share has to be within the objective."""


@lru_cache(maxsize=200_000)
def meets(service: Service, rate: float, replicas: int, objective_seconds: float) -> bool:
    """Whether so many replicas answer a steady rate within the objective, by running the model."""
    if rate <= 0:
        return True
    model = Model(service, replicas)
    for _ in range(SETTLE_SECONDS):
        seen = model.step(rate, objective_seconds)
    return seen.failed == 0 and seen.over <= (1 - LEAST_SHARE) * rate and model.backlog == 0


def needed(service: Service, rate: float, objective_seconds: float, minimum: int, maximum: int) -> int:
    """The fewest from `minimum` to `maximum`; `maximum` where even that is too few. More never serve worse."""
    rate = _rounded(rate)
    low, high = minimum, maximum
    while low < high:
        middle = (low + high) // 2
        if meets(service, rate, middle, objective_seconds):
            high = middle
        else:
            low = middle + 1
    return low


def _rounded(rate: float) -> float:
    """To three digits, upwards, so that a sweep is done once for rates that hardly differ."""
    if rate < 100:
        return float(-(-rate // 1)) if rate > 20 else round(rate + 0.049, 1)
    step = 10 ** (len(str(int(rate))) - 3)
    return float(-(-rate // step) * step)
