"""A tree to a program for the matcher: a flat list of small instructions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from captain.errors import CaptainError
from captain.oneclick.regex.tree import (
    Back,
    Characters,
    Choice,
    Edge,
    Group,
    Look,
    Node,
    Pattern,
    Repeat,
    Sequence,
)

MOST_INSTRUCTIONS = 20_000
_WITHOUT_END = 1 << 30


@dataclass(frozen=True, slots=True)
class One:
    """A character; `step` is -1 where the text is read backwards, within a lookbehind."""

    characters: Characters
    step: int


@dataclass(frozen=True, slots=True)
class Run:
    """`least` to `most` characters of one set."""

    characters: Characters
    least: int
    most: int
    lazy: bool
    step: int


@dataclass(slots=True)
class Split:
    """Go on at `first`; if that leads nowhere, at `second`."""

    first: int
    second: int


@dataclass(slots=True)
class Jump:
    """Go on elsewhere."""

    to: int


@dataclass(frozen=True, slots=True)
class Save:
    """Keep the place in a slot: an end of a group, or where a repetition began."""

    slot: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Empty slots: the groups of a repetition, as each begins."""

    slots: range


@dataclass(frozen=True, slots=True)
class Moved:
    """Fail where a repetition took no character: it would go on for ever."""

    slot: int


@dataclass(frozen=True, slots=True)
class At:
    """Fail unless the place is such an edge."""

    edge: Edge


@dataclass(frozen=True, slots=True)
class Ahead:
    """Fail unless (or, negated, if) another program matches here."""

    instructions: tuple[Instruction, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Again:
    """What a group captured."""

    number: int
    step: int


Instruction: TypeAlias = One | Run | Split | Jump | Save | Forget | Moved | At | Ahead | Again


@dataclass(frozen=True, slots=True)
class Program:
    """Instructions, and how many slots a run of them needs; running off their end is a match."""

    instructions: tuple[Instruction, ...]
    slots: int


def compiled(pattern: Pattern) -> Program:
    """The program of a pattern. `CaptainError` when its repetitions make it too long."""
    compiler = _Compiler(pattern)
    instructions = compiler.program(pattern.node, 1)
    return Program(instructions, compiler.slots)


class _Compiler:
    def __init__(self, pattern: Pattern) -> None:
        self.slots = 2 * (pattern.groups + 1)
        self._length = 0

    def program(self, node: Node, step: int) -> tuple[Instruction, ...]:
        out: list[Instruction] = []
        self._add(out, node, step)
        return tuple(out)

    def _put(self, out: list[Instruction], instruction: Instruction) -> None:
        self._count()
        out.append(instruction)

    def _count(self) -> None:
        self._length += 1
        if self._length > MOST_INSTRUCTIONS:
            raise CaptainError("The expression repeats too much within repetitions: captain would need too much time.")

    def _add(self, out: list[Instruction], node: Node, step: int) -> None:
        match node:
            case Characters():
                self._put(out, One(node, step))
            case Sequence():
                for item in node.items[::step]:
                    self._add(out, item, step)
            case Choice():
                self._choice(out, node, step)
            case Group():
                begin, end = (0, 1)[::step]
                self._put(out, Save(2 * node.number + begin))
                self._add(out, node.node, step)
                self._put(out, Save(2 * node.number + end))
            case Edge():
                self._put(out, At(node))
            case Look():
                self._put(out, Ahead(self.program(node.node, -1 if node.behind else 1), node.negated))
            case Back():
                self._put(out, Again(node.number, step))
            case Repeat():
                self._repeat(out, node, step)

    def _choice(self, out: list[Instruction], node: Choice, step: int) -> None:
        jumps: list[Jump] = []
        for option in node.options[:-1]:
            split = Split(len(out) + 1, 0)
            self._put(out, split)
            self._add(out, option, step)
            jumps.append(Jump(0))
            self._put(out, jumps[-1])
            split.second = len(out)
        self._add(out, node.options[-1], step)
        for jump in jumps:
            jump.to = len(out)

    def _repeat(self, out: list[Instruction], node: Repeat, step: int) -> None:
        if isinstance(node.node, Characters):
            most = _WITHOUT_END if node.most is None else node.most
            self._put(out, Run(node.node, node.least, most, node.lazy, step))
            return
        if node.most == 0:
            return
        for _ in range(node.least):
            self._once(out, node, step)
        if node.most is None:
            begin = len(out)
            split = self._optional(out, node, step)
            self._put(out, Jump(begin))
            self._leave(split, node.lazy, len(out))
            return
        splits = [self._optional(out, node, step) for _ in range(node.most - node.least)]
        for split in splits:
            self._leave(split, node.lazy, len(out))

    def _once(self, out: list[Instruction], node: Repeat, step: int) -> None:
        self._count()  # so that repetitions of nothing come to an end as well
        first, end = node.groups
        if first < end:
            self._put(out, Forget(range(2 * first, 2 * end)))
        self._add(out, node.node, step)

    def _optional(self, out: list[Instruction], node: Repeat, step: int) -> Split:
        split = Split(len(out) + 1, len(out) + 1)
        self._put(out, split)
        slot, self.slots = self.slots, self.slots + 1
        self._put(out, Save(slot))
        self._once(out, node, step)
        self._put(out, Moved(slot))
        return split

    @staticmethod
    def _leave(split: Split, lazy: bool, end: int) -> None:
        if lazy:
            split.first = end
        else:
            split.second = end
