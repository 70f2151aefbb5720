"""Who asks: the session of a request, and for whom it acts in the database."""

from __future__ import annotations

from starlette.requests import Request

from app.accounts.visitor import visitor
from app.acting import Acting
from app.observability import request_id
from app.surfaces.admin.acting import as_tenant, operating
from app.surfaces.admin.studio.saving import Cause
from app.surfaces.admin.studio.session import Session


def session_of(request: Request) -> Session:
    """Who is signed in."""
    session: Session = request.state.studio
    return session


def acting_of(request: Request, *, writing: bool) -> Acting:
    """For whom the session acts."""
    session = session_of(request)
    if session.organisation_id:
        return as_tenant(session.operator, session.organisation_id, writing=writing)
    return operating(session.operator, writing=writing)


def cause_of(request: Request) -> Cause:
    """What the audit keeps of the request."""
    return Cause(session_of(request).reason, request_id.get() or None, address_of(request))


def address_of(request: Request) -> str | None:
    """The client's address: the edge says it, whatever clients send."""
    peer = request.client.host if request.client else ""
    return visitor(request.headers.get("x-real-ip", ""), peer, "", "").address
