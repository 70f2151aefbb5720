"""Signing in to Studio and out again: a session of an administrator's account, kept apart from the dashboard's."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette_admin.auth import AdminUser, BaseAuthProvider
from starlette_admin.helpers import index_url, safe_redirect_url

from app.accounts import acting, signing_in
from app.accounts import sessions as account_sessions
from app.accounts.service import Service
from app.accounts.visitor import Visitor, visitor
from app.errors import PlatformError
from app.observability import request_id
from app.surfaces.admin.studio.session import COOKIE, LASTS, Session, begin, seal, signing_key, unseal

log = logging.getLogger(__name__)

_NO_ADMINISTRATOR = "This account does not administer the platform; ask somebody who does."


class SignIn(BaseAuthProvider):
    """Studio's own session, in a cookie that only this host gets, on secure connections alone.

    It is one of the account's: listed there, and ended with it.
    """

    def __init__(self, accounts: Service, secrets: Sequence[str]) -> None:
        super().__init__()
        self._accounts = accounts
        self._keys = [signing_key(secret) for secret in secrets]

    async def authenticate(self, request: Request) -> AdminUser | None:
        """Who is signed in, for starlette-admin; the session itself for us."""
        session = unseal(request.cookies.get(COOKIE, ""), self._keys, datetime.now(UTC))
        if session is None:
            return None
        identity = await self._accounts.sessions.find(session.secret)
        if identity is None or not identity.administrator:
            return None
        request.state.studio = session
        return AdminUser(username=identity.name or identity.email)

    def get_routes(self, templates: Jinja2Templates) -> list[Route]:
        """The sign-in page and the way out."""

        async def sign_in(request: Request) -> Response:
            return await self._sign_in(request, templates)

        return [
            Route(self.login_path, sign_in, methods=["GET", "POST"], name="login"),
            Route(self.logout_path, self._sign_out, methods=["POST"], name="logout"),
        ]

    def keep(self, response: Response, session: Session) -> Response:
        """The answer with the session in its cookie."""
        value = seal(session, self._keys[0])
        seconds = int(LASTS.total_seconds())
        response.set_cookie(COOKIE, value, max_age=seconds, secure=True, httponly=True, samesite="strict")
        return response

    async def _sign_in(self, request: Request, templates: Jinja2Templates) -> Response:
        target = request.query_params.get("next") or index_url(request)
        target = safe_redirect_url(target, request, index_url(request))
        if getattr(request.state, "studio", None) is not None:
            return RedirectResponse(target, 303)
        status, email, error, asked = 200, "", None, False
        if not is_secure(request):
            status = 200 if request.method == "GET" else 400
            error = "Studio needs HTTPS here: browsers keep its session on secure connections alone."
        elif request.method == "POST":
            form = await request.form()
            email, code = str(form.get("email", "")), str(form.get("code", ""))
            try:
                session = await self._try(email, str(form.get("password", "")), code or None, visitor_of(request))
            except PlatformError as refused:
                if refused.status >= 500:
                    raise
                status, error = refused.status, refused.message
                asked = refused.code in {"code_required", "wrong_code"}
            else:
                return self.keep(RedirectResponse(target, 303), session)
        context = {"error": error, "email": email, "code": asked}
        return templates.TemplateResponse(
            request=request, name="studio/login.html", context=context, status_code=status
        )

    async def _try(self, email: str, password: str, code: str | None, asking: Visitor) -> Session:
        """The session of an administrator. PlatformError for anybody else, as the dashboard says it, and 403."""
        secret = await signing_in.by_password(self._accounts, email, password, code, asking)
        identity = await self._accounts.sessions.find(secret)
        if identity is None or not identity.administrator:
            if identity is not None:
                await self._end(identity)
            raise PlatformError(403, "not_allowed", _NO_ADMINISTRATOR)
        log.info("%s signed in to Studio from %s", identity.account_id, asking.address or "an unknown address")
        return begin(identity.email, secret, datetime.now(UTC))

    async def _sign_out(self, request: Request) -> Response:
        session: Session | None = getattr(request.state, "studio", None)
        identity = await self._accounts.sessions.find(session.secret) if session is not None else None
        if identity is not None:
            await self._end(identity)
        response = RedirectResponse(str(request.url_for(f"{request.app.state.ROUTE_NAME}:login")), 303)
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")
        return response

    async def _end(self, identity: account_sessions.Identity) -> None:
        as_owner = acting.account(identity.account_id)
        await self._accounts.database.write(as_owner, _end, identity.account_id, identity.session_id)
        self._accounts.sessions.forget(identity.account_id)


async def _end(connection: AsyncConnection, account_id: str, session_id: str) -> None:
    await account_sessions.end(connection, account_id, session_id)


def visitor_of(request: Request) -> Visitor:
    """From where the request comes."""
    peer = request.client.host if request.client else ""
    headers = request.headers
    return visitor(headers.get("x-real-ip", ""), peer, headers.get("user-agent", ""), request_id.get())


def is_secure(request: Request) -> bool:
    """Whether the browser keeps a cookie for secure connections: over HTTPS, and from this machine itself."""
    name = request.url.hostname or ""
    return request.url.scheme == "https" or name == "localhost" or name.endswith(".localhost")
