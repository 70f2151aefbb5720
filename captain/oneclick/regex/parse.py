"""The text of an expression to its tree: ECMAScript 2023's grammar, its annex B included. Pure."""

from __future__ import annotations

import re
from typing import NoReturn

from captain.errors import CaptainError
from captain.oneclick.regex.classes import LINE_END, WORD, WORD_ANY_CASE, escape_class
from captain.oneclick.regex.tree import (
    Back,
    Characters,
    Choice,
    Edge,
    Flags,
    Group,
    Look,
    Node,
    Pattern,
    Ranges,
    Repeat,
    Sequence,
)

_BRACES = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
_NAME = re.compile(r"<([A-Za-z_$\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*)>")
_SYNTAX = set("^$\\.*+?()[]{}|/")
_CONTROL = {"f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B}
_LOOKS = {"?=": (False, False), "?!": (False, True), "?<=": (True, False), "?<!": (True, True)}
_FLAGS = {"i": "ignore_case", "m": "multiline", "s": "dot_all", "u": "unicode", "y": "sticky"}
_DEEPEST = 60
_MOST_CHARACTERS = 2000


def parse(literal: str) -> Pattern:
    """`/…/flags`, or the expression alone, to a `Pattern`.

    The last slash ends it, so that one within needs no backslash. `CaptainError` says what JavaScript would refuse,
    and names the flag `v` and properties (`\\p{…}`), which captain does not know.
    """
    body, flags = _divided(literal)
    if len(body) > _MOST_CHARACTERS:
        raise CaptainError(f"The expression has {len(body)} characters; {_MOST_CHARACTERS} are the most.")
    return _Parser(body, flags, literal).pattern()


def units(text: str) -> str:
    """The text in UTF-16 code units, one character each, as JavaScript sees it without the flag `u`."""
    if text.isascii() or all(ord(character) <= 0xFFFF for character in text):
        return text
    encoded = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(int.from_bytes(encoded[at : at + 2], "big")) for at in range(0, len(encoded), 2))


def _divided(literal: str) -> tuple[str, Flags]:
    if not literal.startswith("/") or literal.rindex("/") == 0:
        return literal, Flags()
    body, _, letters = literal[1:].rpartition("/")
    for letter in letters:
        if letter == "v":
            raise CaptainError(f"{literal} has the flag v (sets of characters), which captain does not know.")
        if letter not in "dgimsuy" or letters.count(letter) > 1:
            raise CaptainError(f"{literal} has the flags '{letters}', which JavaScript refuses.")
    if not body:
        raise CaptainError(f"{literal} is empty: write an expression between the slashes, or no validRegex.")
    return body, Flags(**{_FLAGS[letter]: True for letter in letters if letter in _FLAGS})


def _group_names(source: str) -> list[str | None]:
    """A name, or None, per capturing group in the order of the brackets: needed before the text is read."""
    found: list[str | None] = []
    in_class, at = False, 0
    while at < len(source):
        character = source[at]
        if character == "\\":
            at += 1
        elif character == "[":
            in_class = True
        elif character == "]":
            in_class = False
        elif character == "(" and not in_class:
            if source[at + 1 : at + 2] != "?":
                found.append(None)
            elif source[at + 1 : at + 3] == "?<" and source[at + 3 : at + 4] not in ("=", "!"):
                name = _NAME.match(source, at + 2)
                found.append(name[1] if name else "")
        at += 1
    return found


class _Parser:
    """One reading of one expression, from left to right."""

    def __init__(self, body: str, flags: Flags, literal: str) -> None:
        self._source = body if flags.unicode else units(body)
        self._flags = flags
        self._literal = literal
        self._at = 0
        self._opened = 0
        self._depth = 0
        self._names = _group_names(self._source)
        self._named = any(name is not None for name in self._names)
        self._word: Ranges = WORD_ANY_CASE if flags.unicode and flags.ignore_case else WORD

    def pattern(self) -> Pattern:
        named = [name for name in self._names if name]
        if len(named) != len(set(named)):
            self._fail("two groups have the same name")
        node = self._choice()
        if self._at < len(self._source):
            self._fail("a ) closes nothing")
        return Pattern(node, self._flags, len(self._names))

    def _fail(self, why: str) -> NoReturn:
        raise CaptainError(f"{self._literal} is not an expression that JavaScript takes: {why}.")

    def _peek(self, text: str) -> bool:
        return self._source.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        if not self._peek(text):
            return False
        self._at += len(text)
        return True

    def _next(self) -> str:
        if self._at >= len(self._source):
            self._fail("it ends too early")
        self._at += 1
        return self._source[self._at - 1]

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(f"more than {_DEEPEST} brackets are within each other")
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        self._depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._at < len(self._source) and self._source[self._at] not in "|)":
            first_group = self._opened + 1
            node, repeatable = self._term()
            items.append(self._repeated(node, repeatable, first_group))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _term(self) -> tuple[Node, bool]:
        """The next part, and whether it may be repeated."""
        character = self._next()
        if character in "^$":
            return Edge(character), False
        if character == "\\":
            if self._take("b"):
                return Edge.WORD, False
            if self._take("B"):
                return Edge.NOT_WORD, False
            return self._escape(), True
        if character == "(":
            return self._bracket()
        if character == ".":
            return Characters(() if self._flags.dot_all else LINE_END, negated=True), True
        if character == "[":
            return self._class(), True
        if character in "*+?" or (character == "{" and _BRACES.match(self._source, self._at - 1)):
            self._fail(f"there is nothing that {character} could repeat")
        if self._flags.unicode and character in "{}]":
            self._fail(f"with the flag u, {character} needs a backslash")
        return _one(ord(character)), True

    def _bracket(self) -> tuple[Node, bool]:
        node: Node
        repeatable = True
        look = next((mark for mark in ("?<=", "?<!", "?=", "?!") if self._peek(mark)), None)
        if look is not None:
            self._at += len(look)
            behind, negated = _LOOKS[look]
            node = Look(self._choice(), behind, negated)
            repeatable = not behind and not self._flags.unicode
        elif self._take("?:"):
            node = self._choice()
        else:
            if self._take("?"):
                name = _NAME.match(self._source, self._at)
                if name is None:
                    self._fail("(? is followed by nothing that is known")
                self._at = name.end()
            self._opened += 1
            number = self._opened
            node = Group(number, self._choice())
        if not self._take(")"):
            self._fail("a ( is not closed")
        return node, repeatable

    def _repeated(self, node: Node, repeatable: bool, first_group: int) -> Node:
        least, most = 0, None
        braces = _BRACES.match(self._source, self._at)
        if self._take("*"):
            pass
        elif self._take("+"):
            least = 1
        elif self._take("?"):
            most = 1
        elif braces is not None:
            self._at = braces.end()
            least = int(braces[1])
            most = least if braces[2] is None else int(braces[3]) if braces[3] else None
            if most is not None and most < least:
                self._fail(f"the numbers of {braces[0]} are out of order")
        elif self._flags.unicode and self._peek("{"):
            self._fail("with the flag u, { needs a backslash")
        else:
            return node
        if not repeatable:
            self._fail("what is between characters cannot be repeated")
        return Repeat(node, least, most, self._take("?"), (first_group, self._opened + 1))

    def _escape(self) -> Node:
        character = self._next()
        if character in "123456789":
            digits = re.compile("[0-9]*").match(self._source, self._at)
            assert digits is not None
            number = int(character + digits[0])
            if number <= len(self._names):
                self._at = digits.end()
                return Back(number)
            if self._flags.unicode:
                self._fail(f"there is no group {number}")
        if character == "k" and (self._flags.unicode or self._named):
            name = _NAME.match(self._source, self._at)
            if name is None or name[1] not in self._names:
                self._fail("\\k names no group")
            self._at = name.end()
            return Back(self._names.index(name[1]) + 1)
        known = escape_class(character, self._word)
        return known if known is not None else _one(self._character_escape(character, in_class=False))

    def _character_escape(self, character: str, in_class: bool) -> int:
        r"""The character that a backslash and `character`, which has been read, stand for."""
        unicode = self._flags.unicode
        if character in _CONTROL:
            return _CONTROL[character]
        if character in "pP" and unicode:
            self._fail("captain does not know properties (\\p)")
        if character == "c":
            letter = self._source[self._at : self._at + 1]
            if re.fullmatch("[0-9A-Za-z_]" if in_class and not unicode else "[A-Za-z]", letter):
                return ord(self._next()) % 32
            if not unicode:
                self._at -= 1  # a backslash that stands for itself, then a c
                return ord("\\")
        if character in "xu":
            code = self._hexadecimal(character)
            if code is not None:
                return code
        if character in "01234567":
            return self._octal(character)
        if unicode and character not in _SYNTAX and not (in_class and character == "-"):
            self._fail(f"with the flag u, \\{character} means nothing")
        if character == "k" and self._named:
            self._fail("\\k names no group")
        return ord(character)

    def _hexadecimal(self, letter: str) -> int | None:
        digits = 2 if letter == "x" else 4
        found = re.compile(rf"[0-9A-Fa-f]{{{digits}}}").match(self._source, self._at)
        if found is not None:
            self._at = found.end()
            code = int(found[0], 16)
            low = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})").match(self._source, self._at)
            if self._flags.unicode and 0xD800 <= code <= 0xDBFF and low is not None:
                self._at = low.end()
                return 0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00
            return code
        if not self._flags.unicode:
            return None
        braced = re.compile(r"\{([0-9A-Fa-f]+)\}").match(self._source, self._at)
        if letter == "x" or braced is None or int(braced[1], 16) > 0x10FFFF:
            self._fail(f"\\{letter} is not followed by a character's number")
        self._at = braced.end()
        return int(braced[1], 16)

    def _octal(self, first: str) -> int:
        if self._flags.unicode:
            if first != "0" or self._source[self._at : self._at + 1].isdecimal():
                self._fail("with the flag u, a number in base 8 means nothing")
            return 0
        more = re.compile("[0-7]{0,2}" if first in "0123" else "[0-7]?").match(self._source, self._at)
        assert more is not None
        self._at = more.end()
        return int(first + more[0], 8)

    def _class(self) -> Characters:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        while not self._take("]"):
            first = self._member()
            if not (self._peek("-") and not self._peek("-]")):
                ranges.extend(first.ranges)
                continue
            self._at += 1
            if self._at >= len(self._source):
                self._fail("a [ is not closed")
            last = self._member()
            if _is_one(first) and _is_one(last):
                begin, end = first.ranges[0][0], last.ranges[0][0]
                if begin > end:
                    self._fail("a range of characters is out of order")
                ranges.append((begin, end))
            elif self._flags.unicode:
                self._fail("a range of characters begins or ends with a set")
            else:
                ranges.extend((*first.ranges, (0x2D, 0x2D), *last.ranges))
        return Characters(tuple(ranges), negated)

    def _member(self) -> Characters:
        if self._at >= len(self._source):
            self._fail("a [ is not closed")
        character = self._next()
        if character != "\\":
            return _one(ord(character))
        letter = self._next()
        if letter == "b":
            return _one(0x08)
        known = escape_class(letter, self._word)
        return known if known is not None else _one(self._character_escape(letter, in_class=True))


def _one(code: int) -> Characters:
    return Characters(((code, code),))


def _is_one(characters: Characters) -> bool:
    return len(characters.ranges) == 1 and characters.ranges[0][0] == characters.ranges[0][1]
