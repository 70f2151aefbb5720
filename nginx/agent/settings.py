"""The agent's settings, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from nginx.agent.routes import Names

POLL = timedelta(milliseconds=250)
"""Between two looks at DNS, and between two probes of a replica that is not ready."""
READY_PROBE = timedelta(milliseconds=500)
"""Between two probes of a ready replica."""
PROBE_TIMEOUT = timedelta(seconds=2)
SETTLE = timedelta(seconds=2)
"""The longest time from the agent's start to its first push."""
HEARTBEAT = timedelta(seconds=1)
"""The longest time between two pushes; nginx' metric of our age shows it."""

APP_ROUTES = timedelta(seconds=1)
"""Between two questions to captain."""
APP_ROUTES_TIMEOUT = timedelta(seconds=5)

CERTIFICATES = timedelta(minutes=1)
"""Between two looks at the certificate: it may be exchanged while nginx runs."""


@dataclass(frozen=True)
class Settings:
    """``names`` fill the routes file's placeholders; ``socket`` is where nginx listens for us.

    ``certificate`` is the file that nginx serves; entrypoint.sh puts it beside the socket. ``app_routes_url`` is where
    captain tells the routes of apps, empty where there is no captain; ``app_routes_file`` keeps its last answer.
    """

    routes_file: Path
    socket: Path
    certificate: Path
    names: Names
    app_routes_url: str
    app_routes_file: Path


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Reads FLOTILLA_{ROUTES_FILE,EDGE_SOCKET,DOMAIN,BLOG_DOMAIN,STACK} and FLOTILLA_APP_ROUTES_{URL,FILE}.

    Each has a default.
    """
    domain = environment.get("FLOTILLA_DOMAIN") or "localhost"
    socket = Path(environment.get("FLOTILLA_EDGE_SOCKET") or "/run/flotilla/edge.sock")
    return Settings(
        routes_file=Path(environment.get("FLOTILLA_ROUTES_FILE") or "/srv/nginx/routes.yml"),
        socket=socket,
        certificate=socket.with_name("edge.pem"),
        app_routes_url=environment.get("FLOTILLA_APP_ROUTES_URL") or "",
        app_routes_file=Path(environment.get("FLOTILLA_APP_ROUTES_FILE") or socket.with_name("app-routes.json")),
        names=Names(
            domain=domain.lower(),
            blog_domain=(environment.get("FLOTILLA_BLOG_DOMAIN") or f"blogs.{domain}").lower(),
            stack=environment.get("FLOTILLA_STACK") or "flotilla",
        ),
    )
