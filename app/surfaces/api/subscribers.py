"""`/sites/{site_id}/subscribers`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel

from app.accounts.addresses import required
from app.models.scopes import Scope
from app.readership import subscribers
from app.readership.subscribers import SUBSCRIBERS
from app.surfaces.api.account_schemas import Email
from app.surfaces.api.answers import CHANGED, CONFLICT, MEDIA_TYPE, NOT_FOUND, write
from app.surfaces.api.route import Route, needs
from app.surfaces.api.rows import AnyAfter, Sort, listed, one
from app.surfaces.api.schemas import Etag, Given, Id, IdempotencyKey, IfMatch, Key, Limit, left_out, one_line
from app.versions import wanted

router = APIRouter(prefix="/sites/{site_id}/subscribers", tags=["subscribers"], responses=NOT_FOUND, route_class=Route)
MANAGE = needs(Scope.MANAGE)

Status = Literal["pending", "active", "unsubscribed", "bounced"]
Sought = Annotated[Email, AfterValidator(one_line)]


class SubscriberChange(Given):
    """Another status of a subscriber; without one, all stays."""

    status: Status = left_out()


class NewSubscriber(Given):
    """Somebody to add: `active` says that they have confirmed, elsewhere, that they want to be written to."""

    email: Email
    status: Status = "pending"


class Subscriber(BaseModel):
    """Somebody who wants a site's posts by e-mail. Nobody is written to who is not `active`."""

    id: Id
    site_id: Id
    email: str
    status: Status
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class SubscriberPage(BaseModel):
    """Subscribers in the order that was asked for; `next` is the `after` of the next page, null on the last."""

    items: list[Subscriber]
    next: Id | None


@router.post("", status_code=201, response_model=Subscriber, responses={**CONFLICT, **MEDIA_TYPE}, openapi_extra=MANAGE)
async def create_subscriber(
    request: Request, site_id: Key, subscriber: NewSubscriber, idempotency_key: IdempotencyKey = None
) -> Response:
    """Adds a subscriber to a site. Nothing is mailed to them by that."""
    return await write(request, 201, subscribers.create, site_id, required(subscriber.email), subscriber.status)


@router.get("", response_model=SubscriberPage, openapi_extra=MANAGE)
async def list_subscribers(
    request: Request,
    site_id: Key,
    limit: Limit = 20,
    after: AnyAfter = None,
    sort: Sort = "id",
    status: Status | None = None,
    email: Annotated[Sought | None, Query(description="The one with this address, whatever its capitals.")] = None,
) -> Response:
    """Lists a site's subscribers in the order of ids: with `-id`, the newest first."""
    sought = email and email.strip().lower()
    return await listed(request, SUBSCRIBERS, site_id, limit, after, falling=sort == "-id", status=status, email=sought)


@router.get("/{subscriber_id}", response_model=Subscriber, openapi_extra=MANAGE)
async def get_subscriber(request: Request, site_id: Key, subscriber_id: Key) -> Response:
    """Shows a subscriber."""
    return await one(request, SUBSCRIBERS, site_id, subscriber_id)


@router.patch(
    "/{subscriber_id}", response_model=Subscriber, responses={**CONFLICT, **CHANGED, **MEDIA_TYPE}, openapi_extra=MANAGE
)
async def change_subscriber(
    request: Request,
    site_id: Key,
    subscriber_id: Key,
    change: SubscriberChange,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Changes a subscriber's status, and with it the times when they confirmed and unsubscribed."""
    return await write(
        request, 200, subscribers.change, site_id, subscriber_id, change.said(), versions=wanted(if_match)
    )


@router.delete("/{subscriber_id}", status_code=204, responses=CHANGED, openapi_extra=MANAGE)
async def delete_subscriber(request: Request, site_id: Key, subscriber_id: Key, if_match: IfMatch = None) -> Response:
    """Deletes a subscriber; who unsubscribed and is deleted can be added again as if they never had been there."""
    return await write(request, 204, SUBSCRIBERS.remove, site_id, subscriber_id, versions=wanted(if_match))
