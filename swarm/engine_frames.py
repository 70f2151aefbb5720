"""Logs and commands come from the engine in frames: eight bytes before each piece, the last four its length. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_HEAD = 8


def unframed(content: bytes) -> bytes:
    """A whole log without its frames."""
    pieces, start = [], 0
    while _is_frame(content, start):
        end = start + _HEAD + int.from_bytes(content[start + 4 : start + _HEAD], "big")
        pieces.append(content[start + _HEAD : end])
        start = end
    return b"".join(pieces) if start else content  # with a terminal there are no frames


def frames(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The stream's number (1 output, 2 errors) and content of each frame, however the pieces are cut.

    What has no frames, as with a terminal, is output. A frame that breaks off with the stream is left out.
    """
    rest = b""
    for piece in pieces:
        rest += piece
        while len(rest) >= _HEAD:
            if not _is_frame(rest, 0):
                yield 1, rest
                rest = b""
                break
            end = _HEAD + int.from_bytes(rest[4:_HEAD], "big")
            if len(rest) < end:
                break
            yield rest[0], rest[_HEAD:end]
            rest = rest[end:]
    if rest and not _is_frame(rest, 0):
        yield 1, rest


def _is_frame(content: bytes, start: int) -> bool:
    return start + _HEAD <= len(content) and content[start] in (0, 1, 2) and content[start + 1 : start + 4] == b"\0\0\0"
