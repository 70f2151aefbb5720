"""Changes of the second factor, by whoever is signed in and proves once more that the account is theirs."""

from __future__ import annotations

import time
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import acting, events, pauses, second_factor, sessions, throttle, totp
from app.accounts.passwords import proved, settled
from app.accounts.queries import Credential
from app.accounts.refusals import conflict
from app.accounts.service import Service
from app.accounts.sessions import Identity
from app.accounts.visitor import Visitor
from app.mail import messages, outbox

ISSUER = "Flotilla"


class NewKey(TypedDict):
    """For an authenticator app: the key, its otpauth:// address, and a QR code of that."""

    key: str
    address: str
    picture: str


async def set_up(service: Service, identity: Identity, password: str, visitor: Visitor) -> NewKey:
    """A key that does not count yet."""
    await proved(service, identity, password, visitor)
    key = await service.database.write(
        acting.account(identity.account_id), second_factor.set_up, service.sealing, identity.account_id
    )
    await settled(service, identity, visitor)
    address = totp.address(key, identity.email, ISSUER)
    return NewKey(key=key, address=address, picture=totp.picture(address))


async def confirm(service: Service, identity: Identity, code: str, now_seconds: float, visitor: Visitor) -> list[str]:
    """From now on the account asks for codes; the recovery codes. All other sessions end."""
    counted = pauses.guesses(identity.account_id, visitor.address or "")
    await throttle.admit(service.database, counted)
    codes = await service.database.write(
        acting.account(identity.account_id), _confirm, service, identity, code, now_seconds, visitor
    )
    await throttle.succeeded(service.database, counted)
    service.sessions.forget(identity.account_id)
    return codes


async def renew_codes(
    service: Service, identity: Identity, password: str, code: str | None, visitor: Visitor
) -> list[str]:
    """New recovery codes in place of all older ones."""
    known = await proved(service, identity, password, visitor)
    codes = await service.database.write(
        acting.account(identity.account_id), _renew_codes, service, identity, known, code, visitor
    )
    await settled(service, identity, visitor)
    return codes


async def take_away(service: Service, identity: Identity, password: str, code: str | None, visitor: Visitor) -> None:
    """The password is enough again."""
    known = await proved(service, identity, password, visitor)
    await service.database.write(
        acting.account(identity.account_id), _take_away, service, identity, known, code, visitor
    )
    await settled(service, identity, visitor)
    service.sessions.forget(identity.account_id)


async def _confirm(
    connection: AsyncConnection, service: Service, identity: Identity, code: str, now_seconds: float, visitor: Visitor
) -> list[str]:
    codes = await second_factor.confirm(connection, service.sealing, identity.account_id, code, now_seconds)
    await sessions.end_all(connection, identity.account_id, identity.session_id)
    await _note(connection, identity, "second-factor-on", "Your account asks for a code at sign-in now.", visitor)
    return codes


async def _renew_codes(
    connection: AsyncConnection,
    service: Service,
    identity: Identity,
    known: Credential,
    code: str | None,
    visitor: Visitor,
) -> list[str]:
    if known["totp_confirmed_at"] is None:
        raise conflict("second_factor_off", "This account has no second factor.")
    await second_factor.check(connection, service.sealing, identity.account_id, known, code, time.time())
    codes = await second_factor.new_recovery_codes(connection, identity.account_id)
    await _note(connection, identity, "recovery-codes-made", "Your account has new recovery codes.", visitor)
    return codes


async def _take_away(
    connection: AsyncConnection,
    service: Service,
    identity: Identity,
    known: Credential,
    code: str | None,
    visitor: Visitor,
) -> None:
    await second_factor.check(connection, service.sealing, identity.account_id, known, code, time.time())
    await second_factor.take_away(connection, identity.account_id)
    await _note(
        connection, identity, "second-factor-off", "Your account does not ask for a code at sign-in any more.", visitor
    )


async def _note(connection: AsyncConnection, identity: Identity, action: str, told: str, visitor: Visitor) -> None:
    await events.of_account(connection, identity.account_id, action, visitor)
    await outbox.add(connection, messages.changed(identity.email, told))
