"""Which surface a host name belongs to."""

from __future__ import annotations

import pytest

from app.hosts import Address, Hosts, Surface, normal

HOSTS = Hosts("example.org", "blogs.example.org")


@pytest.mark.parametrize(
    ("host", "path", "address"),
    [
        ("example.org", "/", Address(Surface.MARKETING)),
        ("www.example.org", "/", Address(Surface.MARKETING)),
        ("app.example.org", "/", Address(Surface.DASHBOARD)),
        ("app.example.org", "/apis", Address(Surface.DASHBOARD)),
        ("app.example.org", "/api", Address(Surface.API)),
        ("app.example.org", "/api/v1/sites", Address(Surface.API)),
        ("admin.example.org", "/api/v1/sites", Address(Surface.ADMIN)),
        ("a-site.blogs.example.org", "/", Address(Surface.BLOG, "a-site")),
        ("a-site.blogs.example.org", "/api/v1/sites", Address(Surface.BLOG, "a-site")),
        ("two.labels.blogs.example.org", "/", Address(Surface.NONE)),
        ("blogs.example.org", "/", Address(Surface.NONE)),
        (".blogs.example.org", "/", Address(Surface.NONE)),
        ("shop.example.org", "/", Address(Surface.NONE)),
        ("example.org.evil.com", "/", Address(Surface.NONE)),
        ("notexample.org", "/", Address(Surface.NONE)),
        ("", "/", Address(Surface.NONE)),
    ],
)
def test_a_host_has_one_surface(host: str, path: str, address: Address) -> None:
    """Every name has exactly one surface, and a name that is not ours has none."""
    assert HOSTS.address(host, path) == address


@pytest.mark.parametrize("host", ["APP.example.ORG", "app.example.org:8080", "app.example.org.", " app.example.org "])
def test_spelling_does_not_matter(host: str) -> None:
    """Capitals, a port and the dot of a full name change nothing."""
    assert HOSTS.address(host).surface is Surface.DASHBOARD


def test_an_address_is_a_host_too() -> None:
    """The colons of an IPv6 literal are not a port."""
    assert normal("[2001:db8::1]:8080") == "[2001:db8::1]"
    assert HOSTS.address("10.0.0.1:8000").surface is Surface.NONE


def test_sites_may_live_directly_under_the_domain() -> None:
    """With one domain for both, the platform's own names come first."""
    hosts = Hosts("example.org", "example.org")
    assert hosts.address("app.example.org").surface is Surface.DASHBOARD
    assert hosts.address("hello.example.org") == Address(Surface.BLOG, "hello")
