"""Who is signed in to Studio, what is switched on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.surfaces.admin.studio.session import (
    LASTS,
    WRITING_LASTS,
    begin,
    seal,
    see_as,
    signing_key,
    switch_off,
    switch_on,
    unseal,
)

NOW = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
KEY = signing_key("secret")


def test_a_session_begins_reading() -> None:
    """Whoever signs in changes nothing yet."""
    session = begin("Ada", "secret", NOW)
    assert not session.writing(NOW)
    assert unseal(seal(session, KEY), [KEY], NOW) == session


def test_a_session_ends() -> None:
    """After its hours, whatever the browser keeps."""
    cookie = seal(begin("Ada", "secret", NOW), KEY)
    assert unseal(cookie, [KEY], NOW + LASTS - timedelta(seconds=1))
    assert unseal(cookie, [KEY], NOW + LASTS) is None


@pytest.mark.parametrize("cookie", ["", ".", "e30.", "e30.AAAA", "a" * 5000, "ü.ü", "%.%"])
def test_what_is_not_ours_is_no_session(cookie: str) -> None:
    """However it looks."""
    assert unseal(cookie, [KEY], NOW) is None


def test_a_changed_session_is_none() -> None:
    """Nobody gives himself an hour of writing."""
    body, _, signature = seal(begin("Ada", "secret", NOW), KEY).partition(".")
    more = seal(switch_on(begin("Ada", "secret", NOW), "because", NOW), signing_key("another")).partition(".")[0]
    assert unseal(f"{more}.{signature}", [KEY], NOW) is None
    assert unseal(f"{body}.{signature[::-1]}", [KEY], NOW) is None


def test_a_rotated_secret_keeps_sessions_for_its_time() -> None:
    """As long as the old one is still there."""
    cookie = seal(begin("Ada", "secret", NOW), KEY)
    assert unseal(cookie, [signing_key("new"), KEY], NOW)
    assert unseal(cookie, [signing_key("new")], NOW) is None


@pytest.mark.parametrize("reason", ["", "  ", "a", "x" * 501])
def test_writing_takes_a_reason(reason: str) -> None:
    """One that says something, and fits."""
    with pytest.raises(ValueError, match=r"Say"):
        switch_on(begin("Ada", "secret", NOW), reason, NOW)


def test_writing_ends_by_itself_and_by_hand() -> None:
    """After an hour, or at once; the reason goes with it."""
    session = switch_on(begin("Ada", "secret", NOW), "  ticket\n4711 ", NOW)
    assert session.reason == "ticket 4711"
    assert session.writing(NOW + WRITING_LASTS - timedelta(seconds=1))
    assert not session.writing(NOW + WRITING_LASTS)
    off = switch_off(session)
    assert (off.writing(NOW), off.reason) == (False, "")


def test_seeing_as_another_switches_writing_off() -> None:
    """A reason was given for one view of things."""
    session = see_as(switch_on(begin("Ada", "secret", NOW), "ticket", NOW), "0000", "Acme")
    assert (session.organisation_name, session.writing(NOW)) == ("Acme", False)
    assert see_as(session, "", "").organisation_id == ""
