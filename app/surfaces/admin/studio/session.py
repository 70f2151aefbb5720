"""Who is signed in to Studio, and what is switched on: a value that the browser keeps and cannot change. Pure.

It is signed with a key of the installation, so any replica reads it and none has to remember it. Whose it is, the
account's own session says, whose secret it holds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

COOKIE = "__Host-flotilla_studio"
LASTS = timedelta(hours=8)
WRITING_LASTS = timedelta(hours=1)
REASON_LENGTH = 500


@dataclass(frozen=True)
class Session:
    """`secret` is that of the account's session, which this one ends with; `operator` the account's address.

    `writing_until` and `ends` are seconds since 1970. As a tenant if `organisation_id` is not empty.
    """

    operator: str
    secret: str
    ends: int
    writing_until: int = 0
    reason: str = ""
    organisation_id: str = ""
    organisation_name: str = ""

    def writing(self, now: datetime) -> bool:
        """Whether rows may be changed."""
        return now.timestamp() < self.writing_until


def begin(operator: str, secret: str, now: datetime) -> Session:
    """A session of somebody who has just signed in: it reads."""
    return Session(operator, secret, int((now + LASTS).timestamp()))


def switch_on(session: Session, reason: str, now: datetime) -> Session:
    """The session with writing switched on, for an hour. ValueError without a reason."""
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise ValueError("Say why you need to change something: the audit keeps it beside each change.")
    if len(reason) > REASON_LENGTH:
        raise ValueError(f"Say it in at most {REASON_LENGTH} characters.")
    return replace(session, reason=reason, writing_until=int((now + WRITING_LASTS).timestamp()))


def switch_off(session: Session) -> Session:
    """The session, which only reads from here on."""
    return replace(session, reason="", writing_until=0)


def see_as(session: Session, organisation_id: str, organisation_name: str) -> Session:
    """The session as a tenant; with empty words, as the operator again. It only reads until switched on anew."""
    return replace(switch_off(session), organisation_id=organisation_id, organisation_name=organisation_name[:100])


def signing_key(secret: str) -> bytes:
    """The key that sessions are signed with, from a secret of the installation."""
    return hmac.digest(secret.encode(), b"flotilla studio session", hashlib.sha256)


def seal(session: Session, key: bytes) -> str:
    """The session as a cookie's value."""
    body = base64.urlsafe_b64encode(json.dumps(asdict(session)).encode()).rstrip(b"=")
    return f"{body.decode()}.{_signature(body, key)}"


def unseal(cookie: str, keys: Sequence[bytes], now: datetime) -> Session | None:
    """The session in a cookie's value, or None if there is none, it is not ours, or it has ended."""
    body, _, signature = cookie.partition(".")
    given = body.encode("latin-1", "replace")
    # All are compared, so that nothing is learnt from the time it takes.
    same = [
        hmac.compare_digest(_signature(given, key).encode(), signature.encode("latin-1", "replace")) for key in keys
    ]
    if not any(same):
        return None
    try:
        session = Session(**json.loads(base64.urlsafe_b64decode(given + b"=" * (-len(given) % 4))))
    except (ValueError, TypeError, binascii.Error):
        return None
    return session if now.timestamp() < session.ends else None


def _signature(body: bytes, key: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, body, hashlib.sha256)).rstrip(b"=").decode()
