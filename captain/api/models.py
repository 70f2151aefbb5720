"""The JSON of captain's own API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from captain.accounts.book import Scope
from captain.builds.queue import State as BuildState
from captain.deployment import Deployment, State

AppDocument = dict[str, Any]
"""An app as captain.yml says it (docs/apps.md)."""


class OutcomeOut(BaseModel):
    """What came of it. `step` is the kind of what was done, and empty where it did not come to that."""

    app: str
    step: str
    release: int | None
    live: bool
    ended: int = Field(description="Replicas that ran to their end, with 0, and are not started again.")
    seconds: float
    why: str
    log: list[str] = Field(description="The last lines of what failed.")
    replicas: int | None = Field(description="The number that was to be, where nothing else was asked for.")
    back_to: int | None = Field(description="The release that was gone back to.")


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
    outcome: OutcomeOut | None = Field(description="When it is over.")
    log: list[str] = Field(default_factory=list, description="The last lines of it, where one is asked for.")

    @classmethod
    def of(cls, found: Deployment, log: list[str] | None = None) -> DeploymentOut:
        """From captain's own value."""
        done = found.done
        outcome = OutcomeOut(
            app=found.app,
            step=done.step,
            release=done.release or None,
            live=not done.why,
            seconds=round(done.seconds, 1),
            why=done.why,
            log=list(done.log),
            replicas=done.replicas,
            back_to=done.back_to,
            ended=done.ended,
        )
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
            outcome=outcome if found.state.is_over else None,
            log=log or [],
        )


class ReleaseOut(BaseModel):
    """`state` is running, earlier, failed or unfinished."""

    release: int
    created_at: datetime | None
    state: str
    image: str
    note: str
    changes: list[str] = Field(description="What it changed, in captain.yml's words, without values of environment.")


class BuildOut(BaseModel):
    """A build. `interrupted` is one whose captain ended; `image` is empty until it is made."""

    build: int
    app: str
    state: BuildState
    git_hash: str
    image: str
    why: str = Field(description="Why it is not done; empty otherwise.")
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class BuildLogOut(BuildOut):
    log: list[str] = Field(description="What it said, and the rollout after it.")
    left_out: int = Field(description="Lines that came before those.")


class AppOut(BaseModel):
    """An app. `wanted` and `release` are null before its first release."""

    app: str
    document: AppDocument = Field(
        description="As captain.yml says it; who may only read sees no values of environment."
    )
    hosts: list[str]
    image: str = Field(description="That runs; empty before its first release.")
    rollout: str = Field(description="The Swarm's word for it.")
    release: int | None
    wanted: int | None
    ready: int
    ended: int = Field(description="Replicas that ran to their end, with 0, and are not started again.")
    is_busy: bool


class MetricsOut(BaseModel):
    """An app's figures, as means over `over_seconds`. Null is what is not known, and never zero."""

    app: str
    over_seconds: int
    requests_per_second: float | None
    p95_seconds: float | None = Field(description="From a request's arrival to the last byte.")
    errors: float | None = Field(description="Of the answers, 0–1.")
    cpu: float | None = Field(description="Of the limit, 0–1, the mean of the replicas.")
    cpu_most: float | None = Field(description="Of the limit, 0–1, of the replica that has the most.")
    memory: float | None = Field(description="Of the limit, 0–1, the mean of the replicas.")
    memory_most: float | None = Field(description="Of the limit, 0–1, of the replica that has the most.")
    cpus: float | None = Field(description="Of all replicas together.")
    memory_bytes: float | None = Field(description="Of all replicas together.")
    ready: float | None
    wanted: float | None


class RollbackIn(BaseModel):
    release: int | None = Field(None, ge=1, description="The one before without it.")


class ReplicasIn(BaseModel):
    replicas: int = Field(ge=0)


class PlanIn(BaseModel):
    apps: dict[str, AppDocument]


class StepOut(BaseModel):
    """`text` is the end of a sentence about the app."""

    app: str
    text: str
    step: str
    restarts_tasks: bool
    release: int | None
    changes: list[str]


class LogLineOut(BaseModel):
    """`replica` is null where the Swarm knows no more than the task's id."""

    time: datetime
    app: str
    replica: str | None
    task: str
    node: str
    stream: str
    line: str


class LogOut(BaseModel):
    lines: list[LogLineOut] = Field(description="In the order of their times.")
    is_cut: bool = Field(description="Whether there may be older ones that would have fitted.")


class HappenedOut(BaseModel):
    """`event` is a word for programs, `text` the end of a sentence about the app."""

    time: datetime
    app: str
    event: str
    text: str


class SecretOut(BaseModel):
    """A secret of apps. `apps` are those whose running release has it."""

    secret: str
    created_at: datetime | None
    apps: list[str]


class StatusOut(BaseModel):
    """`services` are the stack's and the apps'; `notes` sentences about the whole."""

    stack: str
    services: list[dict[str, Any]]
    notes: list[str]


class RunIn(BaseModel):
    command: list[str] = Field(min_length=1, max_length=1000, description="In place of the image's arguments.")


class ExecIn(BaseModel):
    command: list[str] = Field(min_length=1, max_length=1000)
    replica: int | None = Field(None, ge=1, description="Its number; any without it.")


class SourceIn(BaseModel):
    """Where an app's source is, for webhooks."""

    repository: str = Field(description="https://HOST/PATH, or git@HOST:PATH with the app's deploy key.")
    branch: str = "main"
    renew: bool = Field(False, description="Make another webhook secret and another deploy key; the old ones end.")


class SourceOut(BaseModel):
    """`secret` and `trigger`, CapRover's token, are told by PUT alone."""

    repository: str
    branch: str
    deploy_key: str = Field(description="For the repository's deploy keys; reading is enough.")
    secret: str | None = Field(description="The webhooks' secret.")
    trigger: str | None


class HookOut(BaseModel):
    """What became of a webhook. `deployment` is null where there was nothing to deploy, and `why` says so."""

    deployment: int | None
    why: str


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


class TemplateIn(BaseModel):
    template: str = Field(max_length=100, description="The name that the template goes by.")
    text: str = Field(max_length=2**18, description="Its YAML or JSON.")
    values: dict[str, str] = Field(
        default_factory=dict, description="Of variables, by their ids; the one of before, else the default, without."
    )
    allow_docker_socket: list[str] = Field(
        default_factory=list, description="Apps that may be root on their node. For administrators."
    )


class TemplateKnownOut(BaseModel):
    """What is known of an app that was made of a template, and under which domain its names would be."""

    template: str | None
    answered: list[str] = Field(description="Ids of variables that keep their value where none is given.")
    instructions: str = Field(description="What to do once it is live; passwords may be in it.")
    domain: str


class UnsupportedOut(BaseModel):
    """`why` is the end of a sentence about the place in the template."""

    path: str
    why: str


class TemplatePlanOut(BaseModel):
    steps: list[StepOut]
    built: dict[str, int] = Field(description="Apps whose image is built, and from how many Dockerfile lines.")
    unsupported: list[UnsupportedOut]
