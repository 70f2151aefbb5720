"""Takes requests of an HTTP client to public addresses and no others, whatever a name leads to a moment later."""

from __future__ import annotations

import httpx

from captain.errors import CaptainError
from captain.git.address import Address, parse_address, reachable
from captain.git.fetch import addresses_of

_TIMEOUT_SECONDS = 5.0
_LONGEST = 200
"""Of an address in a sentence about it."""


class PublicTransport(httpx.BaseTransport):
    """`CaptainError` for an address that is not public or not encrypted, unless an administrator meant it."""

    def __init__(self, may_be_private: bool) -> None:
        self._may_be_private = may_be_private
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """To the address that was looked at; the name is still what the server is asked by and has to prove."""
        address = _address(str(request.url))
        ip = reachable(address, addresses_of(address), self._may_be_private)
        request.url = request.url.copy_with(host=ip)
        request.extensions = {**request.extensions, "sni_hostname": address.host}
        return self._inner.handle_request(request)

    def close(self) -> None:
        """With its connections."""
        self._inner.close()


def has_to_be_private(url: str, is_admin: bool) -> bool:
    """Whether only an administrator can mean this address. `CaptainError` where it is so, and none does."""
    address = _address(url)
    found = addresses_of(address)
    try:
        reachable(address, found, may_be_private=False)
    except CaptainError:
        if not is_admin:
            raise
        reachable(address, found, may_be_private=True)
        return True
    return False


def client(may_be_private: bool) -> httpx.Client:
    """A client for repositories that somebody named over an API. No proxy is asked: it would look names up itself."""
    return httpx.Client(transport=PublicTransport(may_be_private), timeout=_TIMEOUT_SECONDS, trust_env=False)


def _address(url: str) -> Address:
    try:
        found = parse_address(url)
    except CaptainError:
        found = None
    if found is None or found.scheme == "ssh":
        what = f"'{url[:_LONGEST]}' is no address of templates"
        raise CaptainError(f"{what}: give https://HOST/PATH without a name, a password or a query.")
    return found
