"""Who sends a request: an API key, a browser's session, or the token of a stack from before API keys."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import HTTPConnection

from app.errors import not_bearer, unauthorized, wrong_key
from app.keys.caller import Caller
from app.keys.ring import KeyRing
from app.models.scopes import Scope
from app.rates.shared import Rates
from app.surfaces.api.answers import CALLER, HEADERS, NEEDED
from app.surfaces.api.browser import caller_by_session

ABOUT = "An API key; a browser's session does as well."


class BearerToken(HTTPBearer):
    """A dependency that lets only requests of a caller through who may send them, and no more than their plan allows.

    401 for all others, in constant time for the bundle's token; 403 without the scope that the route needs; 429.
    """

    def __init__(self, tokens: Sequence[str], bundle: Caller, keys: KeyRing, rates: Rates) -> None:
        super().__init__(auto_error=False, scheme_name="token", description=ABOUT)
        self._tokens = [token.encode() for token in tokens]
        self._bundle = bundle
        self._keys = keys
        self._rates = rates

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Says in the request's scope who sent it. Raises PlatformError."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        secret = given.strip()
        # Compared first, so that nothing is learnt from the time it takes.
        sent = secret.encode("latin-1", "replace")
        same = [hmac.compare_digest(sent, token) for token in self._tokens]
        if not scheme:
            caller = await caller_by_session(request)
        elif scheme.lower() != "bearer":
            raise not_bearer()
        else:
            caller = self._bundle if any(same) else await self._keys.caller(secret)
        if caller is None:
            raise wrong_key() if scheme else unauthorized()
        standing = self._rates.count(caller)
        if standing is not None:
            request.scope[HEADERS] = standing.headers()
        caller.require(request.scope.get(NEEDED, Scope.MANAGE))
        request.scope[CALLER] = caller
        return None
