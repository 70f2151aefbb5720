"""A parsed expression. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that change what fits. `g` and `d` are accepted and change nothing of it."""

    ignore_case: bool = False
    multiline: bool = False
    dot_all: bool = False
    unicode: bool = False
    sticky: bool = False


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of these inclusive ranges, or (`negated`) one outside of them.

    Code points with the flag `u`, UTF-16 code units without: `/^.$/` does not fit an emoji.
    """

    ranges: Ranges
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; none is the empty text."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first that leads to a match."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group, numbered from 1."""

    number: int
    node: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """`least` to `most` times (None: without end). `groups` are the numbers within, first and one past the last."""

    node: Node
    least: int
    most: int | None
    lazy: bool
    groups: tuple[int, int]


class Edge(Enum):
    """A place between characters."""

    START = "^"
    END = "$"
    WORD = r"\b"
    NOT_WORD = r"\B"


@dataclass(frozen=True, slots=True)
class Look:
    """A lookahead or lookbehind."""

    node: Node
    behind: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Back:
    """What a group captured, once more; the empty text while it has captured nothing."""

    number: int


Node: TypeAlias = Characters | Sequence | Choice | Group | Repeat | Edge | Look | Back


@dataclass(frozen=True, slots=True)
class Pattern:
    """An expression: its tree, its flags, the number of its groups."""

    node: Node
    flags: Flags
    groups: int
