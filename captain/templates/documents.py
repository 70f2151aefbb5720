"""An installation as values of JSON: what is going to be done, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from captain.apps.app_plan import as_json as steps_json
from captain.apps.app_rollout import Outcome
from captain.apps.outcomes import as_json as outcomes_json
from captain.templates.installation import UNBUILT, Installation


def planned(installation: Installation) -> dict[str, Any]:
    """`steps` as of any plan, `built` (app → number of Dockerfile lines), `unsupported` with path and reason."""
    return {
        "steps": [
            {**row, "changes": [line.replace(UNBUILT, "is to be built") for line in step.changes]}
            for step, row in zip(installation.steps, steps_json(installation.steps), strict=True)
        ],
        "built": {
            app.spec.name: len(app.dockerfile_lines) for app in installation.becomes.apps if app.dockerfile_lines
        },
        "unsupported": [{"path": entry.path, "why": entry.why} for entry in installation.becomes.unsupported],
    }


def ended(installation: Installation, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`apps`, of which the last may have failed, those `not_begun` after it, and the template's last `instructions`."""
    return {
        **planned(installation),
        "apps": outcomes_json(outcomes),
        "not_begun": [found.spec.name for found in installation.becomes.apps[len(outcomes) :]],
        "instructions": installation.becomes.end,
    }
