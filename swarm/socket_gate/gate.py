"""What may pass to the Docker Engine: version, lists and inspection of services, and a change of replicas. Pure.

Invariant: of a request that is to change something, only one number goes on. What is written is the spec that the
gate read itself, with that number in it; a byte of the request's own body never reaches the engine.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]

ENABLED_LABEL = "flotilla.autoscale.enabled"
MAX_LABEL = "flotilla.autoscale.max"
DEFAULT_MAX = 10
"""As the autoscaler reads a service without that label."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
_READS = re.compile(rf"(?:/v1\.\d+)?/(?:version|services|tasks|services/{_NAME})")
_UPDATE = re.compile(rf"(?:/v1\.\d+)?/services/(?P<service>{_NAME})/update")
_VERSION = re.compile(r"\d{1,19}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `query` is as it came, decoded, in order; a path with escapes in it is not decoded."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """Does not pass; `status` is HTTP's and the sentence says what would."""

    sentence: str
    status: int = 403


@dataclass(frozen=True, slots=True)
class Reads:
    """Passes as it is."""


@dataclass(frozen=True, slots=True)
class Update:
    """Wants to write a service; `decide_update` says whether it may, once the live one was read."""

    service: str
    version_index: int
    posted: JSON


@dataclass(frozen=True, slots=True)
class Write:
    """Passes: this spec, against this version of the service with this id."""

    service_id: str
    version_index: int
    spec: JSON


def decide(asked: Asked) -> Refused | Reads | Update:
    """What the request is, from itself alone."""
    if asked.method == "GET" and _READS.fullmatch(asked.path):
        return Reads()
    update = _UPDATE.fullmatch(asked.path)
    if asked.method != "POST" or update is None:
        return Refused(
            f"{asked.method} {asked.path} does not pass: reading the version, services and tasks does, and updating a "
            "service's replicas."
        )
    if len(asked.query) != 1 or asked.query[0][0] != "version" or not _VERSION.fullmatch(asked.query[0][1]):
        return Refused("An update passes with the parameter version, a number, and no other.")
    try:
        posted = json.loads(asked.body)
    except ValueError:
        return Refused("An update passes with a service's spec as JSON.", 400)
    if not isinstance(posted, dict):
        return Refused("An update passes with a service's spec as JSON.", 400)
    return Update(update["service"], int(asked.query[0][1]), posted)


def decide_update(update: Update, live: JSON) -> Refused | Write:
    """Whether the update changes replicas alone. `live` is the service as the engine's newest API tells it.

    An older API version leaves out what it does not know: a spec that was read through one is another spec here.
    """
    spec: JSON = live["Spec"]
    name = spec["Name"]
    labels = spec.get("Labels") or {}
    if str(labels.get(ENABLED_LABEL, "")).strip().lower() != "true":
        return Refused(f"{name} is not labelled {ENABLED_LABEL}=true: its replicas are not the autoscaler's.")
    if live["Version"]["Index"] != update.version_index:
        at = live["Version"]["Index"]
        return Refused(f"update out of sequence: {name} is at version {at}, not {update.version_index}", 409)
    replicas = _replicas(update.posted)
    if replicas is None or _replicas(spec) is None:
        return Refused(f"An update of {name} passes with Mode.Replicated.Replicas, a whole number.")
    most = _most(labels)
    if not 1 <= replicas <= most:
        return Refused(f"{name} may have 1 to {most} replicas ({MAX_LABEL}), not {replicas}.")
    written = copy.deepcopy(spec)
    written["Mode"]["Replicated"]["Replicas"] = replicas
    if _text(written) != _text(update.posted):
        return Refused(f"An update of {name} passes if it changes its replicas; this one changes more.")
    return Write(live["ID"], update.version_index, written)


def _replicas(spec: JSON) -> int | None:
    mode = spec.get("Mode")
    replicated = mode.get("Replicated") if isinstance(mode, dict) else None
    replicas = replicated.get("Replicas") if isinstance(replicated, dict) else None
    return replicas if isinstance(replicas, int) and not isinstance(replicas, bool) else None


def _text(spec: JSON) -> str:
    """For comparing: == takes 1, 1.0 and true for the same."""
    return json.dumps(spec, sort_keys=True)


def _most(labels: dict[str, str]) -> int:
    try:
        return int(float(labels.get(MAX_LABEL, DEFAULT_MAX)))
    except (ValueError, OverflowError):
        return DEFAULT_MAX
