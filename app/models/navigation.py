"""The ways through a site beside its posts: menus, and old addresses that lead to new ones."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    CreatedAt,
    Id,
    OrganisationId,
    Reference,
    UpdatedAt,
    in_site,
    length,
    matches,
    not_negative,
    one_of,
    parent_in_site,
)
from app.models.shown import READ, WRITE
from app.models.words import PATH_PATTERN, URL_LENGTH


class Menu(StrEnum):
    """Where on a page it stands."""

    HEADER = "header"
    FOOTER = "footer"


class NavigationItem(Base):
    """An entry of a menu; `position` is its place among those of the same parent, from 0."""

    __tablename__ = "navigation_item"
    __table_args__ = (
        in_site(),
        parent_in_site(),
        in_site("parent_id", parent="navigation_item"),
        UniqueConstraint(
            *("site_id", "menu", "parent_id", "position"),
            postgresql_nulls_not_distinct=True,
            deferrable=True,
            initially="DEFERRED",
        ),
        Index(None, "organisation_id", "site_id", "parent_id"),
        one_of("menu", Menu),
        CheckConstraint("parent_id <> id", name="parent_id"),
        length("label", 200, least=1),
        length("url", URL_LENGTH, least=1),
        *not_negative("position"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference] = mapped_column(info=READ)
    menu: Mapped[str] = mapped_column(info=WRITE)
    parent_id: Mapped[Reference | None] = mapped_column(info=WRITE)
    position: Mapped[int] = mapped_column(SmallInteger, info=WRITE)
    label: Mapped[str] = mapped_column(info=WRITE)
    url: Mapped[str] = mapped_column(info=WRITE)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Redirect(Base):
    """What is said for an old path: another address, or (410) that it is gone for good."""

    __tablename__ = "redirect"
    __table_args__ = (
        in_site(),
        UniqueConstraint("site_id", "from_path"),
        matches("from_path", PATH_PATTERN),
        length("from_path", URL_LENGTH, of="from_path_length"),
        length("to_url", URL_LENGTH, least=1),
        CheckConstraint("status_code IN (301, 302, 307, 308, 410)", name="status_code"),
        CheckConstraint("(status_code = 410) = (to_url IS NULL)", name="gone"),
        CheckConstraint("to_url <> from_path", name="circle"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    site_id: Mapped[Reference] = mapped_column(info=READ)
    from_path: Mapped[str] = mapped_column(info=WRITE)
    to_url: Mapped[str | None] = mapped_column(info=WRITE)
    status_code: Mapped[int] = mapped_column(SmallInteger, server_default="308", info=WRITE)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
