"""Variables to their values, within the texts of a parsed template. Pure.

CapRover replaces text in the JSON of a template, so that a quote in a value breaks it. Here a value is put into one
text and is never read again: whatever is in it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from captain.errors import CaptainError

# Makes so many hexadecimal digits. An argument everywhere, so that what decides stays the same each time.
RandomHex: TypeAlias = Callable[[int], str]

MOST_DIGITS = 256
_RANDOM = r"\$\$cap_gen_random_hex\((?P<digits>\d+)\)"
_LIKE_A_VARIABLE = re.compile(r"\$\$cap_\w*(?:\([^)]*\))?")


@dataclass(frozen=True, slots=True)
class Substitution:
    """Values by the text that stands for each, and the source of what is random.

    Of two that fit at a place, the longer one counts: `$$cap_db_password` is not `$$cap_db` and `_password`.
    """

    values: Mapping[str, str]
    random_hex: RandomHex
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        names = sorted(self.values, key=len, reverse=True)
        parts = [_RANDOM, *(_spelled(name) for name in names), r"(?P<escaped>\$\$(?!\$cap_))"]
        object.__setattr__(self, "_pattern", re.compile("|".join(parts), re.ASCII))

    def text(self, written: str, escapes: bool = False) -> str:
        """The text with values in it. `escapes`: `$$` is a dollar sign, as in a compose file.

        `CaptainError` for a random value of no or too many digits.
        """

        def value(match: re.Match[str]) -> str:
            if match["digits"] is not None:
                return self._random(int(match["digits"]))
            if match["escaped"] is not None:
                return "$" if escapes else "$$"
            return self._value(match[0])

        return self._pattern.sub(value, written)

    def _value(self, token: str) -> str:
        return self.values[token] if token in self.values else self.values[token.removeprefix("$$")]

    def _random(self, digits: int) -> str:
        if not 0 < digits <= MOST_DIGITS:
            raise CaptainError(f"$$cap_gen_random_hex({digits}) is not from 1 to {MOST_DIGITS} digits.")
        return self.random_hex(digits)

    def split(self, written: str, separator: str) -> list[str]:
        """The parts of a text as its author wrote it, each with its values in it.

        A separator within a value separates nothing, unless the text is nothing but one variable: then it is the
        value that is divided.
        """
        if separator not in self._pattern.sub("", written):
            return self.text(written).split(separator)
        return [self.text(part) for part in written.split(separator)]

    def used(self, written: str) -> Iterator[str]:
        """The names, of those with values, that stand in a text."""
        for match in self._pattern.finditer(written):
            if match["digits"] is None and match["escaped"] is None:
                yield match[0] if match[0] in self.values else match[0].removeprefix("$$")

    def unknown(self, written: str) -> tuple[str, ...]:
        """What looks like a variable in a text and is none."""
        rest = self._pattern.sub(lambda match: "$$" if match["escaped"] is not None else "\n", written)
        return tuple(dict.fromkeys(match[0] for match in _LIKE_A_VARIABLE.finditer(rest)))


def _spelled(name: str) -> str:
    """An id is found as it is written; one without a dollar sign only as a whole word, and behind `$$` as well."""
    if name.startswith("$"):
        return re.escape(name)
    return rf"(?:\$\$|(?<![\w$])){re.escape(name)}(?!\w)"
