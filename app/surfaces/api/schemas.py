"""What the API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, StringConstraints
from pydantic_core import PydanticCustomError

from app.models.post import BODY_LENGTH
from app.models.post import TITLE_LENGTH as POST_TITLE_LENGTH
from app.models.site import TITLE_LENGTH as SITE_TITLE_LENGTH

MAX_KEY = 2**63 - 1


def _without_nul(value: str) -> str:
    if "\0" in value:  # PostgreSQL's text cannot hold it
        raise PydanticCustomError("nul", "The text may not contain the character U+0000")
    return value


Key = Annotated[int, Path(ge=1, le=MAX_KEY)]
After = Annotated[int, Query(ge=0, le=MAX_KEY, description="Only what comes after this id; `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=SITE_TITLE_LENGTH),
    AfterValidator(_without_nul),
]
PostTitle = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=POST_TITLE_LENGTH),
    AfterValidator(_without_nul),
]
Body = Annotated[str, StringConstraints(max_length=BODY_LENGTH), AfterValidator(_without_nul)]


class NewSite(BaseModel):
    """A site to create."""

    slug: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    title: Title


class Site(BaseModel):
    """A site; `post_count` may be some seconds old."""

    id: int
    slug: str
    title: str
    post_count: int
    created_at: datetime


class SitePage(BaseModel):
    """Sites in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Site]
    next: int | None


class NewPost(BaseModel):
    """A post to create."""

    title: PostTitle
    body: Body


class Post(BaseModel):
    """A post."""

    id: int
    site_id: int
    title: str
    body: str
    created_at: datetime


class PostPage(BaseModel):
    """Posts in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: list[Post]
    next: int | None
