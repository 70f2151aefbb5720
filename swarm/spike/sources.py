"""Many source addresses on one interface: clients that a server cannot take for one. Needs NET_ADMIN.

The addresses lie at the high end of the overlay's subnet, which Swarm hands out from the low end, and only
those from which the edge can be reached are used. Swarm does not tell other nodes of them, so the edge has
to be one on this node.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from dataclasses import dataclass

from swarm.spike import wire

# In a smaller subnet the high end may be in use.
SMALLEST_PREFIX = 20
PROBE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Interface:
    """The interface that leads to the edge: its name, its own address, the subnet."""

    name: str
    address: str
    subnet: ipaddress.IPv4Network


def interface_towards(address: str, ip_json: str) -> Interface | None:
    """Finds the interface in whose subnet ``address`` lies, in the output of ``ip -j -4 address``. Pure."""
    wanted = ipaddress.IPv4Address(address)
    for link in json.loads(ip_json):
        for info in link.get("addr_info", ()):
            if "local" not in info:
                continue
            subnet = ipaddress.IPv4Network(f"{info['local']}/{info['prefixlen']}", strict=False)
            if wanted in subnet and subnet.prefixlen < 32:
                return Interface(link["ifname"], info["local"], subnet)
    return None


def choose(interface: Interface, count: int) -> list[str]:
    """The ``count`` highest addresses of the subnet; none if it is so small that they may be in use. Pure."""
    if interface.subnet.prefixlen > SMALLEST_PREFIX:
        return []
    top = int(interface.subnet.broadcast_address) - 1
    return [str(ipaddress.IPv4Address(top - number)) for number in range(count)]


def announcement(hardware: bytes, address: str) -> bytes:
    """An Ethernet frame that tells everybody on the link which card has an address (gratuitous ARP). Pure."""
    ip = ipaddress.IPv4Address(address).packed
    # Ethernet to all, ARP; then Ethernet/IPv4, a request, for the address by the address.
    head = b"\xff" * 6 + hardware + b"\x08\x06"
    return head + b"\x00\x01\x08\x00\x06\x04\x00\x01" + hardware + ip + b"\x00" * 6 + ip


def _announce(interface: Interface, addresses: list[str]) -> None:
    """The edge may remember the addresses from an earlier run, with a card that is gone."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
        link.bind((interface.name, 0))
        hardware = link.getsockname()[4]
        for address in addresses:
            link.send(announcement(hardware, address))


async def _ip(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "ip", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    if process.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {err.decode(errors='replace').strip()}")
    return out.decode()


async def _answers(edge: str, port: int, source: str) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            (await wire.connect(edge, port, source)).close()
    except (OSError, TimeoutError):
        return False
    return True


async def acquire(edge: str, port: int, count: int) -> tuple[list[str], str]:
    """(source addresses that work, a sentence about them). Falls back to the system's own address, ``""``,
    and says so.

    They go with the container; nothing has to be removed.
    """
    if count == 1:
        return [""], "Requests come from one source address."
    alone = "requests come from one source address"
    try:
        interface = interface_towards(edge, await _ip("-j", "-4", "address"))
        if interface is None:
            return [""], f"No interface leads straight to the edge at {edge}: {alone}."
        candidates = choose(interface, count)
        if not candidates:
            return [""], f"The subnet {interface.subnet} is too small to borrow addresses from: {alone}."
        for address in candidates:
            await _ip("address", "replace", f"{address}/32", "dev", interface.name)
        _announce(interface, candidates)
    except OSError as error:
        return [""], f"Cannot add source addresses ({error}): {alone}."
    working = await asyncio.gather(*(_answers(edge, port, address) for address in candidates))
    usable = [address for address, works in zip(candidates, working, strict=True) if works]
    if not usable:
        return [""], f"Added addresses get no answer from the edge at {edge}: {alone}."
    return usable, f"Requests come from {len(usable)} source addresses, {usable[-1]} to {usable[0]}."
