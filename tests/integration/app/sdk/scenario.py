"""Every operation of the API through the Python SDK, once for both of its clients."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from flotilla_sdk import ApiError, NewPost, NewSite
from tests.integration.app.sdk.people import Desk, people

TEXT = "Line\n“quotes” & <tags> 🚀 ' \\ %s :x"


@dataclass(frozen=True)
class Call:
    """A method of the client with its arguments; of an iterator, everything that it gives is wanted."""

    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any] = field(default_factory=dict)


def call(name: str, *arguments: Any, **named: Any) -> Call:
    return Call(name, arguments, named)


def scenario(slug: str, desk: Desk) -> Generator[Call, Any, None]:
    """Yields calls, is sent what they return or thrown what they raise, and asserts."""
    site = yield call("create_site", NewSite(slug=slug, title="A site"))
    assert (site.slug, site.title) == (slug, "A site")
    assert site.created_at.tzinfo is not None
    assert (yield call("get_site", site.id)) == site
    assert len((yield call("list_sites", limit=1)).items) == 1
    assert [one.slug for one in (yield call("iterate_sites", limit=2))].count(slug) == 1

    posts = []
    for title in ("One", "Two", "Three"):
        posts.append((yield call("create_post", site.id, NewPost(title=title, body=TEXT))))
    assert [(post.title, post.body) for post in posts] == [("One", TEXT), ("Two", TEXT), ("Three", TEXT)]
    page = yield call("list_posts", site.id, limit=2)
    assert page.items == posts[:2]
    assert page.next is not None
    assert (yield call("iterate_posts", site.id, limit=2)) == posts

    with pytest.raises(ApiError) as taken:
        yield call("create_site", NewSite(slug=slug, title="Another"))
    assert (taken.value.status, taken.value.code, taken.value.retry_after) == (409, "slug_taken", None)
    with pytest.raises(ApiError) as faulty:
        yield call("create_post", site.id, NewPost(title="", body=""))
    assert (faulty.value.status, faulty.value.code) == (422, "invalid")
    assert faulty.value.request_id is not None
    yield from people(call, slug, desk)


class Steps:
    """The scenario as a client goes through it: `next` is the call to make, None at the end."""

    def __init__(self, slug: str, desk: Desk) -> None:
        self._scenario = scenario(slug, desk)
        self.next: Call | None = next(self._scenario)

    def answered(self, answer: object) -> None:
        """What the call returned."""
        self._go_on(self._scenario.send, answer)

    def refused(self, error: ApiError) -> None:
        """What the call raised."""
        self._go_on(self._scenario.throw, error)

    def _go_on(self, how: Callable[[Any], Call], value: object) -> None:
        try:
            self.next = how(value)
        except StopIteration:
            self.next = None
