"""What a message carries so that its receiver knows from whom it is, as Standard Webhooks have it. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime


def headers(key: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The message's id, which is the same in every attempt, the attempt's time, and the signature of all three."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}
