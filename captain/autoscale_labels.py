"""What is wrong with a stack's autoscale labels, before any of it is written. Pure.

The autoscaler reads the same labels and says more of them; but of a number that is none it can only say so afterwards,
when the service has been deployed and is not scaled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from captain.errors import CaptainError
from captain.stack import Stack

PREFIX = "flotilla.autoscale."
COUNTS = ("min", "max", "initial")
POSITIVE = ("concurrency", "rps", "cpu", "memory", "objective_ms", "stable_seconds", "stabilization_seconds")


def check(stack: Stack) -> None:
    """`CaptainError` with a sentence for each service whose numbers cannot be."""
    wrong = [
        f"{service.key}: {sentence}"
        for service in stack.services.values()
        for sentence in mistakes(service.deploy.labels)
    ]
    if wrong:
        raise CaptainError("\n".join([*wrong, "Nothing was changed."]))


def mistakes(labels: Mapping[str, str]) -> list[str]:
    """A sentence for each label that is no number of its kind; and if min is above max."""
    ours = {key.removeprefix(PREFIX): text.strip() for key, text in labels.items() if key.startswith(PREFIX)}
    found = [
        f'{PREFIX}{name} is "{ours[name]}": give a whole number.'
        for name in COUNTS
        if name in ours and not (ours[name].isascii() and ours[name].isdigit())
    ]
    found += [
        f'{PREFIX}{name} is "{ours[name]}": give a number above 0.'
        for name in POSITIVE
        if name in ours and not _is_positive(ours[name])
    ]
    if not found and "min" in ours and "max" in ours and int(ours["min"]) > int(ours["max"]):
        found.append(f"{PREFIX}min is {ours['min']} and {PREFIX}max is {ours['max']}: min must not be above max.")
    return found


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False
