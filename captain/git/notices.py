"""What GitHub, GitLab and Bitbucket say of a push: whether they said it, and whether it is one to deploy. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from captain.errors import CaptainError

_BRANCH = "refs/heads/"


class Sender(Enum):
    """Whose webhooks are understood."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"


_SIGNATURES = {Sender.GITHUB: "x-hub-signature-256", Sender.BITBUCKET: "x-hub-signature"}
_EVENTS = {Sender.GITHUB: "x-github-event", Sender.GITLAB: "x-gitlab-event", Sender.BITBUCKET: "x-event-key"}
_PUSHES = {Sender.GITHUB: ("push",), Sender.GITLAB: ("Push Hook", "System Hook"), Sender.BITBUCKET: ("repo:push",)}


def sender_of(headers: Mapping[str, str]) -> Sender | None:
    """Who it is by the headers, whose names are in lower case; None for somebody else."""
    return next((sender for sender, name in _EVENTS.items() if name in headers), None)


def is_genuine(sender: Sender, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether somebody sent it who has the secret: GitLab sends it along, the others sign the body with it."""
    if sender is Sender.GITLAB:
        return hmac.compare_digest(headers.get("x-gitlab-token", "").encode(), secret.encode())
    made = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(headers.get(_SIGNATURES[sender], "").encode(), made.encode())


def nothing_to_do(sender: Sender, headers: Mapping[str, str], body: bytes, branch: str) -> str:
    """Why it deploys nothing; empty for a push to the branch. `CaptainError` for what the sender would not send.

    `body` is the JSON, which GitHub may have put into a form.
    """
    event = headers.get(_EVENTS[sender], "")
    if event not in _PUSHES[sender]:
        return f"{event or 'this'} is no push"
    told = _content(body)
    try:
        branches = _of_bitbucket(told) if sender is Sender.BITBUCKET else _of_ref(told)
    except (KeyError, TypeError, AttributeError) as error:
        raise CaptainError(
            f"This is no push as {sender.value} tells of one: {error!r} is missing or of another kind."
        ) from error
    if branch in branches:
        return ""
    return f"{', '.join(branches) or 'what was pushed'} is not {branch}, which is deployed"


def _content(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise CaptainError("The body is no JSON: give the webhook the content type application/json.") from error
    if not isinstance(found, dict):
        raise CaptainError("The body has to be an object.")
    return found


def _of_ref(told: Mapping[str, Any]) -> Sequence[str]:
    """Of GitHub and GitLab: one ref; one that was deleted is at no commit."""
    if not str(told["after"]).strip("0") or told.get("deleted"):
        return ()
    ref: str = told["ref"]
    return (ref.removeprefix(_BRANCH),) if ref.startswith(_BRANCH) else ()


def _of_bitbucket(told: Mapping[str, Any]) -> Sequence[str]:
    """Of Bitbucket: what each change made of a ref, nothing for one that was deleted."""
    made = [change["new"] for change in told["push"]["changes"]]
    return [str(new["name"]) for new in made if new is not None and new["type"] in ("branch", "named_branch")]
