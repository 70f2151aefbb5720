"""The bearer token: who has it acts for one organisation. While it is being rotated there are two."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import HTTPConnection

from app.acting import Acting
from app.errors import unauthorized
from app.surfaces.api.answers import ACTING


class BearerToken(HTTPBearer):
    """A dependency that lets only requests with a valid token through; 401 for all others, in constant time."""

    def __init__(self, tokens: Sequence[str], acting: Acting) -> None:
        super().__init__(auto_error=False, scheme_name="token", description="The API token that `up.sh` printed.")
        self._tokens = [token.encode() for token in tokens]
        self._acting = acting

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Says in the request's scope for whom it acts. Raises PlatformError 401."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Compared first, so that nothing is learnt from the time it takes.
        sent = given.strip().encode("latin-1", "replace")
        same = [hmac.compare_digest(sent, token) for token in self._tokens]
        if not any(same) or scheme.lower() != "bearer":
            raise unauthorized()
        request.scope[ACTING] = self._acting
        return None
