"""How long replicas are kept that are not needed at the moment. Pure; times in seconds.

Keeping one costs its time; letting it go costs the requests that are late while it starts again, if it is needed again.
Which is cheaper depends on how long the lulls of this service are, and those are remembered: the time is chosen that
would have been the cheapest for the last of them. Without experience it is the price of a start itself, which is never
worse than twice the best choice.
"""

from __future__ import annotations

import math
from functools import lru_cache

from autoscaler.values import dataclass, replace

PRICE_SECONDS = 40.0
"""Replica-seconds that it is worth to be spared the start of one under load."""
SHORTEST_SECONDS = 20.0
LULL = 0.7
"""A lull begins when the need falls below this share of what it was lately."""
OVER = 0.85
"""It is over when the need is back at this share."""
LONGEST_SECONDS = 900.0
"""A lull that is longer is none: the load has gone."""
REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Patience:
    """What is remembered of a service's lulls."""

    lulls: tuple[float, ...] = ()
    """Their lengths, the newest last; infinite for a load that did not come back."""
    level: float = 0.0
    """Need before the lull that is on."""
    since: float | None = None


def look(patience: Patience, need: float, lately: float, now: float) -> Patience:
    """After a look at the need now, and at the highest lately (both in replicas, as fractions)."""
    if patience.since is None:
        return replace(patience, level=lately, since=now) if need < LULL * lately and lately > 1 else patience
    length = now - patience.since
    if need >= OVER * patience.level:
        return Patience((*patience.lulls[-REMEMBERED + 1 :], length))
    if length > LONGEST_SECONDS:
        return Patience((*patience.lulls[-REMEMBERED + 1 :], math.inf))
    return patience


def seconds(patience: Patience, longest: float) -> float:
    """How long to keep what is not needed, at most `longest`."""
    return _cheapest(patience.lulls, longest)


@lru_cache(maxsize=1024)
def _cheapest(lulls: tuple[float, ...], longest: float) -> float:
    shortest = min(SHORTEST_SECONDS, longest)
    if not lulls:
        return min(PRICE_SECONDS, longest)
    choices = {shortest, *(min(max(lull + 10, shortest), longest) for lull in lulls if lull < longest)}
    return min(choices, key=lambda kept: (_price(lulls, kept), kept))


def _price(lulls: tuple[float, ...], kept: float) -> float:
    return sum(min(lull, kept) + (PRICE_SECONDS if lull > kept else 0.0) for lull in lulls)
