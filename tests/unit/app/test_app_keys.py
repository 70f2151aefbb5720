"""Secrets of keys, what a caller may do, versions, windows of a minute, cursors: all that needs no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import PlatformError
from app.keys.caller import bundle, caller
from app.keys.secret import ALPHABET, digest, secret, well_formed
from app.models.base import DEFAULT_ORGANISATION, NO_ID
from app.models.scopes import Scope
from app.posts.listing import cursor_of, read_cursor
from app.rates.window import Windows, seconds_left
from app.versions import etag, unchanged, wanted

AT = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
SECRET = secret("0123456789abcdefghijABCDEFGHIJ")


def test_a_secret_tells_a_typing_error() -> None:
    """Any other letter, one left out, two that changed places: none of it is asked of the database."""
    assert well_formed(SECRET) and SECRET.startswith("fl_") and len(digest(SECRET)) == 32
    for place in range(3, len(SECRET)):
        other = ALPHABET[(ALPHABET.index(SECRET[place]) + 1) % len(ALPHABET)]
        assert not well_formed(SECRET[:place] + other + SECRET[place + 1 :])
        assert not well_formed(SECRET[:place] + SECRET[place + 1 :])
    for wrong in ("", "fl_", SECRET[3:], SECRET + "\n", SECRET.upper(), SECRET.replace("a", "ä")):
        assert not well_formed(wrong)


def test_a_scope_holds_those_before_it() -> None:
    """The widest counts; what is missing is named."""
    reader = caller(NO_ID, DEFAULT_ORGANISATION, None, ["read_content"])
    writer = caller(NO_ID, DEFAULT_ORGANISATION, NO_ID, ["write_content", "read_content"])
    assert "flotilla_content" in reader.acting.statement and reader.published_only
    assert "flotilla.site_id" in writer.acting.statement and "role" not in writer.acting.statement
    writer.require(Scope.READ_CONTENT)
    bundle(DEFAULT_ORGANISATION).require(Scope.MANAGE)
    for who, scope in ((reader, Scope.WRITE_CONTENT), (reader, Scope.MANAGE), (writer, Scope.MANAGE)):
        with pytest.raises(PlatformError, match=scope.value) as refused:
            who.require(scope)
        assert refused.value.status == 403


def test_an_etag_names_one_time() -> None:
    """To the microsecond, there and back; what is no ETag of ours matches nothing."""
    assert wanted(etag(AT)) == [AT]
    assert etag(AT) != etag(AT + timedelta(microseconds=1))
    assert wanted(None) is None and wanted(" * ") is None
    assert wanted(f'"a", {etag(AT)}') == [datetime(1970, 1, 1, 0, 0, 0, 10, tzinfo=UTC), AT]
    for nothing in ("", f"W/{etag(AT)}", '"g"', "abc", '"' + "f" * 15 + '"', '"ffffffffffffffff"'):
        assert wanted(nothing) == []
    assert unchanged(f'"1", W/{etag(AT)}', etag(AT)) and unchanged("*", etag(AT))
    assert not unchanged(None, etag(AT)) and not unchanged('"1"', etag(AT))


def test_requests_are_counted_with_what_others_told() -> None:
    """Ours are not counted twice when they come back in the total; a new minute begins at 0."""
    windows = Windows(most=2)
    assert [windows.count("o", "a", 1) for _ in range(3)] == [1, 2, 3]
    assert windows.due() == [("o", "a", 1, 3)]
    assert windows.count("o", "a", 1) == 4
    windows.told("o", "a", 1, sent=3, total=10)
    assert windows.count("o", "a", 1) == 12 and windows.due() == [("o", "a", 1, 2)]
    assert windows.count("o", "a", 2) == 1
    windows.told("o", "a", 1, sent=2, total=12)
    assert windows.due() == [("o", "a", 2, 1)]
    assert [windows.count("o", name, 2) for name in ("b", "c")] == [1, 0], "who comes later is not counted"
    windows.forget(3)
    assert windows.due() == []
    assert (seconds_left(0), seconds_left(59.9), seconds_left(60.0)) == (60, 1, 60)


def test_a_cursor_belongs_to_its_order() -> None:
    """There and back, and refused for another; by ids it is the id, as clients know it."""
    row = {"id": NO_ID, "title": "ä", "updated_at": AT}
    assert cursor_of("-id", row) == NO_ID  # type: ignore[arg-type]
    for sort in ("title", "-updated_at"):
        found = read_cursor(sort, cursor_of(sort, row))  # type: ignore[arg-type]
        assert found.post_id == NO_ID
        with pytest.raises(PlatformError, match="another order"):
            read_cursor("-title", cursor_of(sort, row))  # type: ignore[arg-type]
    for nothing in ("", "x", "W10", "WzEsMiwzXQ", NO_ID, "ä", "W" * 2000):
        with pytest.raises(PlatformError, match="after"):
            read_cursor("title", nothing)
