"""Signing in, by password or by a link that came by mail."""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, one_time, pauses, queries, second_factor, sessions, throttle
from app.accounts.addresses import normal, required
from app.accounts.queries import Credential
from app.accounts.refusals import account_disabled, link_invalid, wrong_credentials
from app.accounts.secrets import digest
from app.accounts.service import Service
from app.accounts.transactions import act
from app.accounts.visitor import Visitor
from app.errors import PlatformError
from app.mail import messages, outbox
from app.models.base import NO_ID

_REHASH = text("UPDATE credential SET password_hash = :new WHERE account_id = :account AND password_hash = :old")
_VERIFIED = text("UPDATE account SET email_verified_at = now() WHERE id = :account AND email_verified_at IS NULL")


async def account_of(service: Service, email: str) -> str | None:
    """The account with an address, None for one that has none."""
    return await service.database.read(acting.by_email(email), queries.account_of_address, email)


async def by_password(service: Service, email: str, password: str, code: str | None, visitor: Visitor) -> str:
    """The secret of a new session. PlatformError 401 for anything wrong, 429 after too many of those.

    For an address without an account, the same is done as for one with another password.
    """
    address = normal(email) or ""
    counted = pauses.guesses(address, visitor.address or "")
    await throttle.admit(service.database, counted)
    account_id = await account_of(service, address)
    asked = account_id or NO_ID
    known = await service.database.read(acting.account(asked), queries.credential, asked)
    kept = known["password_hash"] if known is not None else None
    if not await service.passwords.verify(kept, password) or account_id is None or known is None or kept is None:
        await note_failure(service, asked, visitor)
        raise wrong_credentials()
    new_hash = await service.passwords.hash(password) if service.passwords.outdated(kept) else None
    try:
        secret = await service.database.write(
            acting.account(account_id),
            _sign_in,
            service,
            account_id,
            known,
            code,
            visitor,
            "signed-in",
            (kept, new_hash),
        )
    except PlatformError as refused:
        if refused.code == "wrong_code":
            await note_failure(service, account_id, visitor)
        raise
    await throttle.succeeded(service.database, counted)
    return secret


async def by_link(service: Service, token: str, code: str | None, visitor: Visitor) -> str:
    """The secret of a new session. The link is used up by that, not by a missing or wrong code."""
    await throttle.admit(service.database, pauses.tokens(visitor.address or ""))
    found = await service.database.read(acting.by_secret(digest(token)), queries.token, digest(token))
    if found is None or found.purpose != one_time.MAGIC_LINK:
        raise link_invalid()
    counted = pauses.guesses(found.account_id, visitor.address or "")
    await throttle.admit(service.database, counted)
    secret = await service.database.write(
        acting.account(found.account_id), _by_link, service, token, found.account_id, code, visitor
    )
    await throttle.succeeded(service.database, (*counted, *pauses.tokens(visitor.address or "")))
    return secret


async def send_link(service: Service, email: str, visitor: Visitor) -> None:
    """Mails a link. To an address without an account goes one to sign up with: the same work, and the same answer."""
    address = required(email)
    await throttle.admit(service.database, pauses.mails(address, visitor.address or ""))
    account_id = await account_of(service, address)
    await service.database.write(acting.account(account_id or NO_ID), _send_link, service, address, account_id)


async def note_failure(service: Service, account_id: str, visitor: Visitor) -> None:
    """In the account's events; for no account the same statement writes nothing."""
    await service.database.write(acting.account(account_id), events.of_account, account_id, "sign-in-failed", visitor)


async def _by_link(
    connection: AsyncConnection, service: Service, token: str, account_id: str, code: str | None, visitor: Visitor
) -> str:
    known = await queries.credential(connection, account_id)
    if known is None or not await one_time.use(connection, token, one_time.MAGIC_LINK):
        raise link_invalid()
    await act(connection, acting.account(account_id))
    await connection.execute(_VERIFIED, {"account": account_id})
    return await _sign_in(connection, service, account_id, known, code, visitor, "signed-in-by-link", None)


async def _sign_in(
    connection: AsyncConnection,
    service: Service,
    account_id: str,
    known: Credential,
    code: str | None,
    visitor: Visitor,
    action: str,
    rehashed: tuple[str, str | None] | None,
) -> str:
    await second_factor.check(connection, service.sealing, account_id, known, code, time.time())
    if known["disabled_at"] is not None:
        raise account_disabled()
    if rehashed is not None and rehashed[1] is not None:
        values = {"account": account_id, "old": rehashed[0], "new": rehashed[1]}
        await connection.execute(_REHASH, values)
    await events.of_account(connection, account_id, action, visitor)
    return await sessions.start(connection, account_id, visitor)


async def _send_link(connection: AsyncConnection, service: Service, address: str, account_id: str | None) -> None:
    if account_id is None:
        secret = await one_time.make(connection, one_time.SIGN_UP, email=address)
        link = service.link("sign-up/finish", secret)
        message = messages.no_account(address, link, one_time.GOOD_FOR[one_time.SIGN_UP])
    else:
        secret = await one_time.make(connection, one_time.MAGIC_LINK, account=account_id, email=address)
        link = service.link("sign-in/link", secret)
        message = messages.magic_link(address, link, one_time.GOOD_FOR[one_time.MAGIC_LINK])
    await act(connection, acting.account(account_id or NO_ID))
    await outbox.add(connection, message)
