"""What became of apps: lines for people, objects for programs."""

from __future__ import annotations

from collections.abc import Sequence

from captain.apps.app_plan import Kind
from captain.apps.app_rollout import Outcome


def as_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """A sentence for each, and the last words of what failed below it."""
    lines = []
    for outcome in outcomes:
        lines.append(_sentence(outcome))
        lines += [f"    | {line}" for line in outcome.log]
    return lines


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """An object for each; `release` is null where none was made."""
    return [
        {
            "app": outcome.app,
            "step": outcome.kind.name.lower(),
            "release": outcome.release or None,
            "live": not outcome.why,
            "seconds": round(outcome.seconds, 1),
            "why": outcome.why,
            "log": list(outcome.log),
        }
        for outcome in outcomes
    ]


def _sentence(outcome: Outcome) -> str:
    if outcome.why and not outcome.release:
        return f"{outcome.app}: nothing was deployed: {outcome.why}"
    if outcome.why:
        return f"{outcome.app}: release {outcome.release} failed after {outcome.seconds:.0f} s: {outcome.why}"
    if outcome.kind is Kind.UNCHANGED:
        return f"{outcome.app}: release {outcome.release} is what runs; nothing was done"
    return f"{outcome.app}: release {outcome.release} is live after {outcome.seconds:.1f} s"
