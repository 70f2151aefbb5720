"""From where somebody asks. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

USER_AGENT_LENGTH = 300


@dataclass(frozen=True)
class Visitor:
    """`address` is the client's as the edge saw it, None where nobody knows; `user_agent` what it says it is."""

    address: str | None
    user_agent: str
    request_id: str | None


def visitor(real_ip: str, peer: str, user_agent: str, request_id: str) -> Visitor:
    """`real_ip` is the edge's header, which it sets whatever clients send; without one `peer`, who connected."""
    return Visitor(_address(real_ip) or _address(peer), _plain(user_agent)[:USER_AGENT_LENGTH], request_id[:64] or None)


def _address(given: str) -> str | None:
    try:
        return str(ipaddress.ip_address(given.strip()))
    except ValueError:
        return None


def _plain(given: str) -> str:
    return "".join(letter for letter in given if letter.isprintable())
