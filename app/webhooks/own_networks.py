"""The networks that a container is in, by the kernel's routes: also those whose addresses look public."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ROUTES = Path("/proc/net/route")
_ROUTES_6 = Path("/proc/net/ipv6_route")


def own_networks() -> tuple[Network, ...]:
    """Everything that is reached without a gateway. OSError where there is no such table."""
    found = list(of_ipv4(_ROUTES.read_text(encoding="ascii")))
    if _ROUTES_6.exists():  # a kernel without IPv6 has none
        found += of_ipv6(_ROUTES_6.read_text(encoding="ascii"))
    return tuple(found)


def of_ipv4(table: str) -> Iterator[Network]:
    """Of the text of /proc/net/route: addresses are hexadecimal numbers in the machine's order of bytes."""
    for line in table.splitlines()[1:]:
        _, destination, gateway, _, _, _, _, mask, *_ = line.split()
        if gateway == "00000000" and mask != "00000000":
            yield ipaddress.IPv4Network((_number(destination), str(ipaddress.IPv4Address(_number(mask)))))


def of_ipv6(table: str) -> Iterator[Network]:
    """Of the text of /proc/net/ipv6_route."""
    for line in table.splitlines():
        destination, length, _, _, gateway, *_ = line.split()
        if int(gateway, 16) == 0 and int(length, 16) > 0:
            yield ipaddress.IPv6Network((int(destination, 16), int(length, 16)))


def _number(written: str) -> int:
    return int.from_bytes(bytes.fromhex(written), "little")
