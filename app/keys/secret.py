"""The form of a key's secret: `fl_`, 30 letters and digits, and 6 that tell a typing error. Pure."""

from __future__ import annotations

import hashlib
import re
import zlib

PREFIX = "fl_"
RANDOM_LENGTH = 30
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SHOWN_LENGTH = 11
"""How much of it is kept and listed, so that people know it again."""

_FORM = re.compile(f"{PREFIX}[0-9A-Za-z]{{{RANDOM_LENGTH + 6}}}")


def secret(random: str) -> str:
    """The secret that has these random letters."""
    return f"{PREFIX}{random}{_checksum(random)}"


def well_formed(given: str) -> bool:
    """Whether it can be a key's secret: what cannot is refused without asking the database."""
    return _FORM.fullmatch(given) is not None and given[-6:] == _checksum(given[len(PREFIX) : -6])


def digest(given: str) -> bytes:
    """What is kept of it. A secret this long and random needs no slow hash."""
    return hashlib.sha256(given.encode()).digest()


def _checksum(random: str) -> str:
    left, made = zlib.crc32(random.encode()), ""
    for _ in range(6):
        left, place = divmod(left, len(ALPHABET))
        made = ALPHABET[place] + made
    return made
