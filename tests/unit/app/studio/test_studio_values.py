"""How Studio shows values and reads what people type."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from app.surfaces.admin.studio.columns import Facts, Kind
from app.surfaces.admin.studio.values import Cut, audited, key_of, parts_of, read, shown, written

WHEN = datetime(2026, 11, 28, 10, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1)))

VALUES = [
    (Kind.TEXT, "a, b"),
    (Kind.LONG_TEXT, " line\nline "),
    (Kind.WHOLE, -7),
    (Kind.NUMBER, 0.1),
    (Kind.BOOLEAN, True),
    (Kind.TIME, WHEN),
    (Kind.TIME, "infinity"),
    (Kind.DATE, date(2026, 11, 28)),
    (Kind.JSON, {"a": [1, None, "ü"]}),
    (Kind.BYTES, b"\x00\xff"),
    (Kind.WORDS, ["a", "b c"]),
    (Kind.UUID, "0190a5c0-0000-7000-8000-000000000000"),
]


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_what_a_form_shows_is_read_as_the_same_value(kind: Kind, value: Any) -> None:
    """Saved untouched, nothing changes: not a microsecond, not a line end."""
    facts = Facts("column", kind)
    assert read(facts, written(facts, value)) == value


@pytest.mark.parametrize("kind", list(Kind))
def test_null_and_empty(kind: Kind) -> None:
    """Nothing typed is null where the column takes it; where it does not, texts are empty and the rest is asked for."""
    assert read(Facts("column", kind, nullable=True), written(Facts("column", kind), None)) is None
    facts = Facts("column", kind)
    if kind in {Kind.TEXT, Kind.LONG_TEXT, Kind.WORDS}:
        assert read(facts, "" if kind is not Kind.WORDS else []) in ("", [])
    else:
        with pytest.raises(ValueError, match="has to be given"):
            read(facts, "")


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        (Kind.WHOLE, "1.5", "no whole number"),
        (Kind.WHOLE, "٣", "no whole number"),
        (Kind.WHOLE, "9" * 5000, "no whole number"),
        (Kind.NUMBER, "1,5", "write 1.5"),
        (Kind.NUMBER, "NaN", "no number"),
        (Kind.BOOLEAN, "yes", "true or false"),
        (Kind.TIME, "2026-11-28T10:30:00", "zone"),
        (Kind.TIME, "tomorrow", "no time"),
        (Kind.DATE, "28.11.2026", "no date"),
        (Kind.JSON, '{"a": }', "line 1"),
        (Kind.JSON, "NaN", "no number"),
        (Kind.JSON, '"\\u0000"', "U\\+0000"),
        (Kind.JSON, "[" * 100_000, "too deeply"),
        (Kind.BYTES, "\\x0", "no hex"),
        (Kind.UUID, "1", "no UUID"),
        (Kind.TEXT, "a\0", "U\\+0000"),
        (Kind.WORDS, ["a\0"], "U\\+0000"),
    ],
)
def test_what_is_wrong_is_said_in_words(kind: Kind, typed: Any, said: str) -> None:
    """Never an exception of Python's own kind of words."""
    with pytest.raises(ValueError, match=said):
        read(Facts("column", kind), typed)


def test_only_the_words_of_an_enum_are_taken() -> None:
    """One, or several."""
    assert read(Facts("status", Kind.TEXT, choices=("draft", "published")), "draft") == "draft"
    with pytest.raises(ValueError, match="one of draft, published"):
        read(Facts("status", Kind.TEXT, choices=("draft", "published")), "gone")
    with pytest.raises(ValueError, match="gone is none of read, write"):
        read(Facts("scopes", Kind.WORDS, choices=("read", "write")), ["read", "gone"])


def test_times_are_shown_in_utc_and_bytes_as_hex() -> None:
    """With the zone said; long values cut in lists."""
    assert shown(Facts("at", Kind.TIME), WHEN) == "2026-11-28 09:30:00 UTC"
    assert shown(Facts("content", Kind.BYTES), b"\x01\x02") == "\\x0102"
    assert shown(Facts("content", Kind.BYTES), Cut(b"\x01" * 4096, 5_000_000)) == f"\\x{'01' * 16}… (5000000 bytes)"
    assert shown(Facts("title", Kind.TEXT), "abcdef", cut=3) == "abc…"


def test_a_secret_is_never_shown_nor_audited() -> None:
    """Only whether it is set."""
    facts = Facts("password_hash", Kind.TEXT, secret=True)
    assert (shown(facts, "$argon2id$…"), shown(facts, None)) == ("set", "not set")
    assert (audited(facts, "$argon2id$…"), audited(facts, None)) == ("set", "not set")


def test_the_audit_keeps_values_as_json() -> None:
    """Times and bytes as they are written, long bytes by their length."""
    assert audited(Facts("at", Kind.TIME), WHEN) == "2026-11-28T09:30:00.123456+00:00"
    assert audited(Facts("content", Kind.BYTES), b"\x01") == "\\x01"
    assert audited(Facts("content", Kind.BYTES), Cut(b"", 10)) == {"bytes": 10}
    assert audited(Facts("settings", Kind.JSON), {"a": 1}) == {"a": 1}
    assert audited(Facts("at", Kind.TIME), None) is None


def test_a_key_of_several_columns_can_be_read_back() -> None:
    """Whatever is in them."""
    known = {"at": Facts("at", Kind.TIME), "path": Facts("path", Kind.TEXT), "hash": Facts("hash", Kind.BYTES)}
    key = key_of(tuple(known), known, {"at": WHEN, "path": "/a,b/ü?", "hash": b"\x01"})
    assert parts_of(tuple(known), key) == ["2026-11-28T09:30:00.123456+00:00", "/a,b/ü?", "\\x01"]
    assert parts_of(("site_id", "path"), "1") is None
