"""Addresses of mail, as people type them. Pure."""

from __future__ import annotations

import re

from app.errors import invalid_member
from app.models.words import EMAIL_LENGTH

# What `EMAIL_PATTERN` lets through in the database, and no control characters, which would end a header.
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f<>(),;:\"\[\]\\]+@[^@\s\x00-\x1f\x7f<>(),;:\"\[\]\\]+")


def normal(given: str) -> str | None:
    """The address without spaces around it, in lower case; None if it cannot be one.

    Whether mail arrives there is found out by sending some.
    """
    address = given.strip().lower()
    return address if 3 <= len(address) <= EMAIL_LENGTH and _ADDRESS.fullmatch(address) else None


def required(given: str) -> str:
    """The address, in the form that it is kept in. PlatformError 422 if it cannot be one."""
    address = normal(given)
    if address is None:
        raise invalid_member("/email", "This is no address of mail; give one such as name@example.com.")
    return address
