"""Whether a text fits an expression, within a bound on the steps. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from captain.errors import CaptainError
from captain.oneclick.regex.classes import LINE_END, WORD, WORD_ANY_CASE, any_case, canonical, contains
from captain.oneclick.regex.parse import parse, units
from captain.oneclick.regex.program import (
    Again,
    Ahead,
    At,
    Forget,
    Instruction,
    Jump,
    Moved,
    One,
    Program,
    Run,
    Save,
    Split,
    compiled,
)
from captain.oneclick.regex.tree import Characters, Edge, Flags, Pattern

MOST_CHARACTERS = 10_000
MOST_STEPS = 200_000

Slots: TypeAlias = tuple[int | None, ...]
# Where to go on: an instruction, the places to try from the last to the first (or the other way), the slots.
_Frame: TypeAlias = tuple[int, int, int, Slots]


@lru_cache(maxsize=256)
def _ready(literal: str) -> tuple[Pattern, Program]:
    pattern = parse(literal)
    return pattern, compiled(pattern)


def fits(literal: str, text: str) -> bool:
    """What JavaScript's `new RegExp(…).test(text)` says of `/…/flags`.

    `CaptainError` for an expression that captain cannot read, for a text of more than `MOST_CHARACTERS` and for one
    on which the expression needs more than `MOST_STEPS`.
    """
    pattern, program = _ready(literal)
    if len(text) > MOST_CHARACTERS:
        raise CaptainError(f"The value has {len(text)} characters; {MOST_CHARACTERS} are the most.")
    return _Matcher(pattern.flags, text if pattern.flags.unicode else units(text), literal).search(program)


class _Matcher:
    """One text against one program."""

    def __init__(self, flags: Flags, text: str, literal: str) -> None:
        self._flags = flags
        self._codes = [ord(character) for character in text]
        self._literal = literal
        self._left = MOST_STEPS
        self._holds = self._any_case if flags.ignore_case else self._as_written

    def search(self, program: Program) -> bool:
        empty: Slots = (None,) * program.slots
        starts = (0,) if self._flags.sticky else range(len(self._codes) + 1)
        return any(self._run(program.instructions, start, empty) is not None for start in starts)

    @staticmethod
    def _as_written(characters: Characters, code: int) -> bool:
        return contains(characters.ranges, code) != characters.negated

    def _any_case(self, characters: Characters, code: int) -> bool:
        return any_case(characters.ranges, code, self._flags.unicode) != characters.negated

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise CaptainError(
                f"{self._literal} needs too many steps on this value: the expression goes back over it again and "
                "again. Shorten the value, or mend the expression."
            )

    def _run(self, instructions: tuple[Instruction, ...], start: int, slots: Slots) -> Slots | None:
        """The slots at the first match that begins at `start`; None where there is none."""
        stack: list[_Frame] = [(0, start, start, slots)]
        end = len(instructions)
        while stack:
            at, place, other, slots = stack.pop()
            if place != other:  # one of several places: the others wait
                stack.append((at, place - 1 if place > other else place + 1, other, slots))
            while True:
                self._spend(1)
                if at == end:
                    return slots
                instruction = instructions[at]
                at += 1
                if isinstance(instruction, Jump):
                    at = instruction.to
                elif isinstance(instruction, Split):
                    stack.append((instruction.second, place, place, slots))
                    at = instruction.first
                elif isinstance(instruction, Save):
                    slots = (*slots[: instruction.slot], place, *slots[instruction.slot + 1 :])
                elif isinstance(instruction, Forget):
                    inner = instruction.slots
                    slots = (*slots[: inner.start], *(None for _ in inner), *slots[inner.stop :])
                elif isinstance(instruction, Run):
                    span = self._span(instruction, place)
                    if span is None:
                        break
                    place, other = span
                    if place != other:
                        stack.append((at, place + (1 if other > place else -1), other, slots))
                else:
                    moved = self._simple(instruction, place, slots)
                    if moved is None:
                        break
                    place, slots = moved
        return None

    def _simple(
        self, instruction: One | Moved | At | Ahead | Again, place: int, slots: Slots
    ) -> tuple[int, Slots] | None:
        """The place and the slots after an instruction with one outcome; None where it fails."""
        if isinstance(instruction, One):
            at = place if instruction.step > 0 else place - 1
            if 0 <= at < len(self._codes) and self._holds(instruction.characters, self._codes[at]):
                return place + instruction.step, slots
            return None
        if isinstance(instruction, Moved):
            return (place, slots) if slots[instruction.slot] != place else None
        if isinstance(instruction, At):
            return (place, slots) if self._is_edge(instruction.edge, place) else None
        if isinstance(instruction, Ahead):
            found = self._run(instruction.instructions, place, slots)
            if instruction.negated:
                return (place, slots) if found is None else None
            return (place, found) if found is not None else None
        return self._again(instruction, place, slots)

    def _span(self, run: Run, place: int) -> tuple[int, int] | None:
        """The first and the last place to try after a run; None where it is too short."""
        count = 0
        at = place if run.step > 0 else place - 1
        while count < run.most and 0 <= at < len(self._codes) and self._holds(run.characters, self._codes[at]):
            count += 1
            at += run.step
        self._spend(count)
        if count < run.least:
            return None
        shortest, longest = place + run.least * run.step, place + count * run.step
        return (shortest, longest) if run.lazy else (longest, shortest)

    def _again(self, instruction: Again, place: int, slots: Slots) -> tuple[int, Slots] | None:
        first, last = slots[2 * instruction.number], slots[2 * instruction.number + 1]
        if first is None or last is None:
            return place, slots
        wanted = self._codes[first:last]
        begin = place if instruction.step > 0 else place - len(wanted)
        found = self._codes[begin : begin + len(wanted)] if begin >= 0 else []
        self._spend(len(wanted))
        same: Callable[[int], int] = self._same_case if self._flags.ignore_case else int
        if [same(code) for code in found] != [same(code) for code in wanted]:
            return None
        return place + instruction.step * len(wanted), slots

    def _same_case(self, code: int) -> int:
        return canonical(code, self._flags.unicode)

    def _is_edge(self, edge: Edge, place: int) -> bool:
        if edge is Edge.START:
            return place == 0 or (self._flags.multiline and contains(LINE_END, self._codes[place - 1]))
        if edge is Edge.END:
            at_end = place == len(self._codes)
            return at_end or (self._flags.multiline and contains(LINE_END, self._codes[place]))
        word = WORD_ANY_CASE if self._flags.unicode and self._flags.ignore_case else WORD
        before = place > 0 and contains(word, self._codes[place - 1])
        after = place < len(self._codes) and contains(word, self._codes[place])
        return (before != after) == (edge is Edge.WORD)
