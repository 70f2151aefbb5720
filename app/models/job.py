"""Work that the worker does in the background."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    Settings,
    UpdatedAt,
    in_organisation,
    in_site,
    length,
    matches,
    not_negative,
    one_of,
)
from app.models.words import WORDS_PATTERN


class JobStatus(StrEnum):
    """Failed is for good: it was tried often enough."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """One task of an organisation, from `run_at` on. A worker that runs it has it until `leased_until`.

    Two that wait or run have different `only_once` keys, so that the same work is not queued twice.
    """

    __tablename__ = "job"
    __table_args__ = (
        in_organisation(),
        in_site(),
        Index(None, "organisation_id", "site_id"),
        Index("ix_job_due", "run_at", postgresql_where=text("status = 'queued'")),
        Index("ix_job_leased", "leased_until", postgresql_where=text("status = 'running'")),
        Index(
            "uq_job_only_once",
            *("organisation_id", "kind", "only_once"),
            unique=True,
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        one_of("status", JobStatus),
        matches("kind", WORDS_PATTERN),
        length("only_once", 200, least=1),
        length("last_error", 2_000),
        CheckConstraint("(status = 'running') = (leased_until IS NOT NULL)", name="leased_until"),
        CheckConstraint("(status IN ('queued', 'running')) = (finished_at IS NULL)", name="finished_at"),
        CheckConstraint("attempts <= attempts_limit", name="attempts_limit"),
        *not_negative("attempts"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference | None]
    kind: Mapped[str]
    payload: Mapped[Settings]
    only_once: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=JobStatus.QUEUED.value)
    run_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    attempts_limit: Mapped[int] = mapped_column(SmallInteger, server_default="5")
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
