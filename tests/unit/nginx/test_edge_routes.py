"""The routes file: what is taken, what is refused and in which words."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from nginx.agent import settings
from nginx.agent.routes import Names, Route, RoutesError, Service, parse

NAMES = Names(domain="example.org", blog_domain="blogs.example.org", stack="flotilla")
SHIPPED = Path(__file__).parents[3] / "nginx" / "routes.yml"


def file(*entries: dict[str, object]) -> str:
    return yaml.safe_dump([{"host": "a.example.org", "service": "one", "port": 80} | entry for entry in entries])


def test_the_shipped_file_routes_the_platform_and_captain() -> None:
    """Every host of the platform leads to the app, captain's to captain."""
    routes = parse(SHIPPED.read_text(encoding="utf-8"), NAMES)
    assert {route.host: (route.service, route.port) for route in routes.routes} == {
        "example.org": ("flotilla_app", 8000),
        "www.example.org": ("flotilla_app", 8000),
        "app.example.org": ("flotilla_app", 8000),
        "admin.example.org": ("flotilla_app", 8000),
        "*.blogs.example.org": ("flotilla_app", 8000),
        "captain.example.org": ("flotilla_captain", 8000),
    }
    assert [service.name for service in routes.services] == ["flotilla_app", "flotilla_captain"]


def test_the_shipped_limits_are_the_defaults_in_the_code() -> None:
    """What the commented file says is what a route without it gets."""
    app, captain = parse(SHIPPED.read_text(encoding="utf-8"), NAMES).services
    assert app == Service(name="flotilla_app", port=8000, readiness="/readyz")
    # Its own limit: changes wait for their turn there, ten of one client's (a quarter of it) at once and more.
    assert captain == Service(name="flotilla_captain", port=8000, max_in_flight=200)


def test_every_key_is_explained_in_the_shipped_file() -> None:
    """An operator finds each key in the comment at the top."""
    comment = SHIPPED.read_text(encoding="utf-8").split("\n\n", 1)[0]
    keys = {field.name for field in fields(Service)} - {"name"} | {"host", "service", "redirect"}
    assert [key for key in keys if f"#   {key} " not in comment] == []


def test_routes_of_one_service_share_it() -> None:
    """Two hosts, two ports, one replica list."""
    routes = parse(file({}, {"host": "b.example.org", "port": 81}), NAMES)
    assert routes.routes == (Route("a.example.org", "one", 80), Route("b.example.org", "one", 81))
    assert routes.services == (Service("one", 80),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has to be a list"),
        ("host: a", "has to be a list"),
        ("- a", "route 1: has to be a mapping"),
        ("- {", "not YAML"),
        (
            file({"host": "{planet}"}),
            r"route 1: host has {planet}; known are {domain}, {blog_domain}, {stack}",
        ),
        (file({"host": "UPPER.org"}), "host is 'UPPER.org'; give a host name in lower case"),
        (file({"host": "a.*.org"}), "give a host name"),
        (file({"host": 7}), "host is 7; give a host name"),
        ("- {service: a, port: 1}", "host is missing"),
        (file({"service": "a b"}), "service is 'a b'"),
        (file({"port": 0}), "port is 0; give a port from 1 to 65535"),
        (file({"port": "80"}), "port is '80'"),
        (file({"port": True}), "port is True"),
        ("- {host: a, service: a}", "port is missing; give a port"),
        (file({"max_in_flight": 0}), "max_in_flight is 0"),
        (file({"queue_length": -1}), "queue_length is -1"),
        (file({"queue_seconds": 0}), "queue_seconds is 0"),
        (file({"readiness": "readyz"}), "readiness is 'readyz'; give a path"),
        (file({"readiness": "/a b"}), "give a path"),
        (file({"max_inflight": 3}), "unknown key 'max_inflight'"),
        (file({}, {}), "route 2: a.example.org is routed twice"),
        (file({}, {"host": "b", "max_in_flight": 9}), "max_in_flight of one is 9, and 8 in an earlier route"),
        (file({}, {"host": "b", "readiness": "/r"}), "routes of one service have to agree"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, said: str) -> None:
    """The operator reads which route, which key, and what to give instead."""
    with pytest.raises(RoutesError) as caught:
        parse(text, NAMES)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_have_defaults_and_empty_values_count_as_unset() -> None:
    """The stack file passes an empty FLOTILLA_BLOG_DOMAIN when nobody set one."""
    assert settings.from_environment({}).names == Names("localhost", "blogs.localhost", "flotilla")
    given = settings.from_environment({"FLOTILLA_DOMAIN": "Example.org", "FLOTILLA_BLOG_DOMAIN": ""})
    assert given.names == Names("example.org", "blogs.example.org", "flotilla")
