"""The engine's frames, and the lines of logs in them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.engine import EngineError, NotFound
from swarm.engine_follow import Followed
from swarm.engine_frames import frames, unframed
from swarm.engine_logs import LogLine, parse_line


def framed(stream: int, content: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=6), st.lists(st.integers(0, 300)))
def test_frames_are_found_however_they_are_cut(wanted: list[tuple[int, bytes]], cuts: list[int]) -> None:
    """A piece may end in the midst of a head, and hold several frames."""
    whole = b"".join(framed(*frame) for frame in wanted)
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[start:end] for start, end in pairwise(places)]
    assert list(frames(pieces)) == wanted
    assert unframed(whole) == b"".join(content for _, content in wanted)


def test_what_has_no_frames_is_output() -> None:
    """With a terminal the engine sends bytes as they are, and a short last piece is not lost."""
    assert b"".join(content for _, content in frames([b"plain text\n", b"more"])) == b"plain text\nmore"
    assert list(frames([framed(2, b"whole"), framed(1, b"broken off")[:-1]])) == [(2, b"whole")]


def test_a_line_has_its_time_its_task_and_its_node() -> None:
    """As the engine writes it with timestamps and details; the text stays as it is, spaces and all."""
    details = b"com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t1"
    line = parse_line(2, b"2026-01-31T12:00:00.123456789Z " + details + b"   a  b\n")
    assert line is not None
    assert (line.task, line.node, line.is_error, line.text) == ("t1", "n1", True, "  a  b")
    assert line.at == datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)
    empty = parse_line(1, b"2026-01-31T12:00:00Z " + details + b" \n")
    assert empty is not None and empty.text == ""
    assert parse_line(1, b"no time\n") is None


class Connection:
    """Gives what it was made of, piece by piece, and then its end."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def recv(self, most: int) -> bytes:
        return next(self._pieces, b"")


def all_of(followed: Followed) -> list[LogLine]:
    found: list[LogLine] = []
    while (lines := followed.read()) is not None:
        found += lines
    return found


def pieces_of(whole: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    return [whole[start:end] for start, end in pairwise(places)]


@given(st.lists(st.integers(0, 600), max_size=8))
def test_a_followed_log_is_read_however_it_is_cut(cuts: list[int]) -> None:
    """The answer's head may end in the midst of a piece, and a line too."""
    details = "com.docker.swarm.node.id=n1,com.docker.swarm.task.id=t1"
    body = b"".join(framed(1, f"2026-01-31T12:00:0{n}Z {details} line {n}\n".encode()) for n in range(4))
    whole = b"HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" + body
    followed = Followed(Connection(pieces_of(whole, cuts)), "read it")  # type: ignore[arg-type]  # as much as it needs
    assert [line.text for line in all_of(followed)] == [f"line {n}" for n in range(4)]


@given(st.lists(st.integers(0, 100), max_size=4))
def test_an_engine_that_refuses_a_log_says_why(cuts: list[int]) -> None:
    """A service that is gone is told apart; what is no answer is an error, too."""
    for status, kind in ((b"404 Not Found", NotFound), (b"500 Internal Server Error", EngineError)):
        whole = b"HTTP/1.0 " + status + b'\r\nContent-Type: application/json\r\n\r\n{"message":"so it is"}'
        with pytest.raises(kind, match="Could not read it: so it is"):
            all_of(Followed(Connection(pieces_of(whole, cuts)), "read it"))  # type: ignore[arg-type]  # as much as it needs
    with pytest.raises(EngineError, match="no Docker Engine"):
        all_of(Followed(Connection([b"SSH-2.0\r\n\r\n"]), "read it"))  # type: ignore[arg-type]  # as much as it needs
