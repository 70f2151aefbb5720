"""What became of apps: objects for programs."""

from __future__ import annotations

from collections.abc import Sequence

from captain.apps.app_rollout import Outcome


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """An object for each; `release` is null where none was made."""
    return [
        {
            "app": outcome.app,
            "step": outcome.kind.name.lower(),
            "release": outcome.release or None,
            "live": not outcome.why,
            "ended": outcome.ended,
            "seconds": round(outcome.seconds, 1),
            "why": outcome.why,
            "log": list(outcome.log),
            "replicas": outcome.replicas,
            "back_to": outcome.back_to,
        }
        for outcome in outcomes
    ]
