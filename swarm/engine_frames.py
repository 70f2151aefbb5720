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


class Frames:
    """Takes pieces as they come, however they are cut, and gives what is whole: a stream's number and a content.

    1 is output, 2 errors. What has no frames, as with a terminal, is output.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[tuple[int, bytes]]:
        """What is whole now."""
        content, found, start = self._rest + piece, list[tuple[int, bytes]](), 0
        while len(content) - start >= _HEAD:
            if not _is_frame(content, start):
                found.append((1, content[start:]))
                start = len(content)
                break
            end = start + _HEAD + int.from_bytes(content[start + 4 : start + _HEAD], "big")
            if len(content) < end:
                break
            found.append((content[start], content[start + _HEAD : end]))
            start = end
        self._rest = content[start:]
        return found

    def end(self) -> list[tuple[int, bytes]]:
        """No more will come. A frame that breaks off is left out."""
        rest, self._rest = self._rest, b""
        return [(1, rest)] if rest and not _is_frame(rest, 0) else []


def frames(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The stream's number and content of each frame, as `Frames` has it."""
    taken = Frames()
    for piece in pieces:
        yield from taken.feed(piece)
    yield from taken.end()


def _is_frame(content: bytes, start: int) -> bool:
    return start + _HEAD <= len(content) and content[start] in (0, 1, 2) and content[start + 1 : start + 4] == b"\0\0\0"
