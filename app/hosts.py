"""Which surface a host name belongs to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Surface(StrEnum):
    """The platform's faces, each with pages of its own."""

    MARKETING = "marketing"
    DASHBOARD = "dashboard"
    ADMIN = "admin"
    API = "api"
    BLOG = "blog"
    NONE = "none"  # a host that nobody has here


@dataclass(frozen=True)
class Address:
    """A surface; for a blog also which site (`slug`, a single DNS label)."""

    surface: Surface
    slug: str = ""


@dataclass(frozen=True)
class Hosts:
    """The host names of one installation; `domain` and `blog_domain` without port, in lower case."""

    domain: str
    blog_domain: str

    def address(self, host: str, path: str = "/") -> Address:
        """The address that a request's Host header and path mean. An unknown host is `Surface.NONE`."""
        name = normal(host)
        if name == self.domain or name == f"www.{self.domain}":
            return Address(Surface.MARKETING)
        if name == f"app.{self.domain}":
            return Address(Surface.API if path == "/api" or path.startswith("/api/") else Surface.DASHBOARD)
        if name == f"admin.{self.domain}":
            return Address(Surface.ADMIN)
        slug, dot, rest = name.partition(".")
        if dot and slug and rest == self.blog_domain:
            return Address(Surface.BLOG, slug)
        return Address(Surface.NONE)


def normal(host: str) -> str:
    """A Host header's name: lower case, without port and without the dot that ends a full name."""
    name = host.strip().lower()
    if name.startswith("["):  # an IPv6 literal holds colons of its own
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].removesuffix(".")
