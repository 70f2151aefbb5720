"""The lean parser reads what servers send, however it is cut up."""

from __future__ import annotations

import pytest

from swarm.spike.wire import Parser, Response, WireError, decoded, request_bytes

LENGTH = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-length: 8\r\n\r\n{"id":1}'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"id\r\n4;x=y\r\n":1}\r\n0\r\n\r\n'
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + LENGTH
EMPTY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [(LENGTH, 201, b'{"id":1}'), (CHUNKED, 200, b'{"id":1}'), (INTERIM, 201, b'{"id":1}'), (EMPTY, 503, b"")],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_answers_are_read_in_any_pieces(answer: bytes, status: int, body: bytes, size: int) -> None:
    """Whole only with the last byte, and then ready for the next one."""
    parser = Parser()
    for _ in range(2):
        pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
        assert [parser.feed(piece) for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
        assert parser.feed(pieces[-1]) == Response(status, body, reusable=True)


@pytest.mark.parametrize(
    "answer",
    [
        LENGTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        LENGTH.replace(b"HTTP/1.1", b"HTTP/1.0"),
        LENGTH + b"more than it said",
    ],
)
def test_a_connection_that_cannot_go_on_is_not_reused(answer: bytes) -> None:
    """Closing, HTTP/1.0, and bytes that nobody asked for."""
    response = Parser().feed(answer)
    assert response is not None and not response.reusable


def test_an_answer_without_length_ends_with_the_connection() -> None:
    """And one with a length that was cut off is none."""
    parser = Parser()
    assert parser.feed(b"HTTP/1.1 200 OK\r\n\r\nall of it") is None
    assert parser.end() == Response(200, b"all of it", reusable=False)
    cut = Parser()
    assert cut.feed(LENGTH[:-1]) is None
    assert cut.end() is None


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_not_http_is_an_error(answer: bytes) -> None:
    """Never an answer with a guessed status."""
    with pytest.raises(WireError):
        Parser().feed(answer)


def test_requests_carry_host_token_and_length() -> None:
    """A POST tells its length, a GET has no body."""
    post = request_bytes("POST", "/p", "app.localhost", token="secret", body=b"{}")
    assert post.startswith(b"POST /p HTTP/1.1\r\nHost: app.localhost\r\n")
    assert b"\r\nAuthorization: Bearer secret\r\n" in post and post.endswith(b"Content-Length: 2\r\n\r\n{}")
    assert request_bytes("GET", "/", "h").endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "response", [Response(500, b"{}", True), Response(200, b"<p>", True), Response(200, b"[]", True)]
)
def test_only_a_json_object_is_decoded(response: Response) -> None:
    """Everything else says what it was."""
    with pytest.raises(WireError):
        decoded(response)
