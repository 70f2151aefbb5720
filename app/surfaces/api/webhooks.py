"""`/webhooks`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.models.base import NO_ID
from app.models.scopes import Scope
from app.models.words import URL_LENGTH
from app.surfaces.api.answers import CHANGED, CONFLICT, MEDIA_TYPE, NOT_FOUND, caller_of, write
from app.surfaces.api.patterns import WEBHOOK_PATTERN
from app.surfaces.api.route import Route, needs
from app.surfaces.api.rows import AnyAfter, Sort, listed, one, require_once
from app.surfaces.api.schemas import (
    After,
    Etag,
    Given,
    Id,
    IdempotencyKey,
    IdOf,
    IfMatch,
    Key,
    Limit,
    left_out,
    one_line,
)
from app.versions import wanted
from app.webhooks import webhooks
from app.webhooks.webhooks import DELIVERIES, WEBHOOKS, WHOLE_DELIVERIES

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=Route)
MANAGE = needs(Scope.MANAGE)

Event = Literal["post.published", "post.changed", "post.deleted"]
Status = Literal["pending", "delivered", "failed"]
Url = Annotated[str, StringConstraints(pattern=WEBHOOK_PATTERN, max_length=URL_LENGTH)]
Events = Annotated[list[Event], Field(min_length=1, max_length=20)]
Word = Annotated[str, Query(max_length=100), AfterValidator(one_line)]


class WebhookChange(Given):
    """What is to be changed of a webhook; what is left out stays. While it is `paused`, nothing is sent."""

    url: Url = left_out()
    events: Events = left_out()
    paused: bool = left_out()


class NewWebhook(WebhookChange):
    """An address to tell what happens; with `site_id`, on that site alone."""

    url: Url
    events: Events
    site_id: IdOf | None = left_out()


class Webhook(BaseModel):
    """An address that is told what happens on all sites, or on one; paused since `paused_at`."""

    id: Id
    site_id: Id | None
    url: str
    events: list[str]
    paused_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class WebhookWithSecret(Webhook):
    """A webhook that was just made: `secret`, which what is sent is signed with, is shown this once."""

    secret: str


class WebhookPage(BaseModel):
    """Webhooks in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Webhook]
    next: Id | None


class ListedDelivery(BaseModel):
    """One event for a webhook, and what became of it; `next_attempt_at` while it is pending.

    `response_status` and `last_error`, why it did not arrive, are the last attempt's.
    """

    id: Id
    webhook_id: Id
    event: str
    status: Status
    attempts: int
    next_attempt_at: datetime | None
    response_status: int | None
    response_seconds: float | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class Delivery(ListedDelivery):
    """The same, with what is sent."""

    payload: Annotated[dict[str, Any], Field(json_schema_extra={"additionalProperties": True})]


class DeliveryPage(BaseModel):
    """Deliveries in the order that was asked for; `next` is the `after` of the next page, null on the last."""

    items: list[ListedDelivery]
    next: Id | None


@router.post("", status_code=201, response_model=WebhookWithSecret, responses=MEDIA_TYPE, openapi_extra=MANAGE)
async def create_webhook(request: Request, webhook: NewWebhook) -> Response:
    """Makes a webhook. Its secret is in this answer and nowhere else: an Idempotency-Key is refused here."""
    require_once(request)
    values = {
        "site_id": webhook.site_id or caller_of(request).site_id,
        "url": webhook.url,
        "events": sorted(set(webhook.events)),
    }
    return await write(request, 201, webhooks.create, values, paused=webhook.paused)


@router.get("", response_model=WebhookPage, openapi_extra=MANAGE)
async def list_webhooks(
    request: Request, limit: Limit = 20, after: After = NO_ID, site_id: IdOf | None = None
) -> Response:
    """Lists the webhooks in the order of their ids; with `site_id`, those of that site alone."""
    return await listed(request, WEBHOOKS, None, limit, after, site_id=site_id)


@router.get("/{webhook_id}", response_model=Webhook, responses=NOT_FOUND, openapi_extra=MANAGE)
async def get_webhook(request: Request, webhook_id: Key) -> Response:
    """Shows a webhook."""
    return await one(request, WEBHOOKS, None, webhook_id)


@router.patch(
    "/{webhook_id}",
    response_model=Webhook,
    responses={**NOT_FOUND, **CONFLICT, **CHANGED, **MEDIA_TYPE},
    openapi_extra=MANAGE,
)
async def change_webhook(
    request: Request,
    webhook_id: Key,
    change: WebhookChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes what is sent of a webhook, pauses it or lets it go on; its secret stays."""
    values = change.said(without=frozenset({"paused"}))
    if "events" in values:
        values["events"] = sorted(set(values["events"]))
    return await write(
        request, 200, webhooks.change, webhook_id, values, paused=change.paused, versions=wanted(if_match)
    )


@router.delete("/{webhook_id}", status_code=204, responses={**NOT_FOUND, **CHANGED}, openapi_extra=MANAGE)
async def delete_webhook(request: Request, webhook_id: Key, if_match: IfMatch = None) -> Response:
    """Deletes a webhook with what was delivered to it."""
    return await write(request, 204, WEBHOOKS.remove, None, webhook_id, versions=wanted(if_match))


@router.get("/{webhook_id}/deliveries", response_model=DeliveryPage, responses=NOT_FOUND, openapi_extra=MANAGE)
async def list_webhook_deliveries(
    request: Request,
    webhook_id: Key,
    limit: Limit = 20,
    after: AnyAfter = None,
    sort: Sort = "id",
    status: Status | None = None,
    event: Word | None = None,
) -> Response:
    """Lists what was sent to a webhook, or is to be, in the order of ids: with `-id`, the newest first."""
    return await listed(
        request, DELIVERIES, webhook_id, limit, after, falling=sort == "-id", status=status, event=event
    )


@router.get(
    "/{webhook_id}/deliveries/{delivery_id}", response_model=Delivery, responses=NOT_FOUND, openapi_extra=MANAGE
)
async def get_webhook_delivery(request: Request, webhook_id: Key, delivery_id: Key) -> Response:
    """Shows one delivery with what is sent."""
    return await one(request, WHOLE_DELIVERIES, webhook_id, delivery_id)
