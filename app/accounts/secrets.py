"""Secrets that stand for somebody: made here, shown once, and kept as a hash.

They are 256 random bits, so the plain SHA-256 cannot be turned back, and looking it up by an index tells nothing.
"""

from __future__ import annotations

import hashlib
import secrets

LENGTH = 43
"""Characters of a secret: 32 bytes in base64url."""


def new_secret() -> str:
    """A secret for a cookie or a link."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What the database keeps of it. What was never made here has a hash too, and none that is found."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def csrf_token(session_secret: str) -> str:
    """What a page sends in a header with each change: follows from the session's secret, and does not tell it."""
    return hashlib.sha256(b"csrf " + session_secret.encode("utf-8", "replace")).hexdigest()
