"""What the edge is told of apps: their services' labels to entries of a routes file. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from captain.apps.app_file import parse_http
from captain.apps.app_spec import Http
from captain.errors import CaptainError
from captain.labels import APP_LABEL, HTTP_LABEL
from swarm.engine_objects import JSON, Service

PORT_READINESS = "port"
"""The edge's word for: ready as soon as the port takes connections."""


def routes(services: Iterable[Service], domain: str) -> list[JSON]:
    """Entries for the edge, always in the same order; of two apps with one host the first by name has it."""
    entries: dict[str, JSON] = {}
    for service in sorted(services, key=lambda found: found.name):
        http = http_of(service)
        if http is not None:
            for entry in _entries(service.name, http, domain):
                entries.setdefault(entry["host"], entry)
    return list(entries.values())


def http_of(service: Service) -> Http | None:
    """What the app's service says of the edge; None for nothing, or what captain did not write."""
    text = service.labels.get(HTTP_LABEL, "")
    if not text or service.labels.get(APP_LABEL) != service.name:
        return None
    try:
        return parse_http(json.loads(text), f"{service.name}: label {HTTP_LABEL}")
    except (ValueError, CaptainError):
        return None


def _entries(name: str, http: Http, domain: str) -> Iterable[JSON]:
    auth = http.basic_auth
    for host in (f"{name}.{domain}", *http.hosts):
        yield {
            "host": host,
            "service": name,
            "port": http.port,
            "readiness": http.readiness or PORT_READINESS,
            "max_in_flight": http.max_in_flight,
            **({} if auth is None else {"auth": {"user": auth.user, "hash": auth.password_hash}}),
        }
    for host, to in http.redirects.items():
        yield {"host": host, "redirect": to}
