"""Texts that fit an expression: all of them where they are few, else one. Pure."""

from __future__ import annotations

from itertools import product

from captain.errors import CaptainError
from captain.oneclick.regex.match import fits
from captain.oneclick.regex.parse import parse
from captain.oneclick.regex.tree import Back, Characters, Choice, Edge, Group, Look, Node, Repeat, Sequence

_MOST_WORDS = 30
# Characters that a sample prefers, in turn; one after the other they also satisfy "a digit and a capital".
_PREFERRED = "a1B2c3d4E5f6g7h8"
_USUAL = (
    "",
    "admin@example.com",
    "https://example.com",
    "example.com",
    "true",
    "a1B2c3d4E5f6g7h8_-aA0!aA0!aA0!aA0!aA0!",
)
_LONGEST = 300


def words(literal: str) -> tuple[str, ...]:
    """Every text that fits, in the order of the expression, where it lists them: `true` and `false` for
    `/^(true|false)$/`; none where it lists none or too many, or is not anchored at both ends.
    """
    pattern = parse(literal)
    node = pattern.node
    if pattern.flags.multiline or not isinstance(node, Sequence) or len(node.items) < 2:
        return ()
    if node.items[0] is not Edge.START or node.items[-1] is not Edge.END:
        return ()
    found = _listed(Sequence(node.items[1:-1]))
    return () if found is None or len(found) > _MOST_WORDS else tuple(dict.fromkeys(found))


def _listed(node: Node) -> list[str] | None:
    """The texts of a part; None where it does not list them."""
    match node:
        case Characters(ranges=((first, last),), negated=False) if first == last:
            return [chr(first)]
        case Group():
            return _listed(node.node)
        case Choice():
            options = [_listed(option) for option in node.options]
            return None if None in options else [text for option in options for text in option or ()]
        case Sequence():
            parts: list[list[str]] = []
            size = 1
            for item in node.items:
                part = _listed(item)
                size *= len(part or ())
                if part is None or size > _MOST_WORDS:
                    return None
                parts.append(part)
            return ["".join(texts) for texts in product(*parts)]
        case Repeat(least=0, most=1):
            inner = _listed(node.node)
            return None if inner is None else [*inner, ""]
        case _:
            return None


def sample(literal: str) -> str | None:
    """A text that fits, the same each time; None where a few tries find none."""
    node = parse(literal).node
    tries = [_written(node, longer, turn) for longer in (0, 1, 12) for turn in range(3)]
    for text in (*tries, *_USUAL):
        try:
            if len(text) <= _LONGEST and fits(literal, text):
                return text
        except CaptainError:  # too many steps on this one
            continue
    return None


def _written(node: Node, longer: int, turn: int) -> str:
    """A text that a part may stand for, but for what lookarounds and edges ask of it."""
    out: list[str] = []
    _write(node, longer, turn, out)
    return "".join(out)


def _write(node: Node, longer: int, turn: int, out: list[str]) -> None:
    match node:
        case Characters():
            out.append(_character(node, len(out) + turn))
        case Sequence():
            for item in node.items:
                _write(item, longer, turn, out)
        case Choice():
            _write(node.options[turn % len(node.options)], longer, turn, out)
        case Group():
            _write(node.node, longer, turn, out)
        case Repeat():
            count = node.least + longer
            for _ in range(min(count if node.most is None else min(count, node.most), _LONGEST)):
                if len(out) <= _LONGEST:
                    _write(node.node, longer, turn, out)
        case Edge() | Look() | Back():
            pass


def _character(characters: Characters, turn: int) -> str:
    ranges = characters.ranges
    for step in range(len(_PREFERRED)):
        letter = _PREFERRED[(turn + step) % len(_PREFERRED)]
        if any(first <= ord(letter) <= last for first, last in ranges) != characters.negated:
            return letter
    if not characters.negated:
        return chr(ranges[0][0]) if ranges else ""
    others = (chr(code) for code in range(0x20, 0x2000))
    return next((other for other in others if not any(a <= ord(other) <= b for a, b in ranges)), "")
