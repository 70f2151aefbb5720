"""The admin panel, where administrators manage customers; Studio is under `/studio`."""

from __future__ import annotations

from collections.abc import Sequence

from app.accounts.service import Service
from app.asgi import App, Receive, Scope, Send
from app.settings import Settings
from app.surfaces.pages import static_surface


def create(settings: Settings, accounts: Service, *, secrets: Sequence[str]) -> App:
    """The surface as an ASGI application. Studio's sessions are signed with the first of `secrets`."""
    pages = static_surface("admin", settings)
    studio: App | None = None

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal studio
        path = scope["path"]
        if path != "/studio" and not path.startswith("/studio/"):
            await pages(scope, receive, send)
            return
        if studio is None:
            # More than half a second of CPU time and 13 MB, which a replica spends only if somebody asks for it.
            from app.surfaces.admin.studio import application  # noqa: PLC0415

            studio = application.create(accounts, secrets=secrets)
        await studio(scope, receive, send)

    return app
