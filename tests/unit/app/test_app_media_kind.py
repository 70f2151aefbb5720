"""What a file is found to be, whatever it is called."""

from __future__ import annotations

import struct

import pytest

from app.media.kind import Kind, kind_of, safe_name

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", 480, 640) + b"rest"
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
WEBP = b"RIFF\0\0\0\0WEBP"
VP8X = WEBP + b"VP8X\x0a\0\0\0\0\0\0\0" + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
VP8L = WEBP + b"VP8L\0\0\0\0\x2f" + (639 | 479 << 14).to_bytes(4, "little") + bytes(8)
VP8 = WEBP + b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif")] + [(one, "image/webp") for one in (VP8X, VP8L, VP8)],
)
def test_a_picture_has_its_size(content: bytes, content_type: str) -> None:
    """From its head, of which not a byte may be missing."""
    found = kind_of(content)
    assert found is not None
    assert (found.content_type, found.width_pixels, found.height_pixels) == (content_type, 640, 480)
    least = next(length for length in range(len(content) + 1) if kind_of(content[:length]) == found)
    assert all(kind_of(content[:length]) is None for length in range(least))


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        *((b"\0\0\0\x1cftypavif", "image/avif"), (b"\0\0\0\x1cftypisom", "video/mp4")),
        *((b"%PDF-1.7", "application/pdf"), (b"\x1aE\xdf\xa3", "video/webm"), (b"OggS", "audio/ogg")),
        (b"ID3\4", "audio/mpeg"),
    ],
)
def test_other_kinds_are_known(content: bytes, content_type: str) -> None:
    """Without a size."""
    found = kind_of(content)
    assert found is not None and (found.content_type, found.width_pixels) == (content_type, None)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"GIF", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html><script>", b"MZ", b"\x7fELF"),
        *(b"#!/bin/sh", b"PK\3\4", b"\0\0\0\x1cftypqt  ", PNG.replace(b"IHDR", b"IDAT"), b"\xff\xd8\xff" + bytes(40)),
        *(GIF[:6] + bytes(4), b" " + PNG, b"RIFF\0\0\0\0WAVEfmt " + bytes(20), b"\xff\xd8\xff\xe0\xff\xff" + bytes(9)),
    ],
)
def test_what_is_none_of_them_is_nothing(content: bytes) -> None:
    """What runs in a page, programs, archives, pictures without a size or with none."""
    assert kind_of(content) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        *(("tide.png", "tide.png"), ("Tide.PNG", "Tide.PNG"), ("tide.html", "tide.html.png"), ("tide", "tide.png")),
        *((".htaccess", "htaccess.png"), ("...", "file.png"), ("  ", "file.png"), ("Ö – ü.png", "Ö – ü.png")),
        *(("a" * 300, "a" * 251 + ".png"), ("a" * 300 + ".png", "a" * 251 + ".png")),
    ],
)
def test_a_name_ends_as_its_type_does(given: str, kept: str) -> None:
    """Never hidden, never empty, never longer than what is kept."""
    assert safe_name(given, Kind("image/png", (".png",))) == kept
