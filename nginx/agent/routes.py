"""The routes file: text in, frozen routes and services out, or one sentence that says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import yaml

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
_USER = re.compile(r"[^:\x00-\x1f\x7f]{1,64}")
# crypt(3), SHA-256 or SHA-512. A worker of nginx is busy for as long as the rounds take.
_HASH = re.compile(r"\$[56]\$(rounds=(?:[1-9]\d{3}|10000)\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43,86}")
PORT = "port"
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class RoutesError(ValueError):
    """The routes file cannot be used; the text is one sentence for the operator."""


@dataclass(frozen=True)
class Names:
    """What ``{domain}``, ``{blog_domain}`` and ``{stack}`` stand for."""

    domain: str
    blog_domain: str
    stack: str


@dataclass(frozen=True)
class Service:
    """One replica list and one queue, however many hosts lead to it.

    ``port`` is where readiness is probed: at the path ``readiness``, or, where that is ``PORT``, by connecting alone.
    Without it every known replica is ready.
    """

    name: str
    port: int
    max_in_flight: int = 8
    queue_length: int = 4000
    queue_seconds: float = 10
    readiness: str | None = None


@dataclass(frozen=True)
class BasicAuth:
    """Who may come in; of the password only the hash, as crypt(3) writes it."""

    user: str
    hash: str


@dataclass(frozen=True)
class Route:
    """Requests for ``host`` (exact, or ``*.`` and a suffix) go to ``port`` of the service's replicas."""

    host: str
    service: str
    port: int
    auth: BasicAuth | None = None


@dataclass(frozen=True)
class Redirect:
    """Requests for ``host`` are sent on to the host ``to``, for good."""

    host: str
    to: str


@dataclass(frozen=True)
class Routes:
    """All routes in the file's order, and the services they lead to, each once."""

    routes: tuple[Route, ...]
    services: tuple[Service, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass
class _Entry:
    """One mapping of the file; every getter checks a value and says where it stands."""

    number: int
    values: dict[str, object]
    names: Names
    _where: str = field(init=False)

    def __post_init__(self) -> None:
        self._where = f"route {self.number}"
        known = {"host", "service", "redirect", "auth"}
        known |= {field.name for field in fields(Service) if field.name != "name"}
        for key in self.values:
            if key not in known:
                raise RoutesError(f"{self._where}: unknown key {key!r}; use {', '.join(sorted(known))}")

    def error(self, key: str, wanted: str) -> RoutesError:
        if key not in self.values:
            return RoutesError(f"{self._where}: {key} is missing; give {wanted}")
        return RoutesError(f"{self._where}: {key} is {self.values[key]!r}; give {wanted}")

    def text(self, key: str, pattern: re.Pattern[str], wanted: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str):
            raise self.error(key, wanted)
        substitutes = vars(self.names)

        def substitute(match: re.Match[str]) -> str:
            if match[1] not in substitutes:
                raise RoutesError(
                    f"{self._where}: {key} has {match[0]}; known are {{domain}}, {{blog_domain}}, {{stack}}"
                )
            return str(substitutes[match[1]])

        value = _PLACEHOLDER.sub(substitute, value)
        if not pattern.fullmatch(value):
            raise self.error(key, wanted)
        return value

    def whole(self, key: str, default: int | None, lowest: int, highest: int, wanted: str) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise self.error(key, wanted)
        return value

    def seconds(self, key: str, default: float) -> float:
        value = self.values.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 300:
            raise self.error(key, "seconds above 0 and up to 300")
        return float(value)

    def readiness(self) -> str | None:
        if self.values.get("readiness") is None:
            return None
        return self.text("readiness", re.compile(rf"/[!-~]*|{PORT}"), f"a path such as /readyz, or {PORT}")

    def auth(self) -> BasicAuth | None:
        value = self.values.get("auth")
        if value is None:
            return None
        user, hashed = (str(value.get("user")), str(value.get("hash"))) if isinstance(value, dict) else ("", "")
        if not (_USER.fullmatch(user) and _HASH.fullmatch(hashed)):
            # Its value is not said: it would be in the log.
            raise RoutesError(f"{self._where}: auth has to have a user and a hash as openssl passwd -6 makes it")
        return BasicAuth(user, hashed)

    def service(self) -> Service:
        return Service(
            name=self.text("service", _SERVICE, "the full name of a Swarm service"),
            port=self.whole("port", None, 1, 65535, "a port from 1 to 65535"),
            max_in_flight=self.whole("max_in_flight", Service.max_in_flight, 1, 100_000, "a whole number from 1"),
            queue_length=self.whole("queue_length", Service.queue_length, 0, 100_000, "a whole number from 0"),
            queue_seconds=self.seconds("queue_seconds", Service.queue_seconds),
            readiness=self.readiness(),
        )


def parse(text: str, names: Names) -> Routes:
    """Reads the routes file's text; raises RoutesError with the first thing that is wrong."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RoutesError(f"the routes file is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, list) or not document:
        raise RoutesError("the routes file has to be a list of routes, each with host, service and port")
    return parse_entries(document, names)


def parse_entries(document: Sequence[object], names: Names) -> Routes:
    """The same from the list itself, which may be empty."""
    routes: dict[str, Route | Redirect] = {}
    services: dict[str, Service] = {}
    for number, values in enumerate(document, start=1):
        if not isinstance(values, dict):
            raise RoutesError(f"route {number}: has to be a mapping with host, service and port")
        entry = _Entry(number, values, names)
        host = entry.text("host", _HOST, "a host name in lower case, or *. and a suffix")
        if host in routes:
            raise RoutesError(f"route {number}: {host} is routed twice; remove one")
        if "redirect" in values:
            routes[host] = Redirect(host, entry.text("redirect", _HOST, "the host to send to"))
            continue
        service = entry.service()
        routes[host] = Route(host=host, service=service.name, port=service.port, auth=entry.auth())
        first = services.setdefault(service.name, service)
        _check_agreement(number, first, service)
    return Routes(
        routes=tuple(route for route in routes.values() if isinstance(route, Route)),
        services=tuple(services.values()),
        redirects=tuple(route for route in routes.values() if isinstance(route, Redirect)),
    )


def joined(shipped: Routes, apps: Routes) -> tuple[Routes, tuple[str, ...]]:
    """The stack's own routes with those of apps, and the hosts that apps may not have: what is shipped stays."""
    taken = {route.host for route in shipped.routes} | {redirect.host for redirect in shipped.redirects}
    own = {service.name for service in shipped.services}
    routes = [route for route in apps.routes if route.host not in taken and route.service not in own]
    led_to = {route.service for route in routes}
    refused = {route.host for route in apps.routes} - {route.host for route in routes}
    refused |= {redirect.host for redirect in apps.redirects if redirect.host in taken}
    whole = Routes(
        routes=(*shipped.routes, *routes),
        services=(*shipped.services, *(service for service in apps.services if service.name in led_to)),
        redirects=(*shipped.redirects, *(redirect for redirect in apps.redirects if redirect.host not in taken)),
    )
    return whole, tuple(sorted(refused))


def _check_agreement(number: int, first: Service, other: Service) -> None:
    """Routes of one service share its queue and its list, hence the limits and the readiness path."""
    for name in ("max_in_flight", "queue_length", "queue_seconds", "readiness"):
        if getattr(first, name) != getattr(other, name):
            raise RoutesError(
                f"route {number}: {name} of {other.name} is {getattr(other, name)!r}, "
                f"and {getattr(first, name)!r} in an earlier route; routes of one service have to agree"
            )
