"""Which role may do what in its organisation. Pure.

Sessions ask with the member's role; an API key's scopes are the same three kinds of work.
"""

from __future__ import annotations

from enum import StrEnum

OWNER, ADMIN, EDITOR, WRITER = "owner", "admin", "editor", "writer"
RANKS = {WRITER: 1, EDITOR: 2, ADMIN: 3, OWNER: 4}
"""Each may do what those with a lower number may, and more."""


class Permission(StrEnum):
    """What the API asks for before it does something."""

    READ_CONTENT = "read_content"
    """Sites, posts, media, tags: drafts too."""

    WRITE_CONTENT = "write_content"
    """Write posts and media."""

    PUBLISH = "publish"
    """Publish anybody's posts, and change them."""

    MANAGE_SITES = "manage_sites"
    """Make sites, change their domains and settings."""

    MANAGE_MEMBERS = "manage_members"
    """Invite, change roles, end memberships: of roles not above one's own."""

    MANAGE_KEYS = "manage_keys"
    """Make and revoke API keys and webhooks."""

    MANAGE_ORGANISATION = "manage_organisation"
    """Rename or delete the organisation, and change its plan."""


_LEAST = {
    Permission.READ_CONTENT: WRITER,
    Permission.WRITE_CONTENT: WRITER,
    Permission.PUBLISH: EDITOR,
    Permission.MANAGE_SITES: ADMIN,
    Permission.MANAGE_MEMBERS: ADMIN,
    Permission.MANAGE_KEYS: ADMIN,
    Permission.MANAGE_ORGANISATION: OWNER,
}


def may(role: str | None, permission: Permission) -> bool:
    """Whether a member with this role may. Whoever is no member (None), or has a role that is none, may nothing."""
    return RANKS.get(role or "", 0) >= RANKS[_LEAST[permission]]


def may_give(giver: str | None, role: str) -> bool:
    """Whether a member may make somebody a member with `role`: nobody gives more than they have."""
    return may(giver, Permission.MANAGE_MEMBERS) and role in RANKS and RANKS[role] <= RANKS[giver or ""]


def scopes_of(role: str | None) -> frozenset[str]:
    """The scopes of an API key (`app/models/api_key.py`) that a member's session is worth."""
    scopes = set()
    if may(role, Permission.READ_CONTENT):
        scopes.add("read_content")
    if may(role, Permission.WRITE_CONTENT):
        scopes.add("write_content")
    if may(role, Permission.MANAGE_SITES):
        scopes.add("manage")
    return frozenset(scopes)
