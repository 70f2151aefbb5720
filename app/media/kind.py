"""What a file is, by its first bytes and by nothing that its sender says. Pure.

Only what browsers show or play, and PDF: nothing that could run in a page, as HTML and SVG do.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Kind:
    """A type, how names of such files end (the first is what they get), and a picture's size if it is known."""

    content_type: str
    endings: tuple[str, ...]
    width_pixels: int | None = None
    height_pixels: int | None = None


KINDS = "PNG, JPEG, GIF, WebP, AVIF, PDF, MP4, WebM, MP3 and Ogg"


def kind_of(content: bytes) -> Kind | None:
    """None for what is not known, or breaks off where it should say how large it is."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _sized("image/png", (".png",), _png(content))
    if content.startswith(b"\xff\xd8\xff"):
        return _sized("image/jpeg", (".jpg", ".jpeg"), _jpeg(content))
    if content[:6] in {b"GIF87a", b"GIF89a"}:
        return _sized("image/gif", (".gif",), struct.unpack_from("<HH", content, 6) if len(content) >= 10 else None)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _sized("image/webp", (".webp",), _webp(content))
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        if brand in {b"avif", b"avis"}:
            return Kind("image/avif", (".avif",))
        return Kind("video/mp4", (".mp4", ".m4v")) if brand in {b"isom", b"iso2", b"mp41", b"mp42", b"avc1"} else None
    return next((kind for start, kind in _OTHERS if content.startswith(start)), None)


_OTHERS = (
    (b"%PDF-", Kind("application/pdf", (".pdf",))),
    (b"\x1aE\xdf\xa3", Kind("video/webm", (".webm",))),
    (b"OggS", Kind("audio/ogg", (".ogg", ".oga", ".opus"))),
    (b"ID3", Kind("audio/mpeg", (".mp3",))),
    (b"\xff\xfb", Kind("audio/mpeg", (".mp3",))),
)


def _sized(content_type: str, endings: tuple[str, ...], size: tuple[int, ...] | None) -> Kind | None:
    if size is None or min(size) < 1:
        return None
    return Kind(content_type, endings, *size)


def _png(content: bytes) -> tuple[int, ...] | None:
    if content[12:16] != b"IHDR" or len(content) < 24:
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return (width, height) if max(width, height) < 2**31 else None


def _jpeg(content: bytes) -> tuple[int, ...] | None:
    """From segment to segment, to the frame's head."""
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        if marker == 0xFF:  # filling
            place += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            place += 2
        else:
            place += 2 + struct.unpack_from(">H", content, place + 2)[0]
    return None


def _webp(content: bytes) -> tuple[int, ...] | None:
    if len(content) < 30:
        return None
    form = content[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def safe_name(given: str, kind: Kind) -> str:
    """The name with an ending of its type: under another one, a program would take it for something else.

    At most 255 characters. `given` has no control characters and no slashes.
    """
    name = given.strip().lstrip(".") or "file"
    if name.lower().endswith(kind.endings):
        return name[-255:]
    return f"{name[: 255 - len(kind.endings[0])]}{kind.endings[0]}"
