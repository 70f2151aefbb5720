"""Sending one message to an address that somebody gave: bounded in time and size, and to nowhere in this network."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import h11

from app.webhooks.address import Address, is_elsewhere
from app.webhooks.own_networks import own_networks

SECONDS = 10.0
"""What a message may take, from the look-up of the name to the answer's head."""

MOST_READ_BYTES = 32_768
"""What is read of an answer: its head, and what came with it."""


class NotDelivered(Exception):
    """Nobody took the message; the text says why, `status` what was answered if anything was."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


def may_be_reached(address: Address) -> bool:
    """Whether messages may go there: one machine on the internet, that is in no network of this container."""
    plain = getattr(address, "ipv4_mapped", None) or address
    return is_elsewhere(address) and not any(plain in network for network in own_networks())


async def send(
    url: str, headers: Mapping[str, str], body: bytes, *, allowed: Callable[[Address], bool] = may_be_reached
) -> int:
    """POSTs JSON; the answer's status, 2xx. Redirects are not followed. Raises NotDelivered."""
    try:
        async with asyncio.timeout(SECONDS):
            status = await _exchange(url, headers, body, allowed)
    except TimeoutError as error:
        raise NotDelivered(f"there was no answer within {SECONDS:g} s") from error
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered(f"the certificate is not to be trusted: {error.verify_message}") from error
    except (ValueError, h11.LocalProtocolError) as error:
        raise NotDelivered(f"the address cannot be used: {error}") from error
    except h11.RemoteProtocolError as error:
        raise NotDelivered(f"what was answered is no HTTP: {error}") from error
    except OSError as error:
        raise NotDelivered(f"it cannot be reached: {error.strerror or error}") from error
    if 300 <= status < 400:
        raise NotDelivered(f"it answered {status}, and redirects are not followed: give the new address", status)
    if not 200 <= status < 300:
        raise NotDelivered(f"it answered {status}", status)
    return status


async def _exchange(url: str, headers: Mapping[str, str], body: bytes, allowed: Callable[[Address], bool]) -> int:
    parts = urlsplit(url)
    host, secure = (parts.hostname or "").removesuffix("."), parts.scheme == "https"
    given = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "User-Agent": "Flotilla",
        "Connection": "close",
        **headers,
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = h11.Connection(h11.CLIENT)
    head = connection.send(h11.Request(method="POST", target=target, headers=list(given.items())))
    data = connection.send(h11.Data(data=body))
    reader, writer = await _connected(host, parts.port or (443 if secure else 80), secure, allowed)
    try:
        writer.write((head or b"") + (data or b""))
        await writer.drain()
        return await _status(reader, connection)
    finally:
        writer.transport.abort()  # what else it says is of no interest


async def _connected(
    host: str, port: int, secure: bool, allowed: Callable[[Address], bool]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to an address that was looked at: to that one, and not to what the name leads to a moment later."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NotDelivered(f"the name {host} leads nowhere: {error.strerror}") from error
    addresses = list(dict.fromkeys(ipaddress.ip_address(place[0]) for *_, place in found))
    reachable = [address for address in addresses if allowed(address)]
    if not reachable:
        raise NotDelivered(f"{host} leads to {addresses[0]}, and nothing is sent into this network or machine itself")
    context = ssl.create_default_context() if secure else None
    for address in reachable[:-1]:
        with contextlib.suppress(OSError):  # the last one's error is told
            return await _open(str(address), port, context, host)
    return await _open(str(reachable[-1]), port, context, host)


async def _open(
    address: str, port: int, context: ssl.SSLContext | None, host: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(address, port, ssl=context, server_hostname=host if context else None)


async def _status(reader: asyncio.StreamReader, connection: h11.Connection) -> int:
    left = MOST_READ_BYTES
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            data = await reader.read(left)
            left -= len(data)
            if left <= 0:
                raise NotDelivered("what was answered begins with too much")
            connection.receive_data(data)
