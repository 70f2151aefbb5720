"""The bearer token: who has it may do everything."""

from __future__ import annotations

import hmac

from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import HTTPConnection

from app.errors import unauthorized


class BearerToken(HTTPBearer):
    """A dependency that lets only requests with the token through; 401 for all others, in constant time."""

    def __init__(self, token: str) -> None:
        super().__init__(auto_error=False, scheme_name="token", description="The API token that `up.sh` printed.")
        self._token = token.encode()

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Raises PlatformError 401."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Compared first, so that nothing is learnt from the time it takes.
        same = hmac.compare_digest(given.strip().encode("latin-1", "replace"), self._token)
        if not same or scheme.lower() != "bearer":
            raise unauthorized()
        return None
