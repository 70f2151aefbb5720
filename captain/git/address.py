"""Addresses of repositories: what they lead to, and which of them captain goes to. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from captain.errors import CaptainError

_PORTS = {"https": 443, "ssh": 22, "http": 80}
_SHORT = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>(?!/)[^\s:]+)", re.ASCII)
_FULL = re.compile(
    r"(?P<scheme>https|ssh|http)://"
    r"(?:(?P<user>[^@/:\s]*)(?P<password>:[^@/\s]*)?@)?"
    r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/\S*)",
    re.ASCII,
)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_PATH = re.compile(r"/[\w~%+./@-]*[\w~%+/@-]", re.ASCII)
_BRANCH = re.compile(r"(?!-)[\w./+@#-]{1,200}", re.ASCII)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Address:
    """`user` is empty but for ssh; `path` begins with a slash."""

    scheme: str
    user: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        """As git takes it."""
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{user}{host}{port}{self.path}"


def parse_address(text: str) -> Address:
    """An address with https, ssh (also as `git@host:path`) or http. `CaptainError` for any other, and for passwords."""
    short = _SHORT.fullmatch(text)
    if short is not None:
        return _checked(Address("ssh", short["user"], short["host"], 22, f"/{short['path']}"), text)
    full = _FULL.fullmatch(text)
    if full is None:
        raise CaptainError(
            f"'{text[:_LONGEST]}' is no address that captain fetches from: give https://HOST/PATH or git@HOST:PATH."
        )
    if full["password"] is not None or (full["user"] and full["scheme"] != "ssh"):
        raise CaptainError("Put no name or password into the address: for a private repository give git@HOST:PATH.")
    host, port = full["host"].strip("[]").lower(), int(full["port"] or _PORTS[full["scheme"]])
    return _checked(Address(full["scheme"], full["user"] or "", host, port, full["path"]), text)


def _checked(address: Address, text: str) -> Address:
    is_ssh = address.scheme == "ssh"
    if (
        len(text) > _LONGEST
        or not 0 < address.port < 65536
        or not _PATH.fullmatch(address.path)
        or (is_ssh and not _USER.fullmatch(address.user))
    ):
        raise CaptainError(f"'{text[:_LONGEST]}' is no address of a repository, such as git@github.com:ann/shop.git.")
    return address


def checked_branch(name: str) -> str:
    """The same. `CaptainError` for what cannot be a branch."""
    if not _BRANCH.fullmatch(name) or ".." in name or name.endswith(("/", ".", ".lock")) or name.startswith(("/", ".")):
        raise CaptainError(f"'{name[:200]}' cannot be a branch's name.")
    return name


def reachable(address: Address, found: Iterable[str], may_be_private: bool) -> str:
    """Which of the IP addresses that the host has to go to. `CaptainError` where one of them is not public.

    One that is not is the platform's or a neighbour's; only an administrator can mean that, and http, too.
    """
    addresses = list(found)
    if not addresses:
        raise CaptainError(f"{address.host} has no address: look at its name.")
    if not may_be_private:
        if address.scheme == "http":
            raise CaptainError(
                f"{address} is not encrypted: give its https address, or ask an administrator to set it."
            )
        for one in addresses:
            if not is_public(one):
                raise CaptainError(
                    f"{address.host} is {one}, which is no public address: only an administrator may name it."
                )
    return addresses[0]


def is_public(text: str) -> bool:
    """Whether it is an address of the Internet; one of IPv4 in the clothes of IPv6 is what it is within."""
    found = ipaddress.ip_address(text.partition("%")[0])
    within = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if within is None and found.version == 6 and found in ipaddress.ip_network("64:ff9b::/96"):
        within = ipaddress.ip_address(int(found) & 0xFFFFFFFF)
    return (within or found).is_global and not found.is_multicast and not (within or found).is_multicast
