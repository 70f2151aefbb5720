"""Signing in to Studio and out again."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette_admin.auth import AdminUser, BaseAuthProvider
from starlette_admin.helpers import index_url, safe_redirect_url

from app.surfaces.admin.studio.asking import address_of
from app.surfaces.admin.studio.session import COOKIE, LASTS, Session, begin, seal, signing_key, unseal
from app.surfaces.admin.studio.throttle import Throttle

log = logging.getLogger(__name__)


class Operators(Protocol):
    """Who may sign in."""

    async def who(self, secret: str) -> str | None:
        """The operator's name, or None if the secret is nobody's."""


class TokenHolders:
    """Whoever has the installation's API token; while it is being rotated there are two."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = [token.encode() for token in tokens]

    async def who(self, secret: str) -> str | None:
        """The operator; which of them, a token does not say."""
        given = secret.strip().encode()
        # All are compared, so that nothing is learnt from the time it takes.
        same = [hmac.compare_digest(given, token) for token in self._tokens]
        return "operator" if any(same) else None


class SignIn(BaseAuthProvider):
    """Studio's own session, in a cookie that only this host gets, on secure connections alone."""

    def __init__(self, operators: Operators, secrets: Sequence[str]) -> None:
        super().__init__()
        self._operators = operators
        self._keys = [signing_key(secret) for secret in secrets]
        self._throttle = Throttle()

    async def authenticate(self, request: Request) -> AdminUser | None:
        """Who is signed in, for starlette-admin; the session itself for us."""
        session = unseal(request.cookies.get(COOKIE, ""), self._keys, datetime.now(UTC))
        if session is None:
            return None
        request.state.studio = session
        return AdminUser(username=session.operator)

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
        status, error = 200, None
        if not is_secure(request):
            status = 200 if request.method == "GET" else 400
            error = "Studio needs HTTPS here: browsers keep its session on secure connections alone."
        elif request.method == "POST":
            status, error, session = await self._try(request)
            if session is not None:
                return self.keep(RedirectResponse(target, 303), session)
        return templates.TemplateResponse(
            request=request, name="studio/login.html", context={"error": error}, status_code=status
        )

    async def _try(self, request: Request) -> tuple[int, str | None, Session | None]:
        now = datetime.now(UTC)
        address = address_of(request) or ""
        if not self._throttle.allows(address, now):
            return 429, "Too many tries; wait a minute.", None
        operator = await self._operators.who(str((await request.form()).get("secret", "")))
        if operator is None:
            self._throttle.note(address, now)
            log.warning("somebody could not sign in to Studio, from %s", address or "an unknown address")
            return 401, "This is not the API token.", None
        log.info("%s signed in to Studio from %s", operator, address or "an unknown address")
        return 200, None, begin(operator, now)

    async def _sign_out(self, request: Request) -> Response:
        response = RedirectResponse(str(request.url_for(f"{request.app.state.ROUTE_NAME}:login")), 303)
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")
        return response


def is_secure(request: Request) -> bool:
    """Whether the browser keeps a cookie for secure connections: over HTTPS, and from this machine itself."""
    name = request.url.hostname or ""
    return request.url.scheme == "https" or name == "localhost" or name.endswith(".localhost")
