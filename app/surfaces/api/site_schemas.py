"""What the API takes and gives of sites."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.models import site as sites
from app.models.site import TITLE_LENGTH
from app.models.words import BASE_PATH_PATTERN, LANGUAGE_PATTERN, TIME_ZONE_PATTERN, WORDS_PATTERN
from app.surfaces.api.columns import of_changes, of_rows
from app.surfaces.api.schemas import Etag, Given, Id, JsonObject, left_out, one_line

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH),
    AfterValidator(one_line),
]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=63), AfterValidator(one_line)]
BasePath = Annotated[str, StringConstraints(pattern=BASE_PATH_PATTERN, max_length=200)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN, max_length=35)]
TimeZone = Annotated[str, StringConstraints(pattern=TIME_ZONE_PATTERN)]
Theme = Annotated[str, StringConstraints(pattern=WORDS_PATTERN, max_length=63)]


@of_changes(sites.Site)
class SiteChange(Given):
    """What is to be changed of a site; what is left out stays."""

    slug: Slug = left_out()
    title: Title = left_out()
    base_path: BasePath = left_out()
    language: Language = left_out()
    time_zone: TimeZone = left_out()
    theme: Theme = left_out()
    theme_settings: JsonObject = left_out()


class NewSite(SiteChange):
    """A site to create. Where it begins on its own domains is `/` unless `base_path` says otherwise."""

    slug: Slug
    title: Title


@of_rows(sites.Site)
class Site(BaseModel):
    """A site; `post_count` may be some seconds old, and is no part of its version."""

    id: Id
    slug: str
    title: str
    base_path: str
    language: str
    time_zone: str
    theme: str
    theme_settings: Annotated[dict[str, Any], Field(json_schema_extra={"additionalProperties": True})]
    post_count: int
    created_at: datetime
    updated_at: datetime
    etag: Etag


class SitePage(BaseModel):
    """Sites in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Site]
    next: Id | None
