"""Studio on the real servers: who gets in, and what is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.docker_cli import Container, eventually
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client
from tests.integration.app.studio_client import COOKIE, OPERATOR, PASSWORD, SOMEBODY, Browser, accounts, fields
from tests.integration.app.tenants import ATTACKER, VICTIM

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


# ---- who gets in ---------------------------------------------------------------------------------------------------


def test_nobody_gets_in_who_is_no_administrator(seeded: Platform, shared_app: tuple[Container, Client]) -> None:
    """Every page leads to the sign-in; a wrong password is refused, and so is the right one of anybody else."""
    stranger = Browser(shared_app[0].ip)
    for path in ("/studio/", "/studio/post/list", "/studio/_api/post/relation-lookup", "/studio/see-as"):
        answer = stranger.get(path)
        assert (answer.status, "/studio/login?next=" in answer.headers["location"]) == (303, True), path
    assert stranger.post("/studio/writing", on="1", reason="because").status == 303
    wrong = stranger.post("/studio/login", email=OPERATOR.email, password="a guess")
    assert (wrong.status, "address or the password is wrong" in wrong.body.decode()) == (401, True)
    assert fields(wrong)["email"] == OPERATOR.email
    other = stranger.post("/studio/login", email=SOMEBODY.email, password=PASSWORD)
    assert (other.status, "does not administer the platform" in other.body.decode()) == (403, True)
    assert seeded.superuser(f"SELECT count(*) FROM session WHERE account_id = '{SOMEBODY.id}'") == "0"
    assert COOKIE not in stranger.cookies


def test_guessing_is_slowed_down(seeded: Platform, shared_app: tuple[Container, Client]) -> None:
    """As everywhere that somebody signs in: by account and by address."""
    guesser = Browser(shared_app[0].ip)
    guesser.get("/studio/login")
    tries = [guesser.post("/studio/login", email="nobody@example.org", password="a guess").status for _ in range(12)]
    # The pauses double, so whatever a guess takes, one of these comes too early.
    assert tries[0] == 401
    assert 429 in tries


def test_the_session_is_this_hosts_alone(browser: Browser, seeded: Platform) -> None:
    """A cookie for secure connections, without a domain, that no script reads, no other site sends, nobody changes."""
    browser.cookies.pop(COOKIE)
    answer = browser.post("/studio/login", email=OPERATOR.email, password=PASSWORD)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    kept = browser.cookies[COOKIE]
    browser.cookies[COOKIE] = f"{kept[:-3]}AAA"
    assert browser.get("/studio/").status == 303
    browser.cookies[COOKIE] = kept
    assert browser.get("/studio/").status == 200
    assert browser.post("/studio/logout").status == 303
    browser.cookies[COOKIE] = kept
    assert browser.get("/studio/").status == 303


def test_who_is_no_administrator_any_more_is_out(browser: Browser, seeded: Platform) -> None:
    """Within seconds, as is a session that is ended elsewhere."""
    seeded.superuser(f"DELETE FROM platform_administrator WHERE account_id = '{OPERATOR.id}'")
    try:
        eventually(lambda: browser.get("/studio/").status == 303, 15)
    finally:
        seeded.superuser(f"INSERT INTO platform_administrator (account_id) VALUES ('{OPERATOR.id}')")


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "https://admin.localhost", "http://app.localhost"]
)
def test_other_sites_change_nothing(browser: Browser, origin: str) -> None:
    """Not with the browser's cookies either: what does not come from Studio's own origin is refused."""
    answer = browser.ask("POST", "/studio/writing", {"on": "1", "reason": "because"}, origin)
    assert (answer.status, answer.json["code"]) == (403, "foreign_request")


def test_pages_run_no_script_but_their_own(browser: Browser) -> None:
    """Neither from elsewhere nor in the page, but for those with the answer's nonce."""
    for path in ("/studio/", "/studio/post/list", f"/studio/post/detail?pk={VICTIM.id(3)}", "/studio/login"):
        page = browser.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self' 'nonce-" in policy
        nonce = policy.partition("'nonce-")[2].partition("'")[0]
        text = page.body.decode()
        assert text.count("<script>") == 0
        assert " onclick=" not in text and " onchange=" not in text
        assert path == "/studio/login" or f'<script nonce="{nonce}">' in text or page.status == 303
        assert page.headers["cache-control"] == "no-store"


# ---- reading -------------------------------------------------------------------------------------------------------


def test_every_table_can_be_listed_and_every_row_seen(browser: Browser, seeded: Platform) -> None:
    """Nothing of a table was told to Studio; secrets are shown as set."""
    home = browser.get("/studio/").body.decode()
    tables = sorted({part.partition("/list")[0] for part in home.split("/studio/")[1:] if "/list" in part[:40]})
    assert len(tables) >= 26
    for table in tables:
        listed = browser.get(f"/studio/{table}/list")
        assert listed.status == 200, table
        rows = listed.body.decode().split('data-sa-pk="')[1:]
        # Hashes of what is no secret, which in these rows are the same.
        public = table in {"media", "artefact", "throttle", "idempotency_key"}
        assert public or SECRET not in listed.body.decode(), table
        for row in rows[:1]:
            page = browser.get(f"/studio/{table}/detail?pk={quote(row.partition(chr(34))[0])}")
            assert page.status == 200, table
            assert public or SECRET[:16] not in page.body.decode(), table


@pytest.mark.parametrize("order", ["title__asc", "title__desc", "published_at__asc", "published_at__desc"])
def test_pages_follow_each_other_by_key(browser: Browser, seeded: Platform, order: str) -> None:
    """Every row once, forwards and back, with equal titles and without times."""
    seeded.superuser(
        "INSERT INTO post (organisation_id, site_id, title, slug, body, status, published_at)"
        f" SELECT '{VICTIM.organisation}', '{VICTIM.site}', 'Paged ' || number % 7, 'paged-' || number, '',"
        " CASE WHEN number % 3 = 0 THEN 'published' ELSE 'draft' END,"
        " CASE WHEN number % 3 = 0 THEN now() - number * interval '1 day' END"
        " FROM generate_series(1, 60) AS number ON CONFLICT DO NOTHING"
    )
    path = f"/studio/post/list?sort={order}&filter=slug__starts%3Dpaged-"
    seen, previous = [], ""
    for _ in range(3):
        page = browser.get(path).body.decode()
        seen += [part.partition('"')[0] for part in page.split('data-sa-pk="')[1:]]
        before = page.partition('">Previous')[0].rpartition('href="')[2].replace("&amp;", "&")
        path = page.partition('">Next')[0].rpartition('href="')[2].replace("&amp;", "&")
        previous = previous or before
        assert ">60 rows<" in page
    assert len(seen) == len(set(seen)) == 60
    assert path == "#"
    back = browser.get(before.replace("http://admin.localhost", "")).body.decode()
    assert [part.partition('"')[0] for part in back.split('data-sa-pk="')[1:]] == seen[25:50]


@pytest.mark.parametrize(
    ("filter_", "status", "told"),
    [
        ("title__contains=victim", 200, "1 row"),
        ("status__eq=published AND site_id__eq=" + VICTIM.site, 200, "victim"),
        ("status__eq=gone", 400, "Choose one of draft"),
        ("published_at__gte=tomorrow", 400, "no time"),
        ("id__eq=1", 400, "no UUID"),
        ("nothing__eq=1", 400, "unknown filter field"),
        ("body__contains=%25", 200, "0 rows"),
    ],
)
def test_filters_are_checked(browser: Browser, filter_: str, status: int, told: str) -> None:
    """What cannot be filtered by is said in words, and no mistake of the platform."""
    page = browser.get(f"/studio/post/list?filter={quote(filter_)}")
    assert page.status == status, page.body
    assert told in page.body.decode()


@pytest.mark.parametrize("path", ["after=x", "after=[]", "before=%5B1%5D", "page_size=7", "q=%00", "page=-1", "sort=x"])
def test_bad_addresses_are_no_mistake_of_the_platform(browser: Browser, path: str) -> None:
    """Somebody types them."""
    assert browser.get(f"/studio/post/list?{path}").status in {200, 400}
    for page in ("detail", "edit", "delete"):
        assert browser.get(f"/studio/post/{page}?pk={path}").status in {403, 404}
    assert browser.get("/studio/nothing/list").status == 404


def test_what_takes_too_long_is_stopped_and_said(browser: Browser, seeded: Platform) -> None:
    """A table that somebody has locked."""
    with seeded.owner() as owner:
        owner.execute("BEGIN")
        owner.execute("LOCK TABLE redirect IN ACCESS EXCLUSIVE MODE")
        page = browser.get("/studio/redirect/list")
        owner.execute("ROLLBACK")
    assert page.status == 503
    assert "took too long" in page.body.decode()


def test_a_large_table_is_not_counted(browser: Browser, seeded: Platform) -> None:
    """Beyond some thousands there is an estimate."""
    seeded.superuser(
        "INSERT INTO redirect (organisation_id, site_id, from_path, to_url)"
        f" SELECT '{VICTIM.organisation}', '{VICTIM.site}', '/many/' || number, '/'"
        " FROM generate_series(1, 6000) AS number"
    )
    try:
        filtered = browser.get("/studio/redirect/list?filter=from_path__starts%3D%22/many%22").body.decode()
        assert "more than 5 000 rows" in filtered
        seeded.superuser("ANALYZE redirect")
        assert "about 6 00" in browser.get("/studio/redirect/list").body.decode()
    finally:
        seeded.superuser("DELETE FROM redirect WHERE from_path LIKE '/many/%'")


def test_what_leads_to_a_row_is_a_filtered_list(browser: Browser) -> None:
    """And a row that it leads to is a link."""
    page = browser.get(f"/studio/site/detail?pk={VICTIM.site}").body.decode()
    assert f"/studio/organisation/detail?pk={VICTIM.organisation}" in page
    link = page.partition('id="studio-hanging"')[2].partition("/studio/tag/list?")[2].partition('"')[0]
    listed = browser.get(f"/studio/tag/list?{link.replace('&amp;', '&')}").body.decode()
    assert VICTIM.id(6) in listed and ATTACKER.id(6) not in listed


def test_as_a_tenant_there_is_nothing_of_others(browser: Browser) -> None:
    """Until the operator is himself again; writing is switched off by either."""
    browser.write()
    assert browser.post("/studio/see-as", organisation=VICTIM.organisation).status == 303
    listed = browser.get("/studio/site/list").body.decode()
    assert "You see what victim sees" in listed and "Read-only" in listed
    assert VICTIM.site in listed and ATTACKER.site not in listed
    assert browser.get(f"/studio/site/detail?pk={ATTACKER.site}").status == 404
    assert browser.get("/studio/platform_audit_event/list").status == 403
    assert browser.get("/studio/plan/list").status == 200
    assert browser.post("/studio/see-as").status == 303
    assert browser.get(f"/studio/site/detail?pk={ATTACKER.site}").status == 200
