"""The dashboard, where authors write and publish."""

from __future__ import annotations

from app.asgi import App, Receive, Scope, Send
from app.settings import Settings
from app.surfaces.dashboard.account_pages import AccountPages
from app.surfaces.pages import static_surface


def create(settings: Settings) -> App:
    """The surface as an ASGI application."""
    rest = static_surface("dashboard", settings)
    accounts = AccountPages()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"} or not await accounts.answered(scope, send):
            await rest(scope, receive, send)

    return app
