"""The engine's frames, and the lines of logs in them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from swarm.engine_frames import frames, unframed
from swarm.engine_logs import parse_line


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
