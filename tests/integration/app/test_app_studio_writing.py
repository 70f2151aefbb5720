"""Studio on the real servers: what is saved, what is refused and how it is said, what the audit keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.models.plan import DEFAULT_PLAN
from tests.docker_cli import Container
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client
from tests.integration.app.studio_client import OPERATOR, Browser, accounts, fields
from tests.integration.app.tenants import ATTACKER, VICTIM

POST = f"/studio/post/edit?pk={VICTIM.id(3)}"
SITE = f"/studio/site/edit?pk={VICTIM.site}"
SECRET = hashlib.sha256(VICTIM.word.encode()).hexdigest()


@pytest.fixture(scope="module")
def seeded(seeded: Platform) -> Iterator[Platform]:
    """With somebody who may sign in, and somebody who may not."""
    with accounts(seeded.superuser):
        yield seeded


@pytest.fixture
def browser(seeded: Platform, shared_app: tuple[Container, Client]) -> Browser:
    """Signed in, reading."""
    return Browser(shared_app[0].ip).sign_in()


def audit(platform: Platform, subject: str, table: str = "audit_event") -> list[dict[str, Any]]:
    """The events of a row, the newest first."""
    rows = f"SELECT * FROM {table} WHERE subject_id = '{subject}' ORDER BY id DESC"
    return json.loads(platform.superuser(f"SELECT coalesce(json_agg(event), '[]') FROM ({rows}) AS event"))  # type: ignore[no-any-return]


def test_nothing_is_written_until_it_is_switched_on(browser: Browser, seeded: Platform) -> None:
    """Neither changed, added nor deleted; and switching it on needs a reason, which the audit keeps."""
    for path in (SITE, "/studio/site/create", f"/studio/site/delete?pk={VICTIM.site}"):
        assert browser.get(path).status == 403
        assert browser.post(path, title="x", slug="x").status == 403
    browser.post("/studio/writing", on="1", reason=" ")
    assert "Say why" in browser.get("/studio/").body.decode()
    assert browser.get(SITE).status == 403
    browser.write("ticket 4711")
    assert browser.get(SITE).status == 200
    newest = "SELECT operator || ': ' || action || ': ' || reason FROM platform_audit_event ORDER BY id DESC LIMIT 1"
    assert seeded.superuser(newest) == f"{OPERATOR.email}: studio-write-on: ticket 4711"
    browser.post("/studio/writing")
    assert browser.get(SITE).status == 403


def test_a_change_is_saved_and_audited_with_before_and_after(browser: Browser, seeded: Platform) -> None:
    """Only what was typed anew; with who, why, from where and by which request."""
    form = browser.write("ticket 4712").form(POST)
    form |= {"title": "Newly called", "published_at": "2026-11-28T10:30:00+01:00", "status": "unlisted"}
    assert browser.post(POST, **form).status == 303
    event = audit(seeded, VICTIM.id(3))[0]
    assert event["action"] == "studio-change"
    assert (event["operator"], event["reason"], event["subject_table"]) == (OPERATOR.email, "ticket 4712", "post")
    assert (event["account_id"], bool(event["request_id"]), bool(event["client_address"])) == (None, True, True)
    assert set(event["after"]) == {"id", "title", "status", "published_at"}
    assert (event["before"]["title"], event["after"]["title"]) == ("victim", "Newly called")
    assert event["after"]["published_at"] == "2026-11-28T09:30:00+00:00"


def revisions_of(platform: Platform, post: str) -> list[list[str | None]]:
    """Title, operator, account and reason of each, the newest first."""
    rows = "json_build_array(title, operator, account_id, reason) ORDER BY id DESC"
    return json.loads(  # type: ignore[no-any-return]
        platform.superuser(f"SELECT coalesce(json_agg({rows}), '[]') FROM revision WHERE post_id = '{post}'")
    )


def test_a_post_that_is_saved_in_studio_is_a_revision_too(browser: Browser, seeded: Platform) -> None:
    """By the operator, with the session's reason: a new one, one that is changed, also as its tenant."""
    before = revisions_of(seeded, VICTIM.id(3))
    form = browser.write("ticket 4713").form(POST)
    assert browser.post(POST, **(form | {"title": "Called anew"})).status == 303
    assert browser.post(POST, **browser.form(POST)).status == 303  # saved untouched
    assert revisions_of(seeded, VICTIM.id(3)) == [["Called anew", OPERATOR.email, None, "ticket 4713"], *before]
    added = browser.form("/studio/post/create") | {"site_id": VICTIM.site, "slug": "by-hand", "title": "By hand"}
    assert browser.post("/studio/post/create", **added).status == 303
    post = seeded.superuser("SELECT id FROM post WHERE slug = 'by-hand'")
    assert revisions_of(seeded, post) == [["By hand", OPERATOR.email, None, "ticket 4713"]]
    browser.post("/studio/see-as", organisation=VICTIM.organisation)
    browser.write("as they asked")
    assert browser.post(POST, **(browser.form(POST) | {"title": "For them"})).status == 303
    assert revisions_of(seeded, VICTIM.id(3))[0] == ["For them", OPERATOR.email, None, "as they asked"]


def test_saving_untouched_changes_nothing(browser: Browser, seeded: Platform) -> None:
    """No event, no new time, in tables of every kind of column."""
    browser.write()
    for table in ("post", "site", "media", "job", "organisation", "plan", "webhook", "webhook_delivery", "tag"):
        found = browser.get(f"/studio/{table}/list").body.decode().partition('data-sa-pk="')[2].partition('"')[0]
        if not found:
            continue
        path = f"/studio/{table}/edit?pk={found}"
        before = seeded.superuser(f"SELECT row_to_json({table}) FROM {table} WHERE id = '{found}'")
        events = len(audit(seeded, found))
        form = browser.form(path)
        form.pop("events", None), form.pop("scopes", None)
        answer = browser.post(path, **form, **({"events": "published"} if table == "webhook" else {}))
        assert answer.status == 303, (table, fields(answer), answer.body[-3000:])
        assert seeded.superuser(f"SELECT row_to_json({table}) FROM {table} WHERE id = '{found}'") == before
        assert len(audit(seeded, found)) == events, table


@pytest.mark.parametrize(
    ("path", "field", "typed", "said"),
    [
        (POST, "title", "", "1 to 200 characters"),
        (POST, "slug", "Not A Slug", "right form"),
        (POST, "published_at", "2026-11-28T10:30:00", "Say in which zone"),
        (POST, "status", "gone", "Choose one of"),
        (POST, "published_at", "", "breaks a rule"),
        (SITE, "theme_settings", '{"a": ', "This is no JSON"),
        (SITE, "slug", "attacker", "is taken"),
        (POST, "cover_media_id", ATTACKER.id(4), "no such media in this organisation"),
        (POST, "cover_media_id", "nonsense", "no such"),
        (POST, "translation_group_id", "1", "no UUID"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    browser: Browser, path: str, field: str, typed: str, said: str
) -> None:
    """Whether Studio or the database finds it."""
    form = browser.write().form(path) | {field: typed, "title": "Typed with care"}
    form |= {field: typed}
    answer = browser.post(path, **form)
    assert answer.status == 422, answer.body
    text = answer.body.decode()
    assert said in text
    again = fields(answer)
    assert again["title"] == ("" if field == "title" else "Typed with care")
    if field not in {"status", "cover_media_id"}:
        assert again[field] == typed
    assert again["_version"] == form["_version"]


def test_who_comes_second_is_told_and_overwrites_nothing(browser: Browser, seeded: Platform) -> None:
    """Only saved once more, knowing it, the second version stands."""
    tag = f"/studio/tag/edit?pk={VICTIM.id(6)}"
    form = browser.write().form(tag)
    assert browser.post(tag, **(form | {"name": "First"})).status == 303
    answer = browser.post(tag, **(form | {"name": "Second", "description": "Mine"}))
    text = answer.body.decode()
    assert answer.status == 422
    assert "Somebody else has changed this row" in text and "Now there: First" in text
    assert seeded.superuser(f"SELECT name FROM tag WHERE id = '{VICTIM.id(6)}'") == "First"
    again = fields(answer)
    assert (again["name"], again["description"]) == ("Second", "Mine")
    assert browser.post(tag, **again).status == 303
    assert seeded.superuser(f"SELECT name FROM tag WHERE id = '{VICTIM.id(6)}'") == "Second"


def test_a_row_is_added_with_what_follows_from_its_relations(browser: Browser, seeded: Platform) -> None:
    """The site says the organisation; a key of two columns works as well."""
    form = browser.write().form("/studio/tag/create") | {"site_id": VICTIM.site, "slug": "added", "name": "Added"}
    assert browser.post("/studio/tag/create", **form).status == 303
    found = seeded.superuser("SELECT id || ' ' || organisation_id FROM tag WHERE slug = 'added'").split()
    assert found[1] == VICTIM.organisation
    assert audit(seeded, found[0])[0]["after"]["name"] == "Added"
    joined = browser.form("/studio/post_tag/create") | {"post_id": VICTIM.id(3), "tag_id": found[0]}
    assert browser.post("/studio/post_tag/create", **joined).status == 303
    assert seeded.superuser(f"SELECT count(*) FROM post_tag WHERE tag_id = '{found[0]}'") == "1"
    key = f"{VICTIM.id(3)},{found[0]}"
    assert browser.get(f"/studio/post_tag/detail?pk={key}").status == 200
    deleting = f"/studio/post_tag/delete?pk={key}"
    assert browser.post(deleting, **browser.form(deleting)).status == 303
    assert seeded.superuser(f"SELECT count(*) FROM post_tag WHERE tag_id = '{found[0]}'") == "0"


def test_what_belongs_to_nobody_is_audited_by_the_platform(browser: Browser, seeded: Platform) -> None:
    """Plans, for instance; where tenants do not see it."""
    plan = f"/studio/plan/edit?pk={DEFAULT_PLAN}"
    form = browser.write("prices").form(plan)
    assert browser.post(plan, **(form | {"name": "Changed"})).status == 303
    event = audit(seeded, DEFAULT_PLAN, "platform_audit_event")[0]
    assert (event["before"]["name"], event["after"]["name"], event["reason"]) == (form["name"], "Changed", "prices")
    again = browser.form(plan)
    assert browser.post(plan, **(again | {"name": form["name"]})).status == 303


def test_a_deletion_tells_what_goes_with_it_and_is_audited(browser: Browser, seeded: Platform) -> None:
    """Of an organisation: everything that is its own; that it was there, the platform's audit keeps."""
    doomed = "0000000c-0000-7000-8000-000000000000"
    seeded.superuser(
        f"INSERT INTO organisation (id, name, plan_id) VALUES ('{doomed}', 'Doomed', '{DEFAULT_PLAN}')",
        f"INSERT INTO site (organisation_id, slug, title) VALUES ('{doomed}', 'doomed-one', 'One')",
        f"INSERT INTO tag (organisation_id, site_id, slug, name) SELECT '{doomed}', id, 'a', 'a' FROM site"
        f" WHERE organisation_id = '{doomed}'",
    )
    deleting = f"/studio/organisation/delete?pk={doomed}"
    page = browser.write().get(deleting)
    with_it = page.body.decode().partition('data-studio-effect="CASCADE"')[2].partition("</ul>")[0]
    assert "Site" in with_it and "Tag" in with_it and "Media" not in with_it
    assert browser.post(deleting, **fields(page)).status == 303
    assert seeded.superuser(f"SELECT count(*) FROM organisation WHERE id = '{doomed}'") == "0"
    event = audit(seeded, doomed, "platform_audit_event")[0]
    assert (event["action"], event["before"]["name"], event["after"]) == ("studio-delete", "Doomed", None)
    # What is in the way is said, and nothing is deleted.
    plan = f"/studio/plan/delete?pk={DEFAULT_PLAN}"
    refused = browser.post(plan, **browser.form(plan))
    assert refused.status == 422
    assert "Rows of organisation still need this one" in refused.body.decode()


def test_secrets_are_in_no_form_and_in_no_audit(browser: Browser, seeded: Platform) -> None:
    """Rows that cannot be without one are not made by hand; changing the rest of them leaves it alone."""
    key = seeded.superuser(f"SELECT id FROM api_key WHERE organisation_id = '{VICTIM.organisation}'")
    browser.write()
    assert browser.get("/studio/api_key/create").status == 403
    path = f"/studio/api_key/edit?pk={key}"
    form = browser.form(path)
    assert "secret_sha256" not in form
    assert (
        browser.post(path, **(form | {"name": "Renamed", "scopes": "manage", "secret_sha256": "\\x00"})).status == 303
    )
    assert seeded.superuser(f"SELECT encode(secret_sha256, 'hex') FROM api_key WHERE id = '{key}'") == SECRET
    deleting = f"/studio/api_key/delete?pk={key}"
    assert browser.post(deleting, **browser.form(deleting)).status == 303
    told = json.dumps(audit(seeded, key))
    assert SECRET not in told and '"secret_sha256": "set"' in told


def test_audits_are_written_by_studio_alone(browser: Browser, seeded: Platform) -> None:
    """Nobody adds, changes or deletes an event by hand."""
    browser.write()
    for table in ("audit_event", "platform_audit_event", "schema_compatibility"):
        for page in ("create", "edit?pk=1", "delete?pk=1"):
            assert browser.get(f"/studio/{table}/{page}").status == 403, (table, page)


def test_as_a_tenant_changes_stand_under_the_operators_name(browser: Browser, seeded: Platform) -> None:
    """With the tenant's rights, and no more: its limits are not its own to write."""
    browser.post("/studio/see-as", organisation=VICTIM.organisation)
    browser.write("as they asked")
    form = browser.form(SITE)
    assert browser.post(SITE, **(form | {"title": "For them"})).status == 303
    event = audit(seeded, VICTIM.site)[0]
    assert (event["operator"], event["after"]["title"]) == (OPERATOR.email, "For them")
    assert browser.get("/studio/organisation_limit/create").status == 403
    assert browser.get(f"/studio/organisation/delete?pk={VICTIM.organisation}").status == 403
    assert datetime.fromisoformat(event["created_at"]) <= datetime.now(UTC)
