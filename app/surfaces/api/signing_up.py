"""`/sign-ups`, `/welcome`: how accounts begin."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.accounts import administrators, signing_up
from app.surfaces.api.account_schemas import AddressOnly, CurrentSession, LinkToken, ShownSignUp, SignUp, Welcome
from app.surfaces.api.answers import ACCOUNT_CONFLICT, LINK, json
from app.surfaces.api.browser import NO_STORE, nothing, service_of, visitor_of, with_session

router = APIRouter(tags=["accounts"])


@router.post("/sign-ups", status_code=202, response_class=Response)
async def start_sign_up(request: Request, given: AddressOnly) -> Response:
    """Mails a link to an address, with which to go on. Whether it has an account already, only the mail says."""
    await signing_up.begin(service_of(request), given.email, visitor_of(request))
    return nothing(202)


@router.post("/sign-ups/show", response_model=ShownSignUp, responses=LINK)
async def show_sign_up(request: Request, given: LinkToken) -> Response:
    """Which address a link to sign up was mailed to. It is not used up by that."""
    email = await signing_up.show(service_of(request), given.token, visitor_of(request))
    return json({"email": email}, headers=NO_STORE)


@router.post("/sign-ups/finish", status_code=201, response_model=CurrentSession, responses=LINK | ACCOUNT_CONFLICT)
async def finish_sign_up(request: Request, given: SignUp) -> Response:
    """Makes the account whose address the link was mailed to, and signs it in: the answer sets the cookie."""
    secret = await signing_up.finish(service_of(request), given.token, given.name, given.password, visitor_of(request))
    return await with_session(request, secret, 201)


@router.post("/welcome", status_code=201, response_model=CurrentSession, responses=LINK | ACCOUNT_CONFLICT)
async def welcome(request: Request, given: Welcome) -> Response:
    """Makes the first administrator of the platform, with the link that `up.sh` printed, and signs them in."""
    secret = await administrators.welcome(
        service_of(request), given.token, given.email, given.name, given.password, visitor_of(request)
    )
    return await with_session(request, secret, 201)
