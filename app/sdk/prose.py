"""Sentences of the document as comments of a language."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 118

COMMAND = "python -m app sdk generate"
MARK = f"Generated from sdk/openapi.json by `{COMMAND}`; do not edit."


def paragraphs(*texts: str) -> list[str]:
    """The texts that say something, one after the other, without the space around them."""
    return [" ".join(text.split()) for text in texts if text.strip()]


def docstring(texts: Sequence[str], indent: str) -> list[str]:
    """Lines of a Python docstring, or none if there is nothing to say."""
    escaped = (text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for text in texts)
    return _block(paragraphs(*escaped), indent, '"""', "", '"""')


def jsdoc(texts: Sequence[str], indent: str) -> list[str]:
    """Lines of a comment before a TypeScript declaration, or none if there is nothing to say."""
    escaped = (text.replace("*/", "*\\/") for text in texts)
    return _block(paragraphs(*escaped), indent, "/** ", " * ", " */")


def _block(texts: list[str], indent: str, opening: str, before: str, closing: str) -> list[str]:
    if not texts:
        return []
    single = f"{indent}{opening}{texts[0]}{closing}"
    if len(texts) == 1 and len(single) <= WIDTH and not texts[0].endswith(('"', "\\")):
        return [single]
    width = WIDTH - len(indent) - max(len(opening), len(before))
    wrapped = [textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) for text in texts]
    lines = wrapped[0] + [line for block in wrapped[1:] for line in ("", *block)]
    # A docstring begins on the line of its quotes, the other comment below its stars.
    first, lines = (opening, lines) if before else (opening + lines[0], lines[1:])
    return [f"{indent}{line}".rstrip() for line in (first, *(before + line for line in lines), closing)]
