"""Webhooks of an organisation, and what was delivered to them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import PlatformError, invalid_member
from app.rows import Parent, Row, Rows, Versions
from app.webhooks.address import fault

KEY_BYTES = 32
PREFIX = "whsec_"
"""Of a secret: the key in Base64 follows, as Standard Webhooks write it."""


def not_found() -> PlatformError:
    """The webhook that the address names does not exist."""
    return PlatformError(
        404, "webhook_not_found", "There is no such webhook; list the webhooks to see which there are."
    )


def _no_such_delivery() -> PlatformError:
    return PlatformError(
        404, "delivery_not_found", "There is no such delivery; list the webhook's to see which there are."
    )


def _no_such_site() -> PlatformError:
    return invalid_member("/site_id", "There is no such site.")


WEBHOOKS = Rows(
    "webhook",
    shown=("id", "site_id", "url", "events", "paused_at", "created_at", "updated_at"),
    taken={"site_id": "uuid", "url": "text", "events": "text[]", "signing_key": "bytea"},
    missing=not_found,
    parent=None,
    filters={"site_id": "site_id = CAST(:site_id AS uuid)"},
    refusals={"fk_webhook_organisation_id_site_id": _no_such_site},
    outside=_no_such_site,
)

_WHOLE = (
    *("id", "webhook_id", "event", "payload", "status", "attempts", "next_attempt_at", "response_status"),
    *("response_seconds", "last_error", "created_at", "updated_at"),
)
_OF_WEBHOOK = Parent("webhook", "webhook_id", not_found)
_FILTERS = {"status": "status = :status", "event": "event = :event"}
WHOLE_DELIVERIES = Rows("webhook_delivery", _WHOLE, {}, _no_such_delivery, _OF_WEBHOOK)
DELIVERIES = replace(WHOLE_DELIVERIES, shown=tuple(name for name in _WHOLE if name != "payload"), filters=_FILTERS)


async def create(connection: AsyncConnection, values: Mapping[str, object], *, paused: bool) -> Row:
    """Makes a webhook; `secret` of its row is in no other. Errors: 422 for a site that is not there, or the address."""
    _require_elsewhere(values)
    key = secrets.token_bytes(KEY_BYTES)
    since = {"paused_at": "now()"} if paused else {}
    made = await WEBHOOKS.create(connection, None, {**values, "signing_key": key}, computed=since)
    return {**made, "secret": PREFIX + base64.b64encode(key).decode()}


async def change(
    connection: AsyncConnection,
    webhook_id: str,
    values: Mapping[str, object],
    *,
    paused: bool | None,
    versions: Versions,
) -> Row:
    """Changes what `values` name, and whether it is `paused` (None: as before). Errors: 404, 412, 422."""
    _require_elsewhere(values)
    since = {} if paused is None else {"paused_at": "coalesce(paused_at, now())" if paused else "NULL"}
    return await WEBHOOKS.change(connection, None, webhook_id, values, computed=since, versions=versions)


def _require_elsewhere(values: Mapping[str, object]) -> None:
    wrong = fault(str(values["url"])) if "url" in values else None
    if wrong is not None:
        raise invalid_member("/url", wrong)
