"""One request to CapRover's API: what was sent, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from captain.accounts.book import Caller, Scope
from captain.caprover.envelope import Answer, Refusal, Status
from captain.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Call:
    """`words` are the path's parts, as they came; `source` is a tar that was sent with it."""

    method: str
    words: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    client: str
    caller: Caller | None = None
    by_app_token: bool = False
    source: BinaryIO | None = None

    def require(self, scope: Scope, app: str = "") -> Caller:
        """Who asks, if they may. `Refusal` otherwise."""
        if self.caller is None:
            raise Refusal(Status.TOKEN_INVALID, "Log in first: the token is missing, wrong or over.")
        if not self.caller.may(scope, app):
            what = f"the app {app}" if app else "this"
            raise Refusal(Status.NOT_AUTHORISED, f"Your token may not {scope.value} {what}.")
        return self.caller

    def text(self, key: str) -> str:
        """A text that the body has to have."""
        value = self.body.get(key)
        if not isinstance(value, str) or not value.strip():
            raise Refusal(Status.ILLEGAL_PARAMETER, f"{key} is needed.")
        return value.strip()


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that is `good` once the deployment is live; `waits` says whether the client is kept waiting for it."""

    deployment: Deployment
    good: Answer
    failed: Status = Status.GENERIC
    waits: bool = True
