"""Whether a request comes from the platform's own pages. Pure. The reasons are in docs/decisions/0012."""

from __future__ import annotations

import hmac

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"


def is_foreign(host: str, origin: str, fetch_site: str) -> bool:
    """Whether a browser says that another site's page sent it. Programs say neither and are not foreign.

    `host` is the Host header. Sites of the same installation are other sites too: a blog's page is its author's.
    """
    if fetch_site:
        return fetch_site not in {"same-origin", "none"}
    return bool(origin) and _name(origin.partition("://")[2]) != _name(host)


def is_own(host: str, origin: str, fetch_site: str, given: str, expected: str) -> bool:
    """Whether a change with a session's cookie is meant: sent by our own page, which knows the session's token."""
    said = fetch_site == "same-origin" or (not fetch_site and bool(origin))
    known = hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode())
    return said and not is_foreign(host, origin, fetch_site) and known


def _name(host: str) -> str:
    """Without the port, which the edge may have changed on the way."""
    return host.lower().rpartition(":")[0] or host.lower() if host.rpartition(":")[2].isdigit() else host.lower()
