"""Who wrote a post, and every version of it that was saved."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.audit import OPERATOR_LENGTH
from app.models.base import (
    ACTING_OPERATOR,
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    UpdatedAt,
    in_site,
    length,
    not_negative,
)
from app.models.post import BODY_LENGTH, EXCERPT_LENGTH, TITLE_LENGTH


class PostAuthor(Base):
    """An author of a post; `position` is the place among them, from 0. An author is or was a member."""

    __tablename__ = "post_author"
    __table_args__ = (
        in_site("post_id", parent="post"),
        ForeignKeyConstraint(
            ["organisation_id", "account_id"], ["member.organisation_id", "member.account_id"], ondelete="CASCADE"
        ),
        # Deferrable: two that change places are in each other's for a moment.
        UniqueConstraint("post_id", "position", deferrable=True, initially="DEFERRED"),
        Index(None, "organisation_id", "account_id"),
        *not_negative("position"),
    )

    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference]
    post_id: Mapped[Reference] = mapped_column(primary_key=True)
    account_id: Mapped[Reference] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Revision(Base):
    """A post as it was saved once, by whom and why. It is never changed.

    `account_id` is null where a program saved, or an operator in Studio, who then stands in `operator`.
    """

    __tablename__ = "revision"
    __table_args__ = (
        in_site("post_id", parent="post"),
        ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["member.organisation_id", "member.account_id"],
            ondelete="SET NULL (account_id)",
        ),
        Index(None, "organisation_id", "site_id", "post_id", "id"),
        Index(None, "organisation_id", "account_id", postgresql_where=text("account_id IS NOT NULL")),
        length("title", TITLE_LENGTH, least=1),
        length("body", BODY_LENGTH),
        length("excerpt", EXCERPT_LENGTH),
        length("reason", EXCERPT_LENGTH),
        length("operator", OPERATOR_LENGTH, least=1),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference]
    post_id: Mapped[Reference]
    account_id: Mapped[Reference | None]
    operator: Mapped[str | None] = mapped_column(server_default=ACTING_OPERATOR)
    title: Mapped[str]
    body: Mapped[str]
    excerpt: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
