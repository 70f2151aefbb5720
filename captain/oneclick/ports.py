"""`ports` of a template's service, short and long. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from captain.errors import CaptainError
from captain.oneclick.substitution import Substitution
from captain.oneclick.template import Unsupported
from captain.oneclick.yaml_text import Tree
from captain.stack import Port

# The edge listens there and gives an app its requests; nothing else on the node can.
EDGE_PORTS = (80, 443)
_EVERY_IP = ("", "0.0.0.0", "[::]", "::")
# Of CapRover's templates a port without a protocol is for both, and those for voice, games and DNS count on it.
_BOTH = ("tcp", "udp")
_PROTOCOLS = ("tcp", "udp", "sctp")
_RANGE = re.compile(r"\s*(\d{1,5})(?:-(\d{1,5}))?\s*", re.ASCII)
_MOST = 2000
_LONG = ("target", "published", "protocol", "mode", "host_ip")
_WHICH_IP = "is left out: a Swarm publishes on all addresses of a node, not on {} alone; other apps reach it anyway"
_UNPUBLISHED = "is left out: it names no port of the node; other apps reach the port anyway"


def ports(entries: list[Tree], path: str, values: Substitution, unsupported: list[Unsupported]) -> tuple[Port, ...]:
    """The published ports in their order, in the mode `host`. What is left out is added to `unsupported`.

    `CaptainError` names the entry that is no port.
    """
    found: dict[Port, None] = {}
    for at, entry in enumerate(entries):
        where = f"{path}.{at}"
        read = _long(entry, where, values, unsupported) if isinstance(entry, dict) else None
        for port in read if read is not None else _short(entry, where, values, unsupported):
            if port.published in EDGE_PORTS:
                unsupported.append(Unsupported(where, f"is left out: port {port.published} of a node is the edge's"))
            else:
                found[port] = None
    if len(found) > _MOST:
        raise CaptainError(f"{path} publishes {len(found)} ports: {_MOST} are the most.")
    return tuple(found)


def _short(entry: Tree, where: str, values: Substitution, unsupported: list[Unsupported]) -> Iterator[Port]:
    if not isinstance(entry, str):
        raise CaptainError(f"{where} has to be a port such as 8080:80.")
    written, slash, protocol = entry.rpartition("/")
    if not slash:
        written, protocol = entry, ""
    protocols = (values.text(protocol).lower(),) if slash else _BOTH
    if protocols[0] not in _PROTOCOLS:
        raise CaptainError(f"{where} has the protocol '{protocols[0]}': write {' or '.join(_PROTOCOLS)}.")
    *host, target = values.split(written, ":")
    if not host:
        unsupported.append(Unsupported(where, _UNPUBLISHED))
    elif ":".join(host[:-1]) not in _EVERY_IP:
        unsupported.append(Unsupported(where, _WHICH_IP.format(":".join(host[:-1]))))
    else:
        yield from _pairs(host[-1], target, protocols, where)


def _long(entry: dict[str, Tree], where: str, values: Substitution, unsupported: list[Unsupported]) -> list[Port]:
    texts: dict[str, str] = {}
    for key, value in entry.items():
        if key not in _LONG:
            unsupported.append(Unsupported(f"{where}.{key}", "is left out: captain does not know this key of a port"))
        elif isinstance(value, list | dict):
            raise CaptainError(f"{where}.{key} has to be a text or a number.")
        else:
            texts[key] = values.text(value or "")
    if texts.get("mode") == "ingress":
        unsupported.append(Unsupported(f"{where}.mode", "is left out: captain publishes on the node that runs the app"))
    if texts.get("host_ip", "") not in _EVERY_IP:
        unsupported.append(Unsupported(where, _WHICH_IP.format(texts["host_ip"])))
        return []
    if not texts.get("published"):
        unsupported.append(Unsupported(where, _UNPUBLISHED))
        return []
    protocol = texts.get("protocol") or "tcp"
    if protocol not in _PROTOCOLS:
        raise CaptainError(f"{where}.protocol is '{protocol}': write {' or '.join(_PROTOCOLS)}.")
    return list(_pairs(texts["published"], texts.get("target", ""), (protocol,), where))


def _pairs(published: str, target: str, protocols: tuple[str, ...], where: str) -> Iterator[Port]:
    outside, inside = _numbers(published, where), _numbers(target, where)
    if len(outside) != len(inside):
        raise CaptainError(f"{where} gives {len(outside)} ports of the node for {len(inside)} of the app.")
    for one, other in zip(outside, inside, strict=True):
        for protocol in protocols:
            yield Port(target=other, published=one, protocol=protocol, mode="host")


def _numbers(text: str, where: str) -> range:
    match = _RANGE.fullmatch(text)
    first = int(match[1]) if match else 0
    last = int(match[2] or match[1]) if match else 0
    if not 0 < first <= last < 65536:
        raise CaptainError(f"{where} is '{text}' where a port from 1 to 65535 has to be, or a range such as 8000-8010.")
    return range(first, last + 1)
