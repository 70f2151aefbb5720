"""Sources that come from anywhere: what is refused, and that what is taken arrives as it was."""

from __future__ import annotations

import gzip
import io
import resource
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.builds import tarball
from captain.builds.members import Kind, Limits
from captain.errors import CaptainError

Entry = tuple[str, bytes, str]
FILE, FOLDER, LINK, HARD = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE


def tar(*entries: tuple[str, bytes, str], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of (name, type, content or target)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for name, kind, text in entries:
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, 0o4755
            if kind == FILE:
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
            else:
                info.linkname = text
                archive.addfile(info)
    return made.getvalue()


def looked_at(content: bytes, limits: Limits | None = None) -> dict[str, Kind]:
    return dict(tarball.files(io.BytesIO(content), limits or Limits()))


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([("../x", FILE, "")], "'../x', which leads out of it"),
        ([("a/../../x", FILE, "")], "which leads out of it"),
        ([("/etc/passwd", FILE, "")], "'/etc/passwd', which leads out of it"),
        ([("a", LINK, "/etc/passwd")], "a link, 'a', to '/etc/passwd', which is not within it"),
        ([("a/b", LINK, "../../x")], "which is not within it"),
        ([("d", LINK, "e/f"), ("l", LINK, "d/../../x")], "which is not within it"),
        ([("p/d", LINK, ".."), ("p/q/l", LINK, "../d/../x")], "which is not within it"),
        ([("a", LINK, "b"), ("a/c", FILE, "")], "'a/c' below 'a', which is no folder"),
        ([("a", FILE, ""), ("a/c/d", FILE, "")], "'a/c/d' below 'a', which is no folder"),
        ([("a/c", FILE, ""), ("a", LINK, "b")], "'a' twice"),
        ([("a", FILE, "1"), ("./a", FILE, "2")], "'a' twice"),
        ([("a", HARD, "../x")], "'../x', which leads out of it"),
        ([("a", HARD, "/etc/shadow")], "leads out of it"),
        ([("a", LINK, "b"), ("c", HARD, "a")], "a hard link, 'c', to 'a', which is no file before it"),
        ([("a", tarfile.CHRTYPE, "")], "a device: 'a'"),
        ([("a", tarfile.BLKTYPE, "")], "a device: 'a'"),
        ([("a", tarfile.FIFOTYPE, "")], "a named pipe: 'a'"),
        ([("a\x1b[2J", LINK, "/x")], r"a\x1b[2J"),
        ([], "The source is empty"),
        ([("./", FOLDER, "")], "The source is empty"),
    ],
)
def test_what_leads_out_or_is_no_file_is_refused(entries: list[Entry], sentence: str) -> None:
    """Each with a sentence that names it, and without its control characters."""
    with pytest.raises(CaptainError) as refused:
        looked_at(tar(*entries))  # type: ignore[arg-type]
    assert sentence in str(refused.value)


def test_what_is_within_is_taken() -> None:
    """Relative links, hard links to what came before, folders said twice, the root itself."""
    found = looked_at(
        tar(
            ("./", FOLDER, ""),
            ("./a", FOLDER, ""),
            ("a/", FOLDER, ""),
            ("a/b", FILE, "text"),
            ("a/c", LINK, "./b"),
            ("a/d/e", LINK, "../../a/b"),
            ("a/f", HARD, "./a/b"),
        )
    )
    assert found == {
        "a": Kind.FOLDER,
        "a/b": Kind.FILE,
        "a/c": Kind.SYMLINK,
        "a/d/e": Kind.SYMLINK,
        "a/f": Kind.HARD_LINK,
    }


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_what_is_packed_anew_is_what_came(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """Of one folder: contents, links, modes but for set-user-id; what is added goes before the source's own."""
    content = "x" * 100_000
    came = compress(
        tar(
            ("app/run", FILE, content),
            ("app/Dockerfile", FILE, "theirs"),
            ("app/" + "long/" * 60 + "é", LINK, "f"),
            ("app/again", HARD, "app/run"),
            ("beside", FILE, ""),
        )
    )
    plain = tarball.plain(tarball.spool([came], tmp_path), tmp_path, Limits())
    assert tarball.text_of(plain, "app/run", 200_000) == content
    sent = b"".join(tarball.packed(plain, "app", {"Dockerfile": "ours"}))
    with tarfile.open(fileobj=io.BytesIO(sent)) as archive:
        assert archive.getnames() == ["Dockerfile", "run", "long/" * 60 + "é", "again"]
        read = {name: archive.extractfile(name) for name in ("Dockerfile", "run", "again")}
        assert {name: file and file.read() for name, file in read.items()} == {
            "Dockerfile": b"ours",
            "run": content.encode(),
            "again": content.encode(),
        }
        run = archive.getmember("run")
        assert (run.mode, run.uid, archive.getmember("again").linkname) == (0o755, 0, "run")
    assert list(tmp_path.iterdir()) == [], "no file had a name"


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    """64 MiB out of a few kB end at the limit, and leave nothing behind."""
    bomb = gzip.compress(tar(("zeros", FILE, "\0" * 64 * 1024**2)))
    assert len(bomb) < 200_000
    with pytest.raises(CaptainError, match="The source is too large"):
        tarball.plain(tarball.spool([bomb], tmp_path), tmp_path, Limits(unpacked_bytes=1024**2, members=10))
    with pytest.raises(CaptainError, match="cannot be unpacked"):
        tarball.plain(tarball.spool([gzip.compress(b"x" * 2000)[:-9]], tmp_path), tmp_path, Limits())
    assert list(tmp_path.iterdir()) == []


def test_limits_count_what_is_said_and_what_is_there(tmp_path: Path) -> None:
    """A member that says it is huge, too many members, a header of gigabytes, an upload without end."""
    with pytest.raises(CaptainError, match="more than 1 MiB"):
        looked_at(tar(("a", FILE, "x" * 600_000), ("b", FILE, "x" * 600_000)), Limits(unpacked_bytes=1024**2))
    with pytest.raises(CaptainError, match="more than 3 files"):
        looked_at(tar(*((f"f{n}", FILE, "") for n in range(4))), Limits(members=3))
    header = tarfile.TarInfo("a")
    header.type, header.size = tarfile.XHDTYPE, 8 * 1024**3
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CaptainError, match="as long as no header is"):
        looked_at(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**20))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # kB
    with pytest.raises(CaptainError, match="1 MiB are the most"):
        tarball.spool(iter(lambda: b"x" * 65536, b""), tmp_path, 1024**2)
    sparse = tarfile.TarInfo("hole")
    sparse.type = tarfile.GNUTYPE_SPARSE
    with pytest.raises(CaptainError, match="a sparse file"):
        looked_at(sparse.tobuf(tarfile.GNU_FORMAT) + bytes(1024))


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """Whoever sends gets a sentence, not a traceback."""

    class Full:
        def __iter__(self) -> Full:
            return self

        def __next__(self) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(CaptainError, match=r"The disk of .* is full"):
        tarball.spool(Full(), tmp_path)


@pytest.mark.parametrize("cut", [100, 700, 1536, 2047])
def test_half_a_source_is_not_built(cut: int) -> None:
    """An upload that broke off is an error, wherever it did: tarfile itself would take some of these for whole."""
    whole = tar(("a", FILE, "x" * 512), ("b", FILE, "y"))
    with pytest.raises(CaptainError):
        looked_at(whole[:cut])
    damaged = bytearray(whole)
    damaged[1024 + 150] ^= 1  # the second header's checksum
    with pytest.raises(CaptainError, match="cut off or damaged"):
        looked_at(bytes(damaged))


@given(st.data())
def test_no_bytes_do_anything_else(data: st.DataObject) -> None:
    """Any tar with any bytes of it changed is read to its end or refused with a sentence."""
    whole = bytearray(
        tar(
            ("dir/" + "n" * 150, FILE, "x" * 700),
            ("l", LINK, "dir"),
            form=data.draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])),
        )[:5120]
    )
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):  # a broken header mostly has a broken checksum: make it right again
        for start in range(0, len(whole), 512):
            block = whole[start : start + 512]
            if block[257:262] == b"ustar":
                total = sum(block[:148]) + 256 + sum(block[156:])
                whole[start + 148 : start + 156] = b"%06o\0 " % total
    try:
        looked_at(bytes(whole))
        b"".join(tarball.packed(io.BytesIO(bytes(whole)), "", {}))
    except CaptainError:
        pass
