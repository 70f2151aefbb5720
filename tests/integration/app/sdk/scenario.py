"""Every operation of the API through the Python SDK, once for both of its clients."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from flotilla_sdk import (
    ApiError,
    ListedPost,
    MediaChange,
    NavigationItemChange,
    NewApiKey,
    NewNavigationItem,
    NewPost,
    NewRedirect,
    NewSite,
    NewSubscriber,
    NewTag,
    NewWebhook,
    Post,
    PostChange,
    RedirectChange,
    SiteChange,
    SubscriberChange,
    TagChange,
    WebhookChange,
)
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
    assert page.items == [listed(post) for post in posts[:2]]
    assert page.next is not None
    assert (yield call("iterate_posts", site.id, limit=2)) == [listed(post) for post in posts]
    found = yield call("iterate_posts", site.id, limit=1, sort="-title", status="published")
    assert [post.title for post in found] == ["Two", "Three", "One"]
    yield from change_everything(site, posts, desk)

    with pytest.raises(ApiError) as taken:
        yield call("create_site", NewSite(slug=slug, title="Another"))
    assert (taken.value.status, taken.value.code, taken.value.retry_after) == (409, "slug_taken", None)
    with pytest.raises(ApiError) as faulty:
        yield call("create_post", site.id, NewPost(title="", body=""))
    assert (faulty.value.status, faulty.value.code) == (422, "invalid")
    assert faulty.value.request_id is not None
    yield from people(call, slug, desk)


def listed(post: Post) -> ListedPost:
    """A post as a list has it."""
    return ListedPost(**{name: getattr(post, name) for name in ListedPost.__slots__})


def change_everything(site: Any, posts: list[Any], desk: Desk) -> Generator[Call, Any, None]:
    """Changes, restores, deletes; and keys."""
    one = posts[0]
    assert (yield call("get_post", site.id, one.id)) == one
    change = PostChange(title="Changed", tags=["a", "b"], reason="Better", seo_title=None)
    changed = yield call("change_post", site.id, one.id, change, if_match=one.etag, idempotency_key=f"{site.slug}-1")
    assert (changed.title, changed.tags, changed.body) == ("Changed", ["a", "b"], TEXT)
    again = yield call("change_post", site.id, one.id, change, if_match=one.etag, idempotency_key=f"{site.slug}-1")
    assert again == changed
    with pytest.raises(ApiError) as stale:
        yield call("change_post", site.id, one.id, change, if_match=one.etag)
    assert (stale.value.status, stale.value.body["current"]["etag"]) == (412, changed.etag)
    revisions = yield call("list_revisions", site.id, one.id, limit=1)
    assert revisions.items[0].title == "One"
    assert [kept.reason for kept in (yield call("iterate_revisions", site.id, one.id))] == ["", "Better"]
    first = yield call("get_revision", site.id, one.id, revisions.items[0].id)
    assert first.body == TEXT
    restored = yield call("restore_revision", site.id, one.id, first.id, if_match=changed.etag)
    assert restored.title == "One"
    assert (yield call("delete_post", site.id, one.id, if_match=restored.etag)) is None

    tag = yield call("create_tag", site.id, NewTag(slug="c", name="See"))
    renamed_tag = yield call("change_tag", site.id, tag.id, TagChange(name="Sea"), if_match=tag.etag)
    assert (yield call("get_tag", site.id, tag.id)) == renamed_tag
    assert len((yield call("list_tags", site.id, limit=1)).items) == 1
    assert [each.slug for each in (yield call("iterate_tags", site.id, limit=2))] == ["a", "b", "c"]
    assert (yield call("delete_tag", site.id, tag.id, if_match=renamed_tag.etag)) is None

    yield from lead_elsewhere(site)
    yield from tell_others(site, desk)

    key = yield call("create_api_key", NewApiKey(name="A key", scopes=["read_content"], site_id=site.id))
    assert key.secret.startswith(key.prefix)
    assert (yield call("get_api_key", key.id)).name == "A key"
    assert len((yield call("list_api_keys", limit=1)).items) == 1
    assert key.id in {each.id for each in (yield call("iterate_api_keys", limit=100))}
    assert (yield call("revoke_api_key", key.id)) is None

    renamed = yield call("change_site", site.id, SiteChange(title="Renamed", theme_settings={"a": [1, None]}))
    assert (renamed.title, renamed.theme_settings) == ("Renamed", {"a": [1, None]})
    other = yield call("create_site", NewSite(slug=f"{site.slug}-b", title="Another"))
    assert (yield call("delete_site", other.id, if_match=other.etag)) is None


def lead_elsewhere(site: Any) -> Generator[Call, Any, None]:
    """Redirects and menus."""
    made = yield call("create_redirect", site.id, NewRedirect(from_path="/old", to_url="/new"))
    assert (yield call("get_redirect", site.id, made.id)) == made
    gone = RedirectChange(status_code=410, to_url=None)
    changed = yield call("change_redirect", site.id, made.id, gone, if_match=made.etag)
    assert (changed.status_code, changed.to_url) == (410, None)
    assert (yield call("list_redirects", site.id, from_path="/old")).items == [changed]
    assert (yield call("iterate_redirects", site.id, limit=1)) == [changed]
    assert (yield call("delete_redirect", site.id, made.id, if_match=changed.etag)) is None

    items = []
    for label in ("One", "Two"):
        entry = NewNavigationItem(menu="header", label=label, url="/")
        items.append((yield call("create_navigation_item", site.id, entry)))
    change = NavigationItemChange(position=0)
    moved = yield call("change_navigation_item", site.id, items[1].id, change, if_match=items[1].etag)
    assert (moved.label, moved.position) == ("Two", 0)
    assert (yield call("get_navigation_item", site.id, items[0].id)).position == 1
    assert len((yield call("list_navigation", site.id, limit=1)).items) == 1
    assert len((yield call("iterate_navigation", site.id, menu="header", limit=1))) == 2
    assert (yield call("delete_navigation_item", site.id, moved.id, if_match=moved.etag)) is None


def tell_others(site: Any, desk: Desk) -> Generator[Call, Any, None]:
    """Subscribers, webhooks and what was delivered to them, and media."""
    subscriber = yield call("create_subscriber", site.id, NewSubscriber(email="Reader@example.org"))
    assert (subscriber.email, subscriber.status) == ("reader@example.org", "pending")
    active = SubscriberChange(status="active")
    changed = yield call("change_subscriber", site.id, subscriber.id, active, if_match=subscriber.etag)
    assert changed.confirmed_at is not None
    assert (yield call("get_subscriber", site.id, subscriber.id)) == changed
    assert (yield call("list_subscribers", site.id, status="active", email="reader@example.org")).items == [changed]
    assert (yield call("iterate_subscribers", site.id, sort="-id", limit=1)) == [changed]
    assert (yield call("delete_subscriber", site.id, subscriber.id, if_match=changed.etag)) is None

    hook = yield call("create_webhook", NewWebhook(url="https://example.org", events=["post.changed"], site_id=site.id))
    assert hook.secret.startswith("whsec_")
    paused = yield call("change_webhook", hook.id, WebhookChange(paused=True), if_match=hook.etag)
    assert paused.paused_at is not None
    assert (yield call("get_webhook", hook.id)) == paused
    assert (yield call("list_webhooks", site_id=site.id)).items == [paused]
    assert (yield call("iterate_webhooks", site_id=site.id, limit=1)) == [paused]
    told = desk.delivered(hook.id)
    assert [one.id for one in (yield call("list_webhook_deliveries", hook.id, status="pending")).items] == [told]
    assert [one.id for one in (yield call("iterate_webhook_deliveries", hook.id, sort="-id", limit=1))] == [told]
    assert (yield call("get_webhook_delivery", hook.id, told)).payload == {}
    assert (yield call("delete_webhook", hook.id, if_match=paused.etag)) is None

    content = b"GIF89a\x02\0\x01\0\xff\0;"
    uploaded = yield call("upload_media", site.id, content, file_name="tide", alternative_text="Tide")
    picture = uploaded.id
    assert (uploaded.file_name, uploaded.content_type, uploaded.width_pixels) == ("tide.gif", "image/gif", 2)
    assert (yield call("get_media_content", site.id, picture)) == content
    described = yield call("change_media", site.id, picture, MediaChange(alternative_text="The tide"))
    assert (described.alternative_text, described.size_bytes) == ("The tide", len(content))
    assert (yield call("get_media", site.id, picture)) == described
    assert (yield call("list_media", site.id, limit=1)).items == [described]
    assert (yield call("iterate_media", site.id, sort="-id", limit=1)) == [described]
    assert (yield call("delete_media", site.id, picture, if_match=described.etag)) is None


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
