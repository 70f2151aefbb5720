"""The lease that keeps an autoscaler off a service for the moment between a write and its rollout. Pure.

Between captain's write and the updater's first sign the service looks settled. A count that is written then makes
the new release the one that Swarm would roll back to. So the write itself carries a label that says until when
autoscalers have to wait; it runs out by itself, and the next write that captain has to do leaves it out. An
operator's own pause is the same label: the longer of the two holds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from swarm.engine_objects import JSON

PAUSED_UNTIL_LABEL = "flotilla.autoscale.paused_until"
LEASE = timedelta(seconds=30)
_ENABLED_LABEL = "flotilla.autoscale.enabled"


def with_pause(spec: JSON, live: JSON, rolls_out: bool, now: datetime) -> JSON:
    """The spec to write, with a lease if it `rolls_out` an autoscaled service, or with a longer pause that is set.

    A pause that is over, in `live`, is left out.
    """
    labels = spec.get("Labels") or {}
    until = _unix_seconds((live.get("Labels") or {}).get(PAUSED_UNTIL_LABEL, ""))
    if rolls_out and labels.get(_ENABLED_LABEL, "").lower() == "true":
        until = max(until, int((now + LEASE).timestamp()))
    if until <= now.timestamp():
        return spec
    return {**spec, "Labels": {**labels, PAUSED_UNTIL_LABEL: str(until)}}


def _unix_seconds(text: str) -> int:
    return int(text) if text.isdecimal() else 0
