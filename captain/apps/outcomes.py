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
            "ended": outcome.ended,
            "seconds": round(outcome.seconds, 1),
            "why": outcome.why,
            "log": list(outcome.log),
            "replicas": outcome.replicas,
            "back_to": outcome.back_to,
        }
        for outcome in outcomes
    ]


def _sentence(outcome: Outcome) -> str:
    app, after = outcome.app, f"after {outcome.seconds:.1f} s"
    if outcome.why and not outcome.release:
        return f"{app}: nothing was deployed: {outcome.why}"
    if outcome.kind is Kind.UNCHANGED and not outcome.why:
        return f"{app}: release {outcome.release} is what runs; nothing was done"
    what, is_so = f"release {outcome.release}", "is live"
    if outcome.replicas is not None:
        what = f"scaling release {outcome.release} to {_replicas(outcome.replicas)}"
        is_so = "is done: all are healthy and routed" if outcome.replicas else "is done"
    elif outcome.back_to is not None:
        what = f"going back to release {outcome.back_to}, as release {outcome.release},"
        is_so = "is done: it is live"
    if outcome.why:
        return f"{app}: {what} failed after {outcome.seconds:.0f} s: {outcome.why}"
    done = f"; {outcome.ended} of its replicas ran to the end, with 0" if outcome.ended else ""
    return f"{app}: {what} {is_so} {after}{done}"


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"
