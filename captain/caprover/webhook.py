"""CapRover's webhooks: `user/apps/webhooks/triggerbuild`, whose address has the token that lets it in."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request

from captain.audit import Audit
from captain.caprover.envelope import Answer, Refusal, Status
from captain.client_address import client_of
from captain.git.origins import NotGenuine, Origins

PATH = "user/apps/webhooks/triggerbuild"
MOST_BODY_BYTES = 5 * 2**20


class Webhook:
    """The one route that is asked without captain's own headers."""

    def __init__(self, origins: Origins, audit: Audit) -> None:
        self._origins = origins
        self._audit = audit

    def is_at(self, path: str) -> bool:
        """Whether a request to this path is one."""
        return path.strip("/").lower() == PATH

    async def take(self, request: Request) -> Answer:
        """Answered as soon as the build waits. `Refusal` for a wrong token."""
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BODY_BYTES:
                raise Refusal(Status.ILLEGAL_PARAMETER, f"The body has more than {MOST_BODY_BYTES} bytes.")
        token, headers = request.query_params.get("token", ""), dict(request.headers)
        try:
            found = await to_thread.run_sync(self._origins.triggered, token, headers, bytes(body))
        except NotGenuine as error:
            await to_thread.run_sync(self._audit.note, "", client_of(request), "webhook", False)
            raise Refusal(Status.TOKEN_INVALID, str(error)) from error
        if isinstance(found, str):
            return Answer(Status.OK, f"Nothing is built: {found}.")
        await to_thread.run_sync(self._audit.note, "", client_of(request), f"webhook for {found.app}")
        return Answer(Status.OK, "Build webhook has triggered")
