"""What the API says of rows that it serves without importing their models is what the models say."""

from __future__ import annotations

import pytest
from pydantic import BaseModel
from sqlalchemy.orm import DeclarativeBase

from app.media.media import MEDIA
from app.models.media import Media
from app.models.navigation import NavigationItem, Redirect
from app.models.readership import Subscriber
from app.models.shown import casts, columns_shown
from app.models.webhook import Webhook, WebhookDelivery
from app.readership.subscribers import SUBSCRIBERS
from app.rows import Rows
from app.sites.navigation import NAVIGATION
from app.sites.redirects import REDIRECTS
from app.surfaces.api import media, navigation, redirects, subscribers, webhooks
from app.webhooks.webhooks import WEBHOOKS, WHOLE_DELIVERIES

SERVED: list[tuple[Rows, type[DeclarativeBase], type[BaseModel], type[BaseModel] | None]] = [
    (REDIRECTS, Redirect, redirects.Redirect, redirects.NewRedirect),
    (NAVIGATION, NavigationItem, navigation.NavigationItem, navigation.NewNavigationItem),
    (SUBSCRIBERS, Subscriber, subscribers.Subscriber, subscribers.NewSubscriber),
    (MEDIA, Media, media.Media, media.MediaChange),
    (WEBHOOKS, Webhook, webhooks.Webhook, webhooks.NewWebhook),
    (WHOLE_DELIVERIES, WebhookDelivery, webhooks.Delivery, None),
]


@pytest.mark.parametrize(("rows", "model", "schema", "new"), SERVED, ids=lambda given: getattr(given, "table", ""))
def test_the_api_has_the_columns_that_the_model_shows(
    rows: Rows, model: type[DeclarativeBase], schema: type[BaseModel], new: type[BaseModel] | None
) -> None:
    """Those, of these types, and no others: in statements, in answers, and in what is taken."""
    shown = [column.name for column in columns_shown(model)]
    assert (rows.table, list(rows.shown)) == (model.__tablename__, shown)
    assert set(schema.model_fields) == {*shown, "etag"}
    taken = {name: type_.lower() for name, type_ in casts(model).items()}
    assert (set(new.model_fields) if new else set()) - {"paused"} == set(taken)
    assert {name: type_ for name, type_ in rows.taken.items() if name in taken} == taken
    assert set(rows.taken) <= {column.name for column in model.__table__.columns}


@pytest.mark.parametrize("path", ["/", "/old", "/a/b-c.html", "/%C3%A4", "/ä", "/a@b:c;d"])
def test_a_path_may_be_redirected(path: str) -> None:
    """Any that a request can have."""
    assert redirects.NewRedirect(from_path=path, to_url="/new").said() == {"from_path": path, "to_url": "/new"}


@pytest.mark.parametrize("path", ["", "old", "/a?b", "/a#b", "/a b", "/a\\b", "/a\r\nSet-Cookie: x", "/\x00"])
def test_what_is_no_path_is_refused(path: str) -> None:
    """Nothing that a request's path cannot have, nor what would end a header."""
    with pytest.raises(ValueError, match="from_path"):
        redirects.NewRedirect(from_path=path, to_url="/new")


@pytest.mark.parametrize("url", ["/", "/new?a=b#c", "https://example.org", "http://example.org:8080/ä"])
def test_where_a_redirect_may_lead(url: str) -> None:
    """Elsewhere on the site, or to an address."""
    assert redirects.NewRedirect(from_path="/old", to_url=url).to_url == url
    assert navigation.NewNavigationItem(menu="header", label="a", url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "new", "//evil.example", "/\\evil.example", "javascript:alert(1)", "data:text/html,x", "https://"),
        *("/a b", "/a\r\nSet-Cookie: x", "https://a\\@b", "HTTPS://example.org"),
    ],
)
def test_where_nothing_leads(url: str) -> None:
    """Not to what a browser takes for another host, nor what it would run, nor what would end a header."""
    with pytest.raises(ValueError, match="to_url"):
        redirects.NewRedirect(from_path="/old", to_url=url)
    with pytest.raises(ValueError, match="url"):
        navigation.NewNavigationItem(menu="header", label="a", url=url)


def test_a_menu_leads_within_a_page_and_to_mail_too() -> None:
    """As a link of a page may."""
    for url in ("#top", "mailto:info@example.org"):
        assert navigation.NewNavigationItem(menu="footer", label=" Contact ", url=url).label == "Contact"
