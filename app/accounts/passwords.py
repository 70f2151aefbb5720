"""A new password: in place of a forgotten one, or of the present one."""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, one_time, pauses, queries, second_factor, sessions, signing_in, throttle
from app.accounts.addresses import required
from app.accounts.queries import Credential
from app.accounts.refusals import link_invalid, not_signed_in, wrong_credentials
from app.accounts.secrets import digest
from app.accounts.service import Service
from app.accounts.sessions import Identity
from app.accounts.signing_up import hashed
from app.accounts.transactions import act
from app.accounts.visitor import Visitor
from app.mail import messages, outbox
from app.models.base import NO_ID

_CHANGE = text(
    "INSERT INTO credential (account_id, password_hash, password_changed_at) VALUES (:account, :hash, now())"
    " ON CONFLICT (account_id) DO UPDATE SET password_hash = excluded.password_hash, password_changed_at = now()"
)
_VERIFIED = text("UPDATE account SET email_verified_at = now() WHERE id = :account AND email_verified_at IS NULL")


async def send_reset(service: Service, email: str, visitor: Visitor) -> None:
    """Mails a link. To an address without an account goes one to sign up with: the same work, and the same answer."""
    address = required(email)
    await throttle.admit(service.database, pauses.mails(address, visitor.address or ""))
    account_id = await signing_in.account_of(service, address)
    await service.database.write(acting.account(account_id or NO_ID), _send_reset, service, address, account_id)


async def reset(service: Service, token: str, password: str, code: str | None, visitor: Visitor) -> None:
    """The new password counts, and every session ends. An account with a second factor asks for a code here too."""
    counted = pauses.tokens(visitor.address or "")
    await throttle.admit(service.database, counted)
    found = await service.database.read(acting.by_secret(digest(token)), queries.token, digest(token))
    if found is None or found.purpose != one_time.PASSWORD_RESET or found.email is None:
        raise link_invalid()
    guesses = pauses.guesses(found.account_id, visitor.address or "")
    await throttle.admit(service.database, guesses)
    password_hash = await hashed(service, password, found.email)
    await service.database.write(
        acting.account(found.account_id), _reset, service, token, found.account_id, password_hash, code, visitor
    )
    service.sessions.forget(found.account_id)
    await throttle.succeeded(service.database, (*counted, *guesses))


async def proved(service: Service, identity: Identity, password: str, visitor: Visitor) -> Credential:
    """Whoever sits at the browser knows the account's password too. PlatformError 401, 429.

    It counts as a failure until `settled`: a guesser of the code that may be asked for beside it is slowed down too.
    """
    counted = pauses.guesses(identity.email, visitor.address or "")
    await throttle.admit(service.database, counted)
    known = await service.database.read(acting.account(identity.account_id), queries.credential, identity.account_id)
    kept = known["password_hash"] if known is not None else None
    if not await service.passwords.verify(kept, password) or known is None:
        await signing_in.note_failure(service, identity.account_id, visitor)
        raise wrong_credentials()
    return known


async def settled(service: Service, identity: Identity, visitor: Visitor) -> None:
    """What was `proved` is done."""
    await throttle.succeeded(service.database, pauses.guesses(identity.email, visitor.address or ""))


async def change(service: Service, identity: Identity, present: str, new: str, visitor: Visitor) -> str:
    """The session goes on with another secret, which is returned; all others end."""
    await proved(service, identity, present, visitor)
    password_hash = await hashed(service, new, identity.email)
    secret = await service.database.write(
        acting.account(identity.account_id), _change, identity, password_hash, visitor
    )
    service.sessions.forget(identity.account_id)
    await settled(service, identity, visitor)
    return secret


async def _send_reset(connection: AsyncConnection, service: Service, address: str, account_id: str | None) -> None:
    if account_id is None:
        secret = await one_time.make(connection, one_time.SIGN_UP, email=address)
        link = service.link("sign-up/finish", secret)
        message = messages.no_account(address, link, one_time.GOOD_FOR[one_time.SIGN_UP])
    else:
        secret = await one_time.make(connection, one_time.PASSWORD_RESET, account=account_id, email=address)
        link = service.link("password/reset", secret)
        message = messages.password_reset(address, link, one_time.GOOD_FOR[one_time.PASSWORD_RESET])
    await act(connection, acting.account(account_id or NO_ID))
    await outbox.add(connection, message)


async def _reset(
    connection: AsyncConnection,
    service: Service,
    token: str,
    account_id: str,
    password_hash: str,
    code: str | None,
    visitor: Visitor,
) -> None:
    known = await queries.credential(connection, account_id)
    if known is None:
        raise link_invalid()
    await second_factor.check(connection, service.sealing, account_id, known, code, time.time())
    if not await one_time.use(connection, token, one_time.PASSWORD_RESET):
        raise link_invalid()
    await act(connection, acting.account(account_id))
    await connection.execute(_VERIFIED, {"account": account_id})
    await _set(connection, account_id, known["email"], password_hash, visitor, "password-reset", None)


async def _change(connection: AsyncConnection, identity: Identity, password_hash: str, visitor: Visitor) -> str:
    secret = await sessions.renew(connection, identity)
    if secret is None:
        raise not_signed_in()
    await _set(
        connection, identity.account_id, identity.email, password_hash, visitor, "password-changed", identity.session_id
    )
    return secret


async def _set(
    connection: AsyncConnection,
    account_id: str,
    email: str,
    password_hash: str,
    visitor: Visitor,
    action: str,
    session_id: str | None,
) -> None:
    await connection.execute(_CHANGE, {"account": account_id, "hash": password_hash})
    await sessions.end_all(connection, account_id, session_id)
    await one_time.use_up(connection, account_id)
    await events.of_account(connection, account_id, action, visitor)
    await outbox.add(connection, messages.changed(email, "The password of your account is another now."))
