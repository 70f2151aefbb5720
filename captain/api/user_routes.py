"""Users and their tokens, and who did what."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Request

from captain.accounts.book import Scope
from captain.accounts.command_line import lifetime
from captain.api.models import AuditOut, AuditPage, CallerOut, NewToken, TokenIn, TokenOut, UserIn, UserOut
from captain.api.needs import AuditIn, UsersIn, Who, note, require
from captain.api.problems import Problem
from captain.audit import MOST_AT_ONCE

router = APIRouter(tags=["Users"])

Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST_AT_ONCE, description="At most so many.")]
Before: TypeAlias = Annotated[
    str,
    Query(
        pattern="^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$",
        description="Only what is older than the entry with this id; `next` of the page before.",
    ),
]


@router.get("/me")
def get_me(who: Who) -> CallerOut:
    """Whom the token speaks for."""
    return CallerOut(user=who.user, scope=who.scope, apps=list(who.apps))


@router.get("/tokens")
def list_tokens(who: Who, users: UsersIn) -> list[TokenOut]:
    """The user's own; all of them for an administrator."""
    require(who, Scope.READ)
    is_admin = who.may(Scope.ADMIN)
    return [
        TokenOut(user=user.name, **{name: getattr(token, name) for name in TokenOut.model_fields if name != "user"})
        for user in users.book(0).users.values()
        if is_admin or user.name == who.user
        for token in user.tokens
    ]


@router.post("/tokens", status_code=201)
def make_token(wanted: TokenIn, request: Request, who: Who, users: UsersIn, audit: AuditIn) -> NewToken:
    """Another token of the user's, which may do no more than they may."""
    if not users.book().is_whole(who) or not who.scope.includes(wanted.scope):
        raise Problem(403, "not_allowed", "A token is made with one that may do all that its user may.")
    note(request, audit, who)
    secret = users.add_token(who.user, wanted.name, wanted.scope, wanted.apps, lifetime(wanted.days))
    return NewToken(token=secret)


@router.delete("/tokens/{token}", status_code=204)
def revoke_token(token: str, request: Request, who: Who, users: UsersIn, audit: AuditIn) -> None:
    """End a token of one's own at once; an administrator ends any."""
    if token != who.token:
        require(who, Scope.READ)
    note(request, audit, who)
    users.remove_token(token, "" if who.may(Scope.ADMIN) else who.user)


@router.get("/users")
def list_users(who: Who, users: UsersIn) -> list[UserOut]:
    """All users."""
    require(who, Scope.ADMIN)
    found = users.book(0).users.values()
    return [UserOut(name=user.name, scope=user.scope, has_password=bool(user.password)) for user in found]


@router.post("/users", status_code=201)
def make_user(wanted: UserIn, request: Request, who: Who, users: UsersIn, audit: AuditIn) -> NewToken:
    """Another user, and the first token of theirs."""
    require(who, Scope.ADMIN)
    note(request, audit, who)
    return NewToken(token=users.add_user(wanted.name, wanted.scope))


@router.delete("/users/{user}", status_code=204)
def remove_user(user: str, request: Request, who: Who, users: UsersIn, audit: AuditIn) -> None:
    """With all tokens; the last administrator stays."""
    require(who, Scope.ADMIN)
    note(request, audit, who)
    users.remove_user(user)


@router.get("/audit")
def list_audit(who: Who, audit: AuditIn, limit: Limit = 200, before: Before = "") -> AuditPage:
    """Who did what, newest first."""
    require(who, Scope.ADMIN)
    page = audit.page(limit, before)
    entries = [AuditOut.model_validate(entry, from_attributes=True) for entry in page.entries]
    onward = entries[-1].id if len(entries) == limit else None
    return AuditPage(entries=entries, next=onward, is_complete=not page.away, why=page.away)
