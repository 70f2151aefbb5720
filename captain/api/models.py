"""The JSON of captain's own API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from captain.accounts.book import Scope
from captain.deployments import Deployment, State

AppDocument = dict[str, Any]
"""An app as captain.yml says it (docs/apps.md)."""


class DeploymentOut(BaseModel):
    """Something that was asked for, and how it stands. `release` is null where none was made."""

    id: int
    app: str
    what: str
    by: str
    state: State
    asked_at: datetime
    ended_at: datetime | None
    release: int | None
    why: str = Field(description="Why it failed; empty otherwise.")
    log: list[str] = Field(default_factory=list, description="The last lines of it, where one is asked for.")

    @classmethod
    def of(cls, found: Deployment, log: list[str] | None = None) -> DeploymentOut:
        """From captain's own value."""
        return cls(
            id=found.id,
            app=found.app,
            what=found.what,
            by=found.by,
            state=found.state,
            asked_at=found.asked_at,
            ended_at=found.ended_at,
            release=found.release or None,
            why=found.why,
            log=log or [],
        )


class ReleaseOut(BaseModel):
    """`state` is running, earlier, failed or unfinished."""

    release: int
    image: str
    created_at: datetime | None
    state: str
    note: str


class AppOut(BaseModel):
    """An app. `wanted` and `release` are null before its first release."""

    app: str
    document: AppDocument = Field(
        description="As captain.yml says it; who may only read sees no values of environment."
    )
    hosts: list[str]
    release: int | None
    wanted: int | None
    ready: int
    is_busy: bool


class RollbackIn(BaseModel):
    release: int | None = Field(None, ge=1, description="The one before without it.")


class ReplicasIn(BaseModel):
    replicas: int = Field(ge=0)


class PlanIn(BaseModel):
    apps: dict[str, AppDocument]


class StepOut(BaseModel):
    app: str
    step: str
    restarts_tasks: bool
    release: int | None
    changes: list[str]


class TokenIn(BaseModel):
    """A token of the caller's, which may do no more than they may."""

    name: str = Field(min_length=1, max_length=60)
    scope: Scope = Scope.DEPLOY
    apps: list[str] = Field(default_factory=list, description="Only these apps; all without.", max_length=50)
    days: int | None = Field(None, ge=1, le=3650, description="How long it is good; for ever without.")


class TokenOut(BaseModel):
    id: str
    user: str
    name: str
    scope: Scope
    apps: list[str]
    is_session: bool
    created_at: datetime
    expires_at: datetime | None


class NewToken(BaseModel):
    """`token` is told now and never again."""

    token: str


class UserIn(BaseModel):
    name: str
    scope: Scope = Scope.DEPLOY


class UserOut(BaseModel):
    name: str
    scope: Scope
    has_password: bool


class CallerOut(BaseModel):
    """Whom the token speaks for."""

    user: str
    scope: Scope
    apps: list[str]


class AuditOut(BaseModel):
    id: str
    at: datetime
    by: str
    client: str
    what: str
    went_well: bool


class AuditPage(BaseModel):
    """Entries, newest first; `next` is the `before` of the page after, null on the last one."""

    entries: list[AuditOut]
    next: str | None
    is_complete: bool = Field(
        description="False while the database is away: the entries are then those that wait for it on captain's disk."
    )
    why: str = Field(description="Why it is not complete; empty otherwise.")
