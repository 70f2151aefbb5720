"""Another address for an account: asked for with the password, and changed once the new one has answered.

The link counts only in a session of the account: whoever gets the mail because the address was mistyped has none.
"""

from __future__ import annotations

import time

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, one_time, pauses, queries, second_factor, sessions, signing_in, throttle
from app.accounts.addresses import required
from app.accounts.passwords import proved, settled
from app.accounts.queries import Credential
from app.accounts.refusals import link_invalid, not_signed_in
from app.accounts.secrets import digest
from app.accounts.service import Service
from app.accounts.sessions import Identity
from app.accounts.signing_up import meaning
from app.accounts.transactions import act
from app.accounts.visitor import Visitor
from app.errors import invalid_member
from app.mail import messages, outbox

_CHANGE = text("UPDATE account SET email = :email, email_verified_at = now() WHERE id = :account")


async def begin(
    service: Service, identity: Identity, email: str, password: str, code: str | None, visitor: Visitor
) -> None:
    """Mails a link to the new address. One that has an account is told so instead: the same work, the same answer."""
    address = required(email)
    if address == identity.email.lower():
        raise invalid_member("/email", "This is the account's address already.")
    known = await proved(service, identity, password, visitor)
    asked = (*pauses.mails(address, visitor.address or ""), pauses.mails_of(identity.account_id))
    await throttle.admit(service.database, asked)
    other_id = await signing_in.account_of(service, address)
    await service.database.write(
        acting.account(identity.account_id), _begin, service, identity, known, code, address, other_id, visitor
    )
    await settled(service, identity, visitor)


async def finish(service: Service, identity: Identity, token: str, visitor: Visitor) -> str:
    """From now on the account has the new address. The session goes on with the secret returned; all others end."""
    counted = pauses.tokens(visitor.address or "")
    await throttle.admit(service.database, counted)
    found = await service.database.read(acting.by_secret(digest(token)), queries.token, digest(token))
    ours = found is not None and found.purpose == one_time.EMAIL_CHANGE and found.account_id == identity.account_id
    if not ours or found.email is None:
        raise link_invalid()
    secret = await service.database.write(
        acting.account(identity.account_id), _finish, token, identity, found.email, visitor
    )
    service.sessions.forget(identity.account_id)
    await throttle.succeeded(service.database, counted)
    return secret


async def _begin(
    connection: AsyncConnection,
    service: Service,
    identity: Identity,
    known: Credential,
    code: str | None,
    address: str,
    other_id: str | None,
    visitor: Visitor,
) -> None:
    await second_factor.check(connection, service.sealing, identity.account_id, known, code, time.time())
    await one_time.use_up(connection, identity.account_id, one_time.EMAIL_CHANGE)
    await events.of_account(connection, identity.account_id, "email-change-asked", visitor)
    if other_id is None:
        secret = await one_time.make(connection, one_time.EMAIL_CHANGE, account=identity.account_id, email=address)
        link = service.link("account/email", secret)
        message = messages.new_address(address, link, one_time.GOOD_FOR[one_time.EMAIL_CHANGE])
    else:
        secret = await one_time.make(connection, one_time.MAGIC_LINK, account=other_id, email=address)
        link = service.link("sign-in/link", secret)
        message = messages.address_taken(address, link, one_time.GOOD_FOR[one_time.MAGIC_LINK])
    await act(connection, acting.account(identity.account_id))
    await outbox.add(connection, message)


async def _finish(connection: AsyncConnection, token: str, identity: Identity, email: str, visitor: Visitor) -> str:
    if not await one_time.use(connection, token, one_time.EMAIL_CHANGE):
        raise link_invalid()
    await act(connection, acting.account(identity.account_id))
    secret = await sessions.renew(connection, identity)
    if secret is None:
        raise not_signed_in()
    try:
        await connection.execute(_CHANGE, {"account": identity.account_id, "email": email})
    except IntegrityError as error:
        raise meaning(error) from error
    await sessions.end_all(connection, identity.account_id, identity.session_id)
    await one_time.use_up(connection, identity.account_id)  # links that were mailed to the old address
    await events.of_account(connection, identity.account_id, "email-changed", visitor)
    told = "The address of your account is another now. Mail for it, links to sign in among them, goes there."
    await outbox.add(connection, messages.changed(identity.email, told))
    return secret
