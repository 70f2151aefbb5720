"""Values of columns as people read and write them: in lists, in forms, in the audit."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, unquote

from app.surfaces.admin.studio.columns import Facts, Kind

# Longer bytes are told by their beginning and their length, here and in the audit; they are not written by hand.
MOST_BYTES = 4096
_BEGINNING = 16

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Typed = str | list[str] | None

# PostgreSQL's times that Python has not.
_ENDLESS = frozenset({"infinity", "-infinity"})


class Cut:
    """The beginning of bytes that are too long to be carried along, and how many there are."""

    def __init__(self, beginning: bytes, length: int) -> None:
        self.beginning = beginning
        self.length = length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cut) and (self.beginning, self.length) == (other.beginning, other.length)

    def __hash__(self) -> int:
        return hash((self.beginning, self.length))


def shown(facts: Facts, value: Any, *, cut: int | None = None) -> str | None:
    """A value in a list or on a page of its own; None for null. `cut` is the most characters."""
    if facts.secret:
        return "set" if value else "not set"
    if value is None:
        return None
    if facts.kind is Kind.TIME and isinstance(value, datetime):
        text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    elif facts.kind is Kind.JSON:
        text = json.dumps(value, ensure_ascii=False, indent=None if cut else 2)
    elif facts.kind is Kind.BYTES:
        text = _hex(value)
    elif facts.kind is Kind.WORDS:
        text = ", ".join(str(word) for word in value)
    else:
        text = _plain(value)
    return f"{text[:cut]}…" if cut and len(text) > cut else text


def written(facts: Facts, value: Any) -> Typed:
    """A value as it stands in a form; what comes back unchanged means the same value."""
    if facts.kind is Kind.WORDS:
        return [str(word) for word in value or ()]
    if value is None:
        return ""
    if facts.kind is Kind.TIME and isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if facts.kind is Kind.JSON:
        return json.dumps(value, ensure_ascii=False, indent=2)
    return _hex(value) if facts.kind is Kind.BYTES else _plain(value)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _hex(value: bytes | Cut) -> str:
    if isinstance(value, Cut):
        return f"\\x{value.beginning[:_BEGINNING].hex()}… ({value.length} bytes)"
    return f"\\x{value.hex()}"


def read(facts: Facts, typed: Typed) -> Any:
    """The value that somebody typed. ValueError says what is wrong with it; empty is null where the column takes it."""
    if facts.kind is Kind.WORDS:
        return _words(facts, [typed] if isinstance(typed, str) else typed or [])
    assert typed is None or isinstance(typed, str)
    text = typed or ""
    if "\0" in text:
        raise ValueError("The character U+0000 cannot be stored; take it out.")
    if facts.kind in {Kind.TEXT, Kind.LONG_TEXT} and not facts.choices:
        # A browser sends line ends as CR LF, whatever was in the box before.
        return None if not text and facts.nullable else text.replace("\r\n", "\n")
    text = text.strip()
    if not text:
        if facts.nullable:
            return None
        raise ValueError("This has to be given.")
    if facts.choices and text not in facts.choices:
        raise ValueError(f"Choose one of {', '.join(facts.choices)}.")
    return _READERS[facts.kind](text)


def _words(facts: Facts, words: list[str]) -> list[str] | None:
    if wrong := [word for word in words if facts.choices and word not in facts.choices]:
        raise ValueError(f"{wrong[0]} is none of {', '.join(facts.choices)}.")
    if any("\0" in word for word in words):
        raise ValueError("The character U+0000 cannot be stored; take it out.")
    return None if not words and facts.nullable else words


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,19}", text, re.ASCII):
        raise ValueError("This is no whole number.")
    return int(text)


def _number(text: str) -> Decimal | float:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("This is no number; write 1.5, not 1,5.") from None
    if not math.isfinite(number):
        raise ValueError("This is no number.")
    return float(number)


def _time(text: str) -> datetime | str:
    if text in _ENDLESS:
        return text
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("This is no time; write it as 2026-11-28T10:30:00+01:00, with Z for UTC.") from None
    if time.tzinfo is None:
        raise ValueError("Say in which zone: end it with Z for UTC, or with +01:00 and the like.")
    return time


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("This is no date; write it as 2026-11-28.") from None


def _json(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("This is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"This is no JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from None
    if "\\u0000" in json.dumps(value):
        raise ValueError("The character U+0000 cannot be stored; take it out.")
    return value


def _no_constant(word: str) -> None:
    raise ValueError(f"This is no JSON: {word} is no number.")


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("\\x").removeprefix("0x"))
    except ValueError:
        raise ValueError("This is no hex: write two digits 0-9a-f for each byte, as \\x00ff.") from None


def _uuid(text: str) -> str:
    if not _UUID.fullmatch(text.lower()):
        raise ValueError("This is no UUID, such as 0190a5c0-0000-7000-8000-000000000000.")
    return text.lower()


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("Choose true or false.")
    return text == "true"


_READERS: Mapping[Kind, Any] = {
    Kind.TEXT: str,
    Kind.LONG_TEXT: str,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.TIME: _time,
    Kind.DATE: _date,
    Kind.JSON: _json,
    Kind.BYTES: _bytes,
    Kind.UUID: _uuid,
}


def audited(facts: Facts, value: Any) -> Any:
    """A value as the audit keeps it, in JSON: of secrets, only whether they are set."""
    if facts.secret:
        return "set" if value else "not set"
    if isinstance(value, bytes) and len(value) > MOST_BYTES:
        return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    if value is None or isinstance(value, bool | int | float | list | dict):
        return value
    if isinstance(value, Cut):
        return {"bytes": value.length}
    return written(facts, value)


def key_of(names: tuple[str, ...], known: Mapping[str, Facts], row: Mapping[str, Any]) -> str:
    """Which row it is, for addresses: the values of its primary key, as they are written in forms."""
    return ",".join(quote(str(written(known[name], row[name])), safe="") for name in names)


def parts_of(names: tuple[str, ...], key: str) -> list[str] | None:
    """The values in a key, or None if it is of no row of the table."""
    parts = [unquote(part) for part in key.split(",")]
    return parts if len(parts) == len(names) else None
