"""The bearer token: who has it may do everything. While it is being rotated there are two."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import HTTPConnection

from app.errors import unauthorized


class BearerToken(HTTPBearer):
    """A dependency that lets only requests with a valid token through; 401 for all others, in constant time."""

    def __init__(self, tokens: Sequence[str]) -> None:
        super().__init__(auto_error=False, scheme_name="token", description="The API token that `up.sh` printed.")
        self._tokens = [token.encode() for token in tokens]

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Raises PlatformError 401."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Compared first, so that nothing is learnt from the time it takes.
        sent = given.strip().encode("latin-1", "replace")
        same = [hmac.compare_digest(sent, token) for token in self._tokens]
        if not any(same) or scheme.lower() != "bearer":
            raise unauthorized()
        return None
