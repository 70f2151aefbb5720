"""Browsers: the session's cookie, and whether a request comes from a page of the platform."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie
from starlette.requests import HTTPConnection

from app.accounts import acting, organisations
from app.accounts.origin import CSRF_HEADER, SAFE_METHODS, is_foreign, is_own
from app.accounts.permissions import scopes_of
from app.accounts.refusals import foreign_request, no_organisation, not_signed_in
from app.accounts.service import Service
from app.accounts.sessions import COOKIE, LONGEST, Identity
from app.accounts.visitor import Visitor, visitor
from app.keys.caller import Caller
from app.models.scopes import Scope
from app.observability import request_id
from app.surfaces.api.answers import json

NO_STORE = {"Cache-Control": "no-store"}
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"


class SessionCookie(APIKeyCookie):
    """Who the session's cookie is of. For a change, the page has to have sent the session's CSRF token as well."""

    def __init__(self) -> None:
        super().__init__(
            name=COOKIE,
            scheme_name="session",
            description="A browser's session; changes carry its `csrf_token` in the header X-CSRF-Token.",
            auto_error=False,
        )

    async def __call__(self, request: HTTPConnection) -> Identity:  # type: ignore[override]  # who it is, not the cookie
        """Raises PlatformError 401, and 403 for a change that may be another page's."""
        return await identity_of(request)


async def identity_of(request: HTTPConnection) -> Identity:
    """Who the session's cookie is of. Raises PlatformError 401, 403."""
    secret = request.cookies.get(COOKIE, "")
    identity = await service_of(request).sessions.find(secret) if secret else None
    if identity is None:
        raise not_signed_in()
    if request.scope["method"] not in SAFE_METHODS and not is_own(
        *_said_of_origin(request), request.headers.get(CSRF_HEADER, ""), identity.csrf_token
    ):
        raise foreign_request()
    return identity


async def caller_by_session(request: HTTPConnection) -> Caller | None:
    """Whoever is signed in, for the session's organisation and with what their role may; None without a session.

    Raises PlatformError 401, 403.
    """
    if not request.cookies.get(COOKIE):
        return None
    identity = await identity_of(request)
    if identity.organisation_id is None:
        raise no_organisation()
    widest = [scope for scope in Scope if scope in scopes_of(identity.role)][-1]
    acts = acting.account(identity.account_id, identity.organisation_id)
    return Caller(identity.account_id, identity.organisation_id, None, widest, acts)


async def from_own_page(request: Request) -> None:
    """For requests without a session: none that a browser says another site's page sent. PlatformError 403."""
    if request.method not in SAFE_METHODS and is_foreign(*_said_of_origin(request)):
        raise foreign_request()


async def member_of_organisation(identity: SignedIn) -> Identity:
    """Whoever is signed in, for the organisation that the session acts for. PlatformError 403 without one."""
    if identity.organisation_id is None:
        raise no_organisation()
    return identity


SignedIn = Annotated[Identity, Depends(SessionCookie())]
Member = Annotated[Identity, Depends(member_of_organisation)]


def service_of(request: HTTPConnection) -> Service:
    """The process's service of accounts."""
    service: Service = request.app.state.accounts
    return service


def visitor_of(request: HTTPConnection) -> Visitor:
    """From where the request comes."""
    peer = request.client.host if request.client else ""
    headers = request.headers
    return visitor(headers.get("x-real-ip", ""), peer, headers.get("user-agent", ""), request_id.get())


async def with_session(request: Request, secret: str, status: int = 200) -> Response:
    """The session that has this secret, and the cookie with it."""
    identity = await service_of(request).sessions.find(secret)
    if identity is None:
        raise not_signed_in()
    answer = await current(request, identity, status)
    answer.headers["Set-Cookie"] = f"{COOKIE}={secret}; Max-Age={int(LONGEST.total_seconds())}; {_ATTRIBUTES}"
    return answer


async def current(request: Request, identity: Identity, status: int = 200) -> Response:
    """Who is signed in, as JSON."""
    memberships = await organisations.of(service_of(request), identity.account_id)
    content = {
        "id": identity.session_id,
        "account_id": identity.account_id,
        "email": identity.email,
        "name": identity.name,
        "administrator": identity.administrator,
        "second_factor": identity.totp,
        "organisation_id": identity.organisation_id,
        "role": identity.role,
        "organisations": memberships,
        "csrf_token": identity.csrf_token,
    }
    answer = json(content, status)
    answer.headers.update(NO_STORE)
    return answer


def without_session() -> Response:
    """Nothing, and the cookie goes."""
    return Response(status_code=204, headers={**NO_STORE, "Set-Cookie": f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}"})


def nothing(status: int = 204) -> Response:
    """Done, and nothing to tell."""
    return Response(status_code=status, headers=NO_STORE)


def _said_of_origin(request: HTTPConnection) -> tuple[str, str, str]:
    headers = request.headers
    return headers.get("host", ""), headers.get("origin", ""), headers.get("sec-fetch-site", "")
