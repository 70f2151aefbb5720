"""Signing up: an address first, and the account once a mail there was answered.

So nobody makes an account with an address that is not theirs, nor finds out which addresses have one.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, one_time, pauses, queries, sessions, signing_in, throttle
from app.accounts.addresses import required
from app.accounts.password_rules import fault
from app.accounts.refusals import email_taken, link_invalid
from app.accounts.secrets import digest
from app.accounts.service import Service
from app.accounts.transactions import act, new_id
from app.accounts.visitor import Visitor
from app.errors import PlatformError, invalid_member
from app.mail import messages, outbox
from app.models.base import NO_ID

_ACCOUNT = text("INSERT INTO account (id, email, email_verified_at, name) VALUES (:id, :email, now(), :name)")
_CREDENTIAL = text(
    "INSERT INTO credential (account_id, password_hash, password_changed_at) VALUES (:account, :hash, now())"
)


async def begin(service: Service, email: str, visitor: Visitor) -> None:
    """Mails a link to the address: to finish with, or to sign in where there is an account already."""
    address = required(email)
    await throttle.admit(service.database, pauses.mails(address, visitor.address or ""))
    account_id = await signing_in.account_of(service, address)
    await service.database.write(acting.account(account_id or NO_ID), _begin, service, address, account_id)


async def show(service: Service, token: str, visitor: Visitor) -> str:
    """The address that a link was mailed to; it is not used up by that. PlatformError 404 for one that is."""
    counted = pauses.tokens(visitor.address or "")
    await throttle.admit(service.database, counted)
    email = await _address_of(service, token)
    await throttle.succeeded(service.database, counted)
    return email


async def finish(service: Service, token: str, name: str, password: str, visitor: Visitor) -> str:
    """Makes the account, with its address verified; the secret of its first session."""
    counted = pauses.tokens(visitor.address or "")
    await throttle.admit(service.database, counted)
    email = await _address_of(service, token)
    password_hash = await hashed(service, password, email)
    secret = await service.database.write(
        acting.by_secret(digest(token)), _finish, token, email, name, password_hash, visitor
    )
    await throttle.succeeded(service.database, counted)
    return secret


async def _address_of(service: Service, token: str) -> str:
    found = await service.database.read(acting.by_secret(digest(token)), queries.token, digest(token))
    if found is None or found.purpose != one_time.SIGN_UP or found.email is None:
        raise link_invalid()
    email: str = found.email
    return email


async def hashed(service: Service, password: str, email: str) -> str:
    """What is kept of a new password. PlatformError 422 for one that is not taken."""
    wrong = fault(password, email)
    if wrong is not None:
        raise invalid_member("/password", wrong)
    return await service.passwords.hash(password)


async def make_account(connection: AsyncConnection, email: str, name: str, password_hash: str) -> str:
    """The id of a new account, for which the transaction acts afterwards. PlatformError 409 if there is one already."""
    account_id = await new_id(connection)
    await act(connection, acting.account(account_id))
    try:
        await connection.execute(_ACCOUNT, {"id": account_id, "email": email, "name": name})
    except IntegrityError as error:
        raise meaning(error) from error
    await connection.execute(_CREDENTIAL, {"account": account_id, "hash": password_hash})
    return account_id


def meaning(error: IntegrityError) -> PlatformError:
    """PlatformError 409 if an account was to get an address that another one has; raises any other error again."""
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", "")
    if constraint != "uq_account_email":
        raise error
    return email_taken()


async def _begin(connection: AsyncConnection, service: Service, address: str, account_id: str | None) -> None:
    if account_id is None:
        secret = await one_time.make(connection, one_time.SIGN_UP, email=address)
        link = service.link("sign-up/finish", secret)
        message = messages.sign_up(address, link, one_time.GOOD_FOR[one_time.SIGN_UP])
    else:
        secret = await one_time.make(connection, one_time.MAGIC_LINK, account=account_id, email=address)
        link = service.link("sign-in/link", secret)
        message = messages.already_signed_up(address, link, one_time.GOOD_FOR[one_time.MAGIC_LINK])
    await act(connection, acting.account(account_id or NO_ID))
    await outbox.add(connection, message)


async def _finish(
    connection: AsyncConnection, token: str, email: str, name: str, password_hash: str, visitor: Visitor
) -> str:
    if not await one_time.use(connection, token, one_time.SIGN_UP):
        raise link_invalid()
    account_id = await make_account(connection, email, name, password_hash)
    await events.of_account(connection, account_id, "signed-up", visitor)
    return await sessions.start(connection, account_id, visitor)
