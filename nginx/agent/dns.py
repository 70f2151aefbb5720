"""Asks the engine's DNS for the addresses of a service's tasks."""

from __future__ import annotations

import asyncio
import socket

from nginx.agent.replicas import Answer, Missing

_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


async def tasks_of(service: str) -> Answer:
    """IPv4 addresses of ``tasks.<service>``.

    Missing.NONE when the name does not exist, Missing.UNKNOWN when no server answered or it failed. How long
    a server may take is set by RES_OPTIONS (entrypoint.sh); the dot at the end keeps search domains out.
    """
    loop = asyncio.get_running_loop()
    name = f"tasks.{service}."
    try:
        found = await loop.getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return Missing.NONE if error.errno in _NO_SUCH_NAME else Missing.UNKNOWN
    return tuple(str(address[0]) for *_, address in found)
