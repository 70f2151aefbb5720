"""What a key may do. Apart from the table, so that a start need not import that."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """What a key may do: read what is published, write, or everything. Each holds those before it."""

    READ_CONTENT = "read_content"
    WRITE_CONTENT = "write_content"
    MANAGE = "manage"
