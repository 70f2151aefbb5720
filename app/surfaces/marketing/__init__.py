"""The marketing site: what Flotilla is, for those who do not have it yet."""

from __future__ import annotations

from app.asgi import App
from app.settings import Settings
from app.surfaces.pages import static_surface


def create(settings: Settings) -> App:
    """The surface as an ASGI application."""
    return static_surface("marketing", settings)
