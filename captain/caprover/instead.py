"""Routes of CapRover's that captain does not have: what an operator does instead. Pure.

Each sentence is the end of "captain …", and names a command or a part of docs/.
"""

from __future__ import annotations

from collections.abc import Mapping

from captain.caprover.envelope import Refusal, Status

_SYSTEM, _APPS = "user/system", "user/apps/appdefinitions"
_OWN_REGISTRY = "has a registry already, which up.sh made and what it builds is pushed to (docs/operations.md)"
_TIDIES = "removes images that no release needs by itself; all others: docker image prune on their node"
_JOINS = "goes to no machine by SSH: docker swarm join on the new one (docs/operations.md, Another node)"
_OF_PRO = "has nothing of CapRover Pro; tokens that end are what protects a user (docs/captain-api.md)"
_WATCHED = "leaves measuring to Prometheus: captain metrics APP says what one app does (docs/apps.md)"

INSTEAD: Mapping[str, str] = {
    f"{_APPS}/rename": (
        "renames no app, whose name is its service's and its host's: register another, deploy to it the same image, "
        "and delete this one"
    ),
    f"{_APPS}/unusedimages": _TIDIES,
    f"{_APPS}/deleteimages": _TIDIES,
    f"{_SYSTEM}/createbackup": (
        "makes no archive: what there is and where, for your own backups, is in docs/operations.md (Where is what)"
    ),
    f"{_SYSTEM}/diskcleanup": _TIDIES,
    f"{_SYSTEM}/loadbalancerinfo": _WATCHED,
    f"{_SYSTEM}/netdata": _WATCHED,
    f"{_SYSTEM}/goaccess": _WATCHED,
    f"{_SYSTEM}/goaccess/*/files": _WATCHED,
    f"{_SYSTEM}/nginxconfig": "takes no configuration of nginx: captain.yml has hosts, redirects and readiness",
    f"{_SYSTEM}/nodes": _JOINS,
    f"{_SYSTEM}/versioninfo": "is updated with the stack that it came with: the next version, then ./swarm/up.sh",
    f"{_SYSTEM}/selfhostregistry/enableregistry": _OWN_REGISTRY,
    f"{_SYSTEM}/selfhostregistry/disableregistry": _OWN_REGISTRY,
    f"{_SYSTEM}/themes": "has no dashboard of CapRover's to give a theme to",
    "theme/current": "has no dashboard of CapRover's to give a theme to",
    "user/pro/apikey": _OF_PRO,
    "user/pro/configs": _OF_PRO,
    "user/pro/otp": _OF_PRO,
    "downloads": "makes no archive: what there is and where is in docs/operations.md (Where is what)",
}
"""By path in lower case, whatever the method; `*` is the name of an app."""


def refusal(method: str, path: str) -> Refusal:
    """What a route that captain does not have is answered with; `path` is in lower case."""
    words = path.split("/")
    found = INSTEAD.get(path) or next(
        (instead for other, instead in INSTEAD.items() if "*" in other and _is_like(words, other.split("/"))), ""
    )
    if found:
        return Refusal(Status.ILLEGAL_OPERATION, f"captain {found}.")
    return Refusal(
        Status.ILLEGAL_OPERATION,
        f"captain has no {method} /{path}: docs/caprover.md says what it does instead.",
    )


def _is_like(words: list[str], other: list[str]) -> bool:
    return len(words) == len(other) and all(theirs in ("*", own) for own, theirs in zip(words, other, strict=True))
