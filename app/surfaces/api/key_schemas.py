"""What the API takes and gives of API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.surfaces.api.schemas import Etag, Given, Id, IdOf, Time, one_line

Word = Literal["read_content", "write_content", "manage"]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(one_line),
]


class NewApiKey(Given):
    """A key to create; with `site_id`, for that site alone."""

    name: Name
    scopes: Annotated[list[Word], Field(min_length=1, max_length=3)]
    site_id: IdOf | None = None
    expires_at: Time | None = None


class ApiKey(BaseModel):
    """A key. `prefix` is how its secret begins; `last_used_at` may be a minute old."""

    id: Id
    site_id: Id | None
    name: str
    prefix: str
    scopes: list[Word]
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class ApiKeyWithSecret(ApiKey):
    """A key that was just made: `secret` is shown this once."""

    secret: str


class ApiKeyPage(BaseModel):
    """Keys in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[ApiKey]
    next: Id | None
