"""Sessions through the API: listed, ended, and safe from other sites' pages and from who guesses."""

from __future__ import annotations

import pytest

from tests.docker_cli import Resources, eventually
from tests.integration.app.browser import ORIGIN, Browser, Person, refused
from tests.integration.app.conftest import Platform

# ---- sessions --------------------------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended_one_by_one_and_everywhere(person: Person) -> None:
    """Where they are, which is this one; what is ended is over."""
    person.sign_up()
    elsewhere = [Browser(person.browser.replica) for _ in range(2)]
    for browser in elsewhere:
        assert person.sign_in(browser).status == 200
    listed = person.browser.done("GET", "/sessions")["items"]
    assert len(listed) == 3
    assert [one["current"] for one in listed].count(True) == 1
    assert {one["client_address"] for one in listed} == {browser.address for browser in (person.browser, *elsewhere)}
    assert {one["user_agent"] for one in listed} == {"Tests/1"}
    target = next(one for one in listed if one["client_address"] == elsewhere[0].address)
    person.browser.done("DELETE", f"/sessions/{target['id']}")
    refused(elsewhere[0].ask("GET", "/session"), 401, "not_signed_in")
    refused(person.browser.ask("DELETE", f"/sessions/{target['id']}"), 404, "not_found")
    person.browser.done("DELETE", "/sessions")
    assert person.browser.cookie == ""
    refused(elsewhere[1].ask("GET", "/session"), 401, "not_signed_in")


def test_a_session_ends_on_every_replica_within_seconds(
    person: Person, platform: Platform, resources: Resources
) -> None:
    """What another replica remembers of it lasts 3 s."""
    person.sign_up()
    _, second = platform.replica(resources)
    there = Browser(second.address, cookie=person.browser.cookie)
    assert there.done("GET", "/session")["email"] == person.email
    person.browser.done("DELETE", "/session")
    eventually(lambda: there.ask("GET", "/session").status == 401, 10)


def test_nobody_ends_another_s_session(person: Person, other: Person) -> None:
    """It is as if it were not there."""
    person.sign_up()
    other.sign_up()
    theirs = other.browser.done("GET", "/session")["id"]
    refused(person.browser.ask("DELETE", f"/sessions/{theirs}"), 404, "not_found")
    assert other.browser.done("GET", "/session")["email"] == other.email


def test_a_session_that_is_idle_or_old_is_over(person: Person) -> None:
    """7 days without use, 30 days in all; the worker removes its row."""
    for column, ago in (("last_used_at", "8 days"), ("expires_at", "1 minute")):
        browser = Browser(person.browser.replica)
        if column == "last_used_at":
            person.sign_up()
        assert person.sign_in(browser).status == 200
        mine = browser.done("GET", "/session")["id"]
        person.platform.superuser(f"UPDATE session SET {column} = now() - interval '{ago}' WHERE id = '{mine}'")
        eventually(lambda browser=browser: browser.ask("GET", "/session").status == 401, 10)  # type: ignore[misc]


def test_a_disabled_account_is_signed_out_and_cannot_sign_in(person: Person) -> None:
    """Only who proves that it is theirs is told."""
    person.sign_up()
    person.platform.superuser(f"UPDATE account SET disabled_at = now() WHERE email = '{person.email}'")
    eventually(lambda: person.browser.ask("GET", "/session").status == 401, 10)
    visitor = Browser(person.browser.replica)
    refused(person.sign_in(visitor), 403, "account_disabled")
    refused(visitor.ask("POST", "/session", {"email": person.email, "password": "x"}), 401, "wrong_credentials")


# ---- other sites' pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://blog.blogs.localhost", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://blog.blogs.localhost"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_change_from_another_site_s_page_is_refused(person: Person, origin: dict[str, str]) -> None:
    """Even with the cookie and the token; a blog of this installation is another site too."""
    person.sign_up()
    person.browser.origin = origin
    refused(person.browser.ask("DELETE", "/sessions"), 403, "foreign_request")
    person.browser.origin = dict(ORIGIN)
    assert person.browser.done("GET", "/session")["email"] == person.email


def test_a_change_without_the_session_s_token_is_refused(person: Person) -> None:
    """And so is another session's; reading needs none."""
    person.sign_up()
    for token in ("", "0" * 64):
        refused(person.browser.ask("DELETE", "/session", **{"X-CSRF-Token": token}), 403, "foreign_request")
    assert person.browser.done("GET", "/session")["email"] == person.email


def test_another_site_s_page_signs_nobody_in(person: Person) -> None:
    """Not even into the account of whoever made the page."""
    person.sign_up()
    person.browser.origin = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    refused(person.sign_in(), 403, "foreign_request")


# ---- throttling ------------------------------------------------------------------------------------------------------


def test_guessing_is_slowed_down_for_the_guesser_and_not_for_the_owner(person: Person) -> None:
    """429 with Retry-After, on every replica; the owner signs in from elsewhere meanwhile, and by a link."""
    person.sign_up()
    guesser = Browser(person.browser.replica)
    guess = {"email": person.email, "password": "not the password"}
    answers = [guesser.ask("POST", "/session", guess) for _ in range(8)]
    assert [answer.status for answer in answers[:6]] == [401] * 6
    blocked = next(answer for answer in answers if answer.status == 429)
    refused(blocked, 429, "too_many_attempts")
    assert int(blocked.headers["retry-after"]) >= 1
    right = {"email": person.email, "password": person.password}
    assert guesser.ask("POST", "/session", right).status == 429
    assert person.sign_in().status == 200
    person.browser.done("POST", "/session/links", {"email": person.email})
    assert guesser.ask("POST", "/session/by-link", {"token": person.secret()}).status in (200, 429)


def test_mails_to_one_address_are_bounded(person: Person, other: Person) -> None:
    """Whoever asks for them, and whether it has an account or not."""
    person.sign_up()
    for somebody in (person, other):
        answers = [
            Browser(person.browser.replica).ask("POST", "/session/links", {"email": somebody.email}).status
            for _ in range(8)
        ]
        assert answers[0] == 202
        assert 429 in answers
        assert len(somebody.mails()) <= 7
