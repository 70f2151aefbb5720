"""What is said of a template that is deployed: for programs, and as lines for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from captain.cli import said

Row: TypeAlias = Mapping[str, Any]


def plan_lines(planned: Row) -> list[str]:
    """What is going to be done; `planned` has `steps`, `built` (app → number of Dockerfile lines) and `unsupported`."""
    built = [
        f"{app}: its image is built from {lines} Dockerfile lines first" for app, lines in planned["built"].items()
    ]
    left_out = [f"    {entry['path']} {entry['why']}" for entry in planned["unsupported"]]
    return [*said.plan_lines(planned["steps"]), *built, *left_out]


def ended_lines(app: str, document: Row) -> list[str]:
    """What came of it; `document` has `apps`, `not_begun` and `instructions`."""
    rows: Sequence[Row] = document["apps"]
    lines = said.outcome_lines(rows)
    if failed(document):
        if document["not_begun"]:
            lines.append(f"not begun: {', '.join(document['not_begun'])}")
        lines.append(f"Run it again to go on with the same secrets, or take it away: captain remove {app}")
    elif document["instructions"]:
        lines += ["", *str(document["instructions"]).splitlines()]
    return lines


def failed(document: Row) -> bool:
    """Whether an app is not live; those after it were not begun."""
    return bool(document["apps"][-1]["why"])
