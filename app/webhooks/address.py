"""Whether something may be sent to an address that somebody gave. Pure: names are not looked up.

A name may lead to any address, and to another one tomorrow: whoever sends has to look at the one that it connects to.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
# What programs take for a number: 127.1, 0x7f000001 and 2130706433 are all 127.0.0.1 to some of them.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 as a gateway of IPv6 has it (RFC 6052)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def fault(url: str) -> str | None:
    """What is wrong with an address, as a sentence, or None. It has to be http(s) to a host that may be elsewhere."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address; give one such as https://example.org/hook."
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii() or "\\" in url:
        return "The address has to begin with https:// or http:// and a host's name; write that as xn--… if need be."
    if parts.username is not None or parts.password is not None:
        return "The address may hold no name or password; what is sent is signed with the webhook's secret."
    if port == 0:
        return "The address has a port that is none."
    host = parts.hostname.lower().removesuffix(".")
    if parts.netloc.rpartition("@")[2].startswith("["):
        return _of_literal(host)
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _of_literal(host)
    if len(host) > 253 or not _NAME.fullmatch(host):
        return "The address has a host's name that is none."
    if host == "localhost" or host.endswith(".localhost"):
        return _NOT_ELSEWHERE
    return None


_NOT_ELSEWHERE = "The address leads to this network or machine itself; give one that is reached over the internet."


def _of_literal(host: str) -> str | None:
    try:
        address: Address = ipaddress.ip_address(host)
    except ValueError:
        return "The address has a number that is no IP address in its usual form; write the host's name."
    return None if is_elsewhere(address) else _NOT_ELSEWHERE


def is_elsewhere(address: Address) -> bool:
    """Whether it is one machine's on the internet; of an IPv6 address that holds one of IPv4, whether that is too."""
    if isinstance(address, ipaddress.IPv6Address):
        held = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _TRANSLATED:
            held.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(is_elsewhere(one) for one in held if one is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
        if address.scope_id is not None:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
