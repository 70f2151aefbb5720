"""Sets of characters that have a letter of their own, and which characters are the same but for case. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from captain.oneclick.regex.tree import Characters, Ranges

LAST = 0x10FFFF
# Above these no character has another case.
_LAST_CASED = 0x1F000

DIGIT: Ranges = ((0x30, 0x39),)
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
# With the flags i and u together: the long s and the Kelvin sign are s and k in another case.
WORD_ANY_CASE: Ranges = (*WORD, (0x17F, 0x17F), (0x212A, 0x212A))
SPACE: Ranges = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
LINE_END: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))


def contains(ranges: Ranges, code: int) -> bool:
    """Whether one of the ranges holds the character."""
    return any(first <= code <= last for first, last in ranges)


def complement(ranges: Ranges) -> Ranges:
    """Every character that is in none of the ranges."""
    found: list[tuple[int, int]] = []
    begin = 0
    for first, last in sorted(ranges):
        if first > begin:
            found.append((begin, first - 1))
        begin = max(begin, last + 1)
    if begin <= LAST:
        found.append((begin, LAST))
    return tuple(found)


def canonical(code: int, unicode: bool) -> int:
    """The character that stands for all its cases: ECMAScript's Canonicalize."""
    character = chr(code)
    if unicode:
        folded = character.casefold()
        if len(folded) != 1:  # simple folding keeps one character one
            folded = character.lower()
        return ord(folded) if len(folded) == 1 else code
    upper = character.upper()
    if len(upper) != 1 or ord(upper) > 0xFFFF or (code >= 0x80 > ord(upper)):
        return code
    return ord(upper)


@cache
def _cases(unicode: bool) -> Mapping[int, tuple[int, ...]]:
    """Canonical characters to all that they stand for, where there are several."""
    found: dict[int, list[int]] = {}
    for code in range(_LAST_CASED if unicode else 0x10000):
        found.setdefault(canonical(code, unicode), []).append(code)
    return {code: tuple(members) for code, members in found.items() if len(members) > 1}


def any_case(ranges: Ranges, code: int, unicode: bool) -> bool:
    """Whether the ranges hold the character in any case."""
    if contains(ranges, code):
        return True
    same = canonical(code, unicode)
    return any(contains(ranges, member) for member in _cases(unicode).get(same, (same,)))


def escape_class(letter: str, word: Ranges) -> Characters | None:
    r"""What `\d`, `\s` and `\w` stand for, and their capitals; None for another letter."""
    ranges = {"d": DIGIT, "s": SPACE, "w": word}.get(letter.lower())
    return None if ranges is None else Characters(ranges if letter.islower() else complement(ranges))
