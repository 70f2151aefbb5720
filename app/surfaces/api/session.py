"""`/session`, the browser's own, and `/sessions`, all of the account."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.accounts import acting, events, organisations, queries, sessions, signing_in
from app.accounts.refusals import not_found
from app.accounts.secrets import digest
from app.accounts.sessions import COOKIE, Identity
from app.surfaces.api.account_schemas import (
    AddressOnly,
    CurrentSession,
    LinkSignIn,
    PasswordSignIn,
    SessionChoice,
    SessionList,
)
from app.surfaces.api.answers import LINK, NOTHING_THERE, json
from app.surfaces.api.browser import (
    NO_STORE,
    SignedIn,
    current,
    nothing,
    service_of,
    visitor_of,
    with_session,
    without_session,
)
from app.surfaces.api.schemas import Key

router = APIRouter(tags=["sessions"])


@router.post("/session", response_model=CurrentSession)
async def sign_in(request: Request, given: PasswordSignIn) -> Response:
    """Signs in with a password: the answer sets the cookie. 401 `code_required` if the account has a second factor."""
    secret = await signing_in.by_password(
        service_of(request), given.email, given.password, given.code, visitor_of(request)
    )
    await _leave_behind(request)
    return await with_session(request, secret)


@router.post("/session/links", status_code=202, response_class=Response)
async def send_sign_in_link(request: Request, given: AddressOnly) -> Response:
    """Mails a link to sign in with; to an address without an account, one to sign up with."""
    await signing_in.send_link(service_of(request), given.email, visitor_of(request))
    return nothing(202)


@router.post("/session/by-link", response_model=CurrentSession, responses=LINK)
async def sign_in_by_link(request: Request, given: LinkSignIn) -> Response:
    """Signs in with a link that was mailed: the answer sets the cookie, and the link is used up."""
    secret = await signing_in.by_link(service_of(request), given.token, given.code, visitor_of(request))
    await _leave_behind(request)
    return await with_session(request, secret)


@router.get("/session", response_model=CurrentSession)
async def get_session(request: Request, identity: SignedIn) -> Response:
    """Who is signed in."""
    return await current(request, identity)


@router.patch("/session", response_model=CurrentSession, responses=NOTHING_THERE)
async def choose_organisation(request: Request, identity: SignedIn, choice: SessionChoice) -> Response:
    """The session acts for another organisation from now on, with a new cookie."""
    return await with_session(
        request, await organisations.choose(service_of(request), identity, choice.organisation_id)
    )


@router.delete("/session", status_code=204, response_class=Response)
async def sign_out(request: Request, identity: SignedIn) -> Response:
    """Ends this session."""
    await _end(request, identity, identity.session_id, "signed-out")
    return without_session()


@router.get("/sessions", response_model=SessionList)
async def list_sessions(request: Request, identity: SignedIn) -> Response:
    """Lists the places where the account is signed in."""
    rows = await service_of(request).database.read(
        acting.account(identity.account_id), queries.sessions, identity.account_id
    )
    items = [row | {"current": row["id"] == identity.session_id} for row in rows]
    return json({"items": items}, headers=NO_STORE)


@router.delete("/sessions", status_code=204, response_class=Response)
async def end_all_sessions(request: Request, identity: SignedIn) -> Response:
    """Signs the account out everywhere, here too: at once on this replica, within 3 s on the others."""
    service = service_of(request)
    await service.database.write(acting.account(identity.account_id), sessions.end_all, identity.account_id)
    service.sessions.forget(identity.account_id)
    await service.database.write(
        acting.account(identity.account_id),
        events.of_account,
        identity.account_id,
        "signed-out-everywhere",
        visitor_of(request),
    )
    return without_session()


@router.delete("/sessions/{session_id}", status_code=204, response_class=Response, responses=NOTHING_THERE)
async def end_session(request: Request, identity: SignedIn, session_id: Key) -> Response:
    """Signs the account out in one place."""
    await _end(request, identity, session_id, "session-ended")
    return nothing()


async def _end(request: Request, identity: Identity, session_id: str, action: str) -> None:
    service = service_of(request)
    as_owner = acting.account(identity.account_id)
    if not await service.database.write(as_owner, sessions.end, identity.account_id, session_id):
        raise not_found("session of yours")
    service.sessions.forget(identity.account_id)
    await service.database.write(as_owner, events.of_account, identity.account_id, action, visitor_of(request))


async def _leave_behind(request: Request) -> None:
    """Ends the session that the browser had until now: its cookie is replaced."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return
    service = service_of(request)
    found = await service.database.read(acting.by_secret(digest(secret)), queries.session, digest(secret))
    if found is not None:
        await service.database.write(acting.account(found.account_id), sessions.end, found.account_id, found.id)
        service.sessions.forget(found.account_id)
