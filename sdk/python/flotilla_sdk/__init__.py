# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""A client of Flotilla, API version 1."""

from flotilla_sdk.async_client import (
    AsyncClient,
)
from flotilla_sdk.client import (
    Client,
)
from flotilla_sdk.codec import (
    UNSET,
    UnexpectedAnswer,
    Unset,
)
from flotilla_sdk.errors import (
    ApiError,
    Fault,
)
from flotilla_sdk.models import (
    ApiKey,
    ApiKeyPage,
    ApiKeyWithSecret,
    JsonValue,
    ListedPost,
    ListedRevision,
    NewApiKey,
    NewPost,
    NewSite,
    NewTag,
    Post,
    PostChange,
    PostPage,
    Revision,
    RevisionPage,
    Site,
    SiteChange,
    SitePage,
    Tag,
    TagChange,
    TagPage,
)

__all__ = [
    "UNSET",
    "ApiError",
    "ApiKey",
    "ApiKeyPage",
    "ApiKeyWithSecret",
    "AsyncClient",
    "Client",
    "Fault",
    "JsonValue",
    "ListedPost",
    "ListedRevision",
    "NewApiKey",
    "NewPost",
    "NewSite",
    "NewTag",
    "Post",
    "PostChange",
    "PostPage",
    "Revision",
    "RevisionPage",
    "Site",
    "SiteChange",
    "SitePage",
    "Tag",
    "TagChange",
    "TagPage",
    "UnexpectedAnswer",
    "Unset",
]
