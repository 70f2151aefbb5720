"""What the API takes and gives."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, Field, JsonValue, StringConstraints

from app.models import post as posts
from app.models import site as sites
from app.models.post import BODY_LENGTH
from app.models.post import TITLE_LENGTH as POST_TITLE_LENGTH
from app.models.site import TITLE_LENGTH as SITE_TITLE_LENGTH
from app.surfaces.api.columns import of_new_rows, of_rows, without_nul

UUID_PATTERN = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


_UUID: dict[str, JsonValue] = {"format": "uuid"}
# Text that looks like one is enough: no UUID object is made of it on the way to the database.
Key = Annotated[str, Path(pattern=UUID_PATTERN, json_schema_extra=_UUID)]
After = Annotated[
    str,
    Query(
        pattern=UUID_PATTERN,
        json_schema_extra=_UUID,
        description="Only what comes after this id; `next` of the page before.",
    ),
]
Id = Annotated[str, Field(json_schema_extra=_UUID)]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=SITE_TITLE_LENGTH),
    AfterValidator(without_nul),
]
PostTitle = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=POST_TITLE_LENGTH),
    AfterValidator(without_nul),
]
Body = Annotated[str, StringConstraints(max_length=BODY_LENGTH), AfterValidator(without_nul)]


@of_new_rows(sites.Site)
class NewSite(BaseModel):
    """A site to create."""

    slug: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    title: Title


@of_rows(sites.Site)
class Site(BaseModel):
    """A site; `post_count` may be some seconds old."""


class SitePage(BaseModel):
    """Sites in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Site]
    next: Id | None


@of_new_rows(posts.Post)
class NewPost(BaseModel):
    """A post to create."""

    title: PostTitle
    body: Body


@of_rows(posts.Post)
class Post(BaseModel):
    """A post."""


class PostPage(BaseModel):
    """Posts in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Post]
    next: Id | None
