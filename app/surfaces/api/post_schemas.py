"""What the API takes and gives of posts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.models import post as posts
from app.models.post import BODY_LENGTH, EXCERPT_LENGTH, SLUG_LENGTH, TITLE_LENGTH
from app.models.words import LANGUAGE_PATTERN, URL_LENGTH, WORDS_PATTERN
from app.surfaces.api.columns import of_changes, of_new_rows, of_rows
from app.surfaces.api.patterns import CANONICAL_PATTERN
from app.surfaces.api.schemas import Etag, Given, Id, IdOf, Time, left_out, lines, one_line

MOST_TAGS = 50
MOST_AUTHORS = 20

Status = Literal["draft", "scheduled", "published", "unlisted", "archived"]
Sort = Literal["id", "-id", "published_at", "-published_at", "updated_at", "-updated_at", "title", "-title"]


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("twice", "One of them is there twice")
    return values


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH),
    AfterValidator(one_line),
]
Body = Annotated[str, StringConstraints(max_length=BODY_LENGTH), AfterValidator(lines)]
Slug = Annotated[str, StringConstraints(pattern=WORDS_PATTERN, max_length=SLUG_LENGTH)]
Excerpt = Annotated[str, StringConstraints(max_length=EXCERPT_LENGTH), AfterValidator(lines)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN, max_length=35)]
SeoTitle = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=TITLE_LENGTH),
    AfterValidator(one_line),
]
SeoDescription = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=EXCERPT_LENGTH),
    AfterValidator(one_line),
]
Address = Annotated[str, StringConstraints(pattern=CANONICAL_PATTERN, max_length=URL_LENGTH), AfterValidator(one_line)]
Tags = Annotated[list[Slug], Field(max_length=MOST_TAGS), AfterValidator(_distinct)]
Authors = Annotated[list[IdOf], Field(max_length=MOST_AUTHORS), AfterValidator(_distinct)]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=EXCERPT_LENGTH),
    AfterValidator(one_line),
]


@of_changes(posts.Post)
class PostChange(Given):
    """What is to be changed of a post; what is left out stays.

    `tags` are slugs; those that the site has not yet are made. `authors` are accounts in their order. `reason` is kept
    with the revision that every save makes.
    """

    slug: Slug = left_out()
    title: Title = left_out()
    body: Body = left_out()
    excerpt: Excerpt = left_out()
    status: Status = left_out()
    published_at: Time | None = left_out()
    language: Language | None = left_out()
    translation_group_id: IdOf | None = left_out()
    cover_media_id: IdOf | None = left_out()
    seo_title: SeoTitle | None = left_out()
    seo_description: SeoDescription | None = left_out()
    canonical_url: Address | None = left_out()
    tags: Tags = left_out()
    authors: Authors = left_out()
    reason: Reason = left_out()


@of_new_rows(posts.Post)
class NewPost(Given):
    """A post to create. It is published at once unless `status` says otherwise.

    Without `slug` it gets one of its title. `tags` are slugs; those that the site has not yet are made. `authors` are
    accounts in their order.
    """

    title: Title
    body: Body
    slug: Slug | None = None
    excerpt: Excerpt = ""
    status: Status = "published"
    published_at: Time | None = None
    language: Language | None = None
    translation_group_id: IdOf | None = None
    cover_media_id: IdOf | None = None
    seo_title: SeoTitle | None = None
    seo_description: SeoDescription | None = None
    canonical_url: Address | None = None
    tags: Tags = Field(default_factory=list)
    authors: Authors = Field(default_factory=list)
    reason: Reason = ""


@of_rows(posts.Post)
class ListedPost(BaseModel):
    """A post as a list has it."""

    id: Id
    site_id: Id
    slug: str
    title: str
    body: str
    excerpt: str
    status: Status
    published_at: datetime | None
    language: str | None
    translation_group_id: Id | None
    cover_media_id: Id | None
    seo_title: str | None
    seo_description: str | None
    canonical_url: str | None
    created_at: datetime
    updated_at: datetime
    etag: Etag


class Post(ListedPost):
    """A post, with the slugs of its tags and the accounts of its authors."""

    tags: list[str]
    authors: list[Id]


class PostPage(BaseModel):
    """Posts in the order that was asked for; `next` is the `after` of the next page, null on the last."""

    items: list[ListedPost]
    next: str | None


class ListedRevision(BaseModel):
    """A post as it was saved once, without its text.

    `account_id` is null where a program saved, or an operator of the platform, who then stands in `operator`.
    """

    id: Id
    post_id: Id
    account_id: Id | None
    operator: str | None
    title: str
    excerpt: str
    reason: str
    created_at: datetime


class Revision(ListedRevision):
    """A post as it was saved once."""

    body: str


class RevisionPage(BaseModel):
    """Revisions, the oldest first; `next` is the `after` of the next page, null on the last."""

    items: list[ListedRevision]
    next: Id | None
