"""`/password-resets`, `/account`: what an account is protected with."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response

from app.accounts import changing_address, passwords, protection
from app.surfaces.api.account_schemas import (
    AddressChange,
    AddressOnly,
    AuthenticatorCode,
    AuthenticatorKey,
    CurrentSession,
    LinkToken,
    PasswordChange,
    PasswordReset,
    Proof,
    RecoveryCodes,
)
from app.surfaces.api.answers import ACCOUNT_CONFLICT, LINK, json
from app.surfaces.api.browser import NO_STORE, SignedIn, nothing, service_of, visitor_of, with_session

router = APIRouter(tags=["accounts"])


@router.post("/password-resets", status_code=202, response_class=Response)
async def start_password_reset(request: Request, given: AddressOnly) -> Response:
    """Mails a link to choose a new password with; to an address without an account, one to sign up with."""
    await passwords.send_reset(service_of(request), given.email, visitor_of(request))
    return nothing(202)


@router.post("/password-resets/finish", status_code=204, response_class=Response, responses=LINK)
async def finish_password_reset(request: Request, given: PasswordReset) -> Response:
    """Sets a new password with a link that was mailed. Every session of the account ends."""
    await passwords.reset(service_of(request), given.token, given.password, given.code, visitor_of(request))
    return nothing()


@router.put("/account/password", response_model=CurrentSession)
async def change_password(request: Request, identity: SignedIn, given: PasswordChange) -> Response:
    """Sets a new password. This session goes on with a new cookie, all others end."""
    secret = await passwords.change(
        service_of(request), identity, given.present_password, given.password, visitor_of(request)
    )
    return await with_session(request, secret)


@router.post("/account/email", status_code=202, response_class=Response)
async def start_email_change(request: Request, identity: SignedIn, given: AddressChange) -> Response:
    """Mails a link to a new address for the account. If that has an account already, only the mail says so."""
    await changing_address.begin(
        service_of(request), identity, given.email, given.present_password, given.code, visitor_of(request)
    )
    return nothing(202)


@router.post("/account/email/confirm", response_model=CurrentSession, responses=LINK | ACCOUNT_CONFLICT)
async def finish_email_change(request: Request, identity: SignedIn, given: LinkToken) -> Response:
    """The account has the new address now. This session goes on with a new cookie, all others end."""
    secret = await changing_address.finish(service_of(request), identity, given.token, visitor_of(request))
    return await with_session(request, secret)


@router.post("/account/authenticator", response_model=AuthenticatorKey, responses=ACCOUNT_CONFLICT)
async def set_up_authenticator(request: Request, identity: SignedIn, given: Proof) -> Response:
    """Makes a key for an authenticator app. It counts once it is confirmed with a code."""
    made = await protection.set_up(service_of(request), identity, given.present_password, visitor_of(request))
    return json(made, headers=NO_STORE)


@router.post("/account/authenticator/confirm", response_model=RecoveryCodes, responses=ACCOUNT_CONFLICT)
async def confirm_authenticator(request: Request, identity: SignedIn, given: AuthenticatorCode) -> Response:
    """From now on the account asks for codes. The answer has recovery codes, and all other sessions end."""
    codes = await protection.confirm(service_of(request), identity, given.code, time.time(), visitor_of(request))
    return json({"recovery_codes": codes}, headers=NO_STORE)


@router.post("/account/authenticator/recovery-codes", response_model=RecoveryCodes)
async def renew_recovery_codes(request: Request, identity: SignedIn, given: Proof) -> Response:
    """Makes new recovery codes in place of the old ones."""
    codes = await protection.renew_codes(
        service_of(request), identity, given.present_password, given.code, visitor_of(request)
    )
    return json({"recovery_codes": codes}, headers=NO_STORE)


@router.post("/account/authenticator/remove", status_code=204, response_class=Response)
async def remove_authenticator(request: Request, identity: SignedIn, given: Proof) -> Response:
    """The password is enough again."""
    await protection.take_away(service_of(request), identity, given.present_password, given.code, visitor_of(request))
    return nothing()
