"""Redirects of a site: what is said for an old path."""

from __future__ import annotations

from app.errors import PlatformError, invalid_member
from app.rows import Rows


def not_found() -> PlatformError:
    """The redirect that the address names does not exist on that site."""
    return PlatformError(
        404, "redirect_not_found", "There is no such redirect; list the site's redirects to see which there are."
    )


def _taken() -> PlatformError:
    return PlatformError(409, "path_taken", "Another redirect of this site has the path; change that one.")


def _gone() -> PlatformError:
    return invalid_member("/to_url", "With the status 410 `to_url` is null; with every other it says where to go.")


def _circle() -> PlatformError:
    return invalid_member("/to_url", "A redirect cannot lead to where it begins.")


REDIRECTS = Rows(
    "redirect",
    shown=("id", "site_id", "from_path", "to_url", "status_code", "created_at", "updated_at"),
    taken={"from_path": "text", "to_url": "text", "status_code": "smallint"},
    missing=not_found,
    filters={"from_path": "from_path = :from_path"},
    refusals={"uq_redirect_site_id_from_path": _taken, "ck_redirect_gone": _gone, "ck_redirect_circle": _circle},
)
