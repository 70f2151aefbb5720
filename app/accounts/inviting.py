"""Inviting people to an organisation, by mail or with a link that its maker hands on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, pauses, sessions, signing_in, signing_up, throttle
from app.accounts.addresses import required
from app.accounts.permissions import Permission, may, may_give
from app.accounts.refusals import conflict, link_invalid, not_allowed, not_found, not_signed_in
from app.accounts.secrets import digest, new_secret
from app.accounts.service import Service
from app.accounts.sessions import Identity
from app.accounts.transactions import act
from app.accounts.visitor import Visitor
from app.acting import Acting, organisation
from app.errors import PlatformError
from app.mail import messages, outbox
from app.refusals import refusing

GOOD_FOR = timedelta(days=7)

_MAKE = text(
    "INSERT INTO invitation (email, role, secret_sha256, invited_by_account_id, expires_at)"
    " VALUES (:email, :role, :secret, :account, now() + :good_for) RETURNING id, email, role, expires_at, created_at"
)
_NAME = text("SELECT name FROM organisation WHERE id = acting_organisation()")
_OPEN = text(
    "SELECT id, email, role, expires_at, created_at FROM invitation"
    " WHERE organisation_id = acting_organisation() AND accepted_at IS NULL AND expires_at > now() ORDER BY id"
)
_TAKE_BACK = text("DELETE FROM invitation WHERE id = :id AND accepted_at IS NULL RETURNING role")
_FIND = text(
    "SELECT id, organisation_id, email, role FROM invitation"
    " WHERE secret_sha256 = :secret AND accepted_at IS NULL AND expires_at > now()"
)
# Whoever invited has to be a member still: who was removed lets nobody in.
_ACCEPT = text(
    "UPDATE invitation SET accepted_at = now() WHERE id = :id AND accepted_at IS NULL AND expires_at > now()"
    " AND EXISTS (SELECT FROM member WHERE account_id = invitation.invited_by_account_id AND ended_at IS NULL)"
    " RETURNING id"
)
_JOIN = text(
    "INSERT INTO member (account_id, role) VALUES (:account, :role) ON CONFLICT (organisation_id, account_id)"
    " DO UPDATE SET role = excluded.role, ended_at = NULL WHERE member.ended_at IS NOT NULL RETURNING id"
)


class Invited(TypedDict):
    """An invitation that is open. Without `email` it is for whoever has the link."""

    id: str
    email: str | None
    role: str
    expires_at: datetime
    created_at: datetime


class Shown(TypedDict):
    """What whoever has the link is told."""

    organisation_name: str
    role: str
    email: str | None
    account_exists: bool


async def invite(
    service: Service, identity: Identity, email: str | None, role: str, visitor: Visitor
) -> tuple[Invited, str | None]:
    """The invitation, and its link if it is not mailed. PlatformError 403 for a role that one may not give."""
    if not may_give(identity.role, role):
        raise not_allowed()
    address = None
    if email is not None:
        address = required(email)
        await throttle.admit(service.database, pauses.mails(address, visitor.address or ""))
    return await service.database.write(_acting(identity), _invite, service, identity, address, role, visitor)


async def open_invitations(service: Service, identity: Identity) -> list[Invited]:
    """Those of the session's organisation."""
    _require(identity)
    return await service.database.read(_acting(identity), _open)


async def take_back(service: Service, identity: Identity, invitation_id: str, visitor: Visitor) -> None:
    """The link is good for nothing from now on."""
    _require(identity)
    await service.database.write(_acting(identity), _take_back, identity, invitation_id, visitor)


async def show(service: Service, token: str, visitor: Visitor) -> Shown:
    """What an invitation is to; it is not used up by that."""
    found = await _find(service, token, visitor)
    name = await service.database.read(organisation(found.organisation_id), _name)
    known = found.email is not None and await signing_in.account_of(service, found.email) is not None
    return Shown(organisation_name=name, role=found.role, email=found.email, account_exists=known)


async def accept(service: Service, identity: Identity, token: str, visitor: Visitor) -> str:
    """A signed-in person joins, and their session acts for the organisation from now on; its new secret."""
    found = await _find(service, token, visitor)
    if found.email is not None and found.email != identity.email.lower():
        raise conflict("other_address", f"The invitation is for {found.email}; sign in with that address.")
    secret = await service.database.write(
        acting.account(identity.account_id, found.organisation_id), _accept, identity, found, visitor
    )
    service.sessions.forget(identity.account_id)
    return secret


async def accept_new(service: Service, token: str, name: str, password: str, visitor: Visitor) -> str:
    """Makes an account for the address that was invited and joins; the secret of its first session."""
    found = await _find(service, token, visitor)
    if found.email is None:
        raise conflict("sign_up_first", "Sign up first, then open the invitation's link again.")
    password_hash = await signing_up.hashed(service, password, found.email)
    return await service.database.write(
        acting.by_secret(digest(token)), _accept_new, found, name, password_hash, visitor
    )


async def _find(service: Service, token: str, visitor: Visitor) -> Any:
    counted = pauses.tokens(visitor.address or "")
    await throttle.admit(service.database, counted)
    found = await service.database.read(acting.by_secret(digest(token)), _by_secret, digest(token))
    if found is None:
        raise link_invalid()
    await throttle.succeeded(service.database, counted)
    return found


def _require(identity: Identity) -> None:
    if not may(identity.role, Permission.MANAGE_MEMBERS):
        raise not_allowed()


def _acting(identity: Identity) -> Acting:
    return acting.account(identity.account_id, identity.organisation_id)


async def _by_secret(connection: AsyncConnection, secret_sha256: bytes) -> Any:
    return (await connection.execute(_FIND, {"secret": secret_sha256})).one_or_none()


async def _name(connection: AsyncConnection) -> str:
    name: str = (await connection.execute(_NAME)).scalar_one()
    return name


async def _open(connection: AsyncConnection) -> list[Invited]:
    rows = (await connection.execute(_OPEN)).mappings()
    return [Invited(**row) for row in rows]  # type: ignore[typeddict-item]  # the statement's columns


async def _invite(
    connection: AsyncConnection, service: Service, identity: Identity, email: str | None, role: str, visitor: Visitor
) -> tuple[Invited, str | None]:
    secret = new_secret()
    values = {"email": email, "role": role, "secret": digest(secret), "account": identity.account_id}
    row = (await connection.execute(_MAKE, values | {"good_for": GOOD_FOR})).mappings().one()
    link = service.link("invitation", secret)
    if email is not None:
        name = await _name(connection)
        await outbox.add(connection, messages.invitation(email, name, identity.name, role, link, GOOD_FOR))
    await events.of_organisation(connection, identity.account_id, "invited", "invitation", row["id"], visitor)
    made = Invited(**row)  # type: ignore[typeddict-item]  # as above
    return made, None if email is not None else link


async def _take_back(connection: AsyncConnection, identity: Identity, invitation_id: str, visitor: Visitor) -> None:
    gone = (await connection.execute(_TAKE_BACK, {"id": invitation_id})).one_or_none()
    if gone is None:
        raise not_found("open invitation")
    await events.of_organisation(
        connection, identity.account_id, "invitation-taken-back", "invitation", invitation_id, visitor
    )


async def _accept(connection: AsyncConnection, identity: Identity, found: Any, visitor: Visitor) -> str:
    await _join(connection, identity.account_id, found, visitor)
    await sessions.choose(connection, identity, found.organisation_id)
    secret = await sessions.renew(connection, identity)
    if secret is None:
        raise not_signed_in()
    return secret


async def _accept_new(connection: AsyncConnection, found: Any, name: str, password_hash: str, visitor: Visitor) -> str:
    account_id = await signing_up.make_account(connection, found.email, name, password_hash)
    await act(connection, acting.account(account_id, found.organisation_id))
    await events.of_account(connection, account_id, "signed-up", visitor)
    await _join(connection, account_id, found, visitor)
    return await sessions.start(connection, account_id, visitor)


def _no_room(error: PlatformError) -> PlatformError:
    """For somebody who can neither delete members nor change a plan."""
    sentence = (
        "The organisation has as many members as its plan allows, so nobody can join it now. Tell whoever invited you; "
        "once there is room again, the same link lets you in."
    )
    return PlatformError(error.status, error.code, sentence, more=error.more)


async def _join(connection: AsyncConnection, account_id: str, found: Any, visitor: Visitor) -> None:
    if (await connection.execute(_ACCEPT, {"id": found.id})).one_or_none() is None:
        raise link_invalid()
    try:
        with refusing({}):
            joined = (await connection.execute(_JOIN, {"account": account_id, "role": found.role})).one_or_none()
    except PlatformError as error:
        if error.code == "limit_reached":
            raise _no_room(error) from error
        raise
    if joined is None:
        raise conflict("member_already", "You are a member of this organisation already.")
    await events.of_organisation(connection, account_id, "invitation-accepted", "invitation", found.id, visitor)
