"""When the certificates that nginx serves end: openssl is asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path


async def expiries(file: Path) -> Mapping[str, float]:
    """Unix time at which the first certificate in a PEM file ends, by its common name.

    Empty when the file holds none that openssl can read: nginx says so itself, and does not start.
    """
    command = ("openssl", "x509", "-in", str(file), "-noout", "-subject", "-nameopt", "multiline", "-enddate")
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except FileNotFoundError:
        return {}
    output, _ = await process.communicate()
    return parse(output.decode(errors="replace"))


def parse(text: str) -> Mapping[str, float]:
    """What openssl prints of one certificate; a certificate without a common name gets an empty one."""
    name, expires = "", None
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "commonName":
            name = value
        elif key == "notAfter":
            expires = float(ssl.cert_time_to_seconds(value))
    return {} if expires is None else {name: expires}
