"""What reaches a replica is exactly one request, and its bytes allow one reading only; or it is refused.

Each message says two things at once, or something in a way that two programs may read differently.
"""

from __future__ import annotations

from tests.integration.edge.clients import raw

HOST = "Host: localhost\r\n"
CHUNKS = "4\r\nabcd\r\n0\r\n\r\n"
HIDDEN = "GET /hidden HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
LONG = "X-A: " + "a" * 1000 + "\r\n"
SHORT = "X-A: a\r\n"


def post(headers: str, body: str = CHUNKS, version: str = "1.1") -> str:
    return f"POST /a HTTP/{version}\r\n{HOST}{headers}\r\n{body}{HIDDEN}"


CHUNKED = "Transfer-Encoding: chunked\r\n"
# Message → status. Nothing of it reaches a replica, and the connection ends, so that what follows is not read.
REFUSED = {
    "length and chunked": (post("Content-Length: 4\r\n" + CHUNKED), 400),
    "chunked and length": (post(CHUNKED + "Content-Length: 4\r\n"), 400),
    "two lengths": (post("Content-Length: 4\r\nContent-Length: 14\r\n"), 400),
    "the same length twice": (post("Content-Length: 4\r\nContent-Length: 4\r\n"), 400),
    "a list of lengths": (post("Content-Length: 4, 4\r\n"), 400),
    "a length with a sign": (post("Content-Length: +4\r\n"), 400),
    "a negative length": (post("Content-Length: -4\r\n"), 400),
    "a hexadecimal length": (post("Content-Length: 0x4\r\n"), 400),
    "an empty length": (post("Content-Length:\r\n"), 400),
    "a length beyond all numbers": (post("Content-Length: 18446744073709551620\r\n"), 400),
    "a space before the colon": (post("Content-Length : 4\r\n"), 400),
    "a vertical tab in the length": (post("Content-Length: \x0b4\r\n"), 400),
    "two encodings": (post("Transfer-Encoding: gzip, chunked\r\n"), 501),
    "chunked twice": (post(CHUNKED + CHUNKED), 400),
    "chunked, then identity": (post(CHUNKED + "Transfer-Encoding: identity\r\n"), 400),
    "identity": (post("Transfer-Encoding: identity\r\n"), 501),
    "nearly chunked": (post("Transfer-Encoding: xchunked\r\n"), 501),
    "chunked after a tab": (post("Transfer-Encoding:\tchunked\r\n"), 501),
    "chunked with a space before the colon": (post("Transfer-Encoding : chunked\r\n"), 400),
    "chunked on a folded line": (post("Transfer-Encoding:\r\n chunked\r\n"), 400),
    "chunked with a NUL": (post("Transfer-Encoding: chunked\0\r\n"), 400),
    "chunked in HTTP/1.0": (post(CHUNKED, version="1.0"), 400),
    "a folded line": (f"GET /a HTTP/1.1\r\n{HOST}X-A: 1\r\n Content-Length: 40\r\n\r\n{HIDDEN}", 400),
    "a folded first line": (f"GET /a HTTP/1.1\r\n Content-Length: 40\r\n{HOST}\r\n{HIDDEN}", 400),
    "a bare CR in a header": (f"GET /a HTTP/1.1\r\n{HOST}X-A: 1\rContent-Length: 40\r\n\r\n{HIDDEN}", 400),
    "a NUL in a header": (f"GET /a HTTP/1.1\r\n{HOST}X-A: 1\0\r\n\r\n{HIDDEN}", 400),
    "a header without a name": (f"GET /a HTTP/1.1\r\n{HOST}: 1\r\n\r\n{HIDDEN}", 400),
    "a bare CR in a chunk": (post(CHUNKED, "4\rXabcd\r\n0\r\n\r\n"), 400),
    "a chunk size with 0x": (post(CHUNKED, "0x4\r\nabcd\r\n0\r\n\r\n"), 400),
    "a negative chunk size": (post(CHUNKED, "-4\r\nabcd\r\n0\r\n\r\n"), 400),
    "a chunk size beyond all numbers": (post(CHUNKED, "10000000000000004\r\nabcd\r\n0\r\n\r\n"), 400),
    "a chunk longer than its size": (post(CHUNKED, "3\r\nabcd\r\n0\r\n\r\n"), 400),
    "two hosts": (f"GET /a HTTP/1.1\r\n{HOST}Host: evil.example\r\n\r\n{HIDDEN}", 400),
    "no host": (f"GET /a HTTP/1.1\r\n\r\n{HIDDEN}", 400),
    "a host with a space": (f"GET /a HTTP/1.1\r\nHost: local host\r\n\r\n{HIDDEN}", 400),
    "another host in an absolute address": (f"GET http://localhost/a HTTP/1.1\r\nHost: evil.example\r\n"
                                            f"Connection: close\r\n\r\n{HIDDEN}", 400),
    "our host behind another absolute address": (f"GET http://evil.example/a HTTP/1.1\r\n{HOST}"
                                                 f"Connection: close\r\n\r\n{HIDDEN}", 400),
    "a user in an absolute address": (f"GET http://localhost@evil/a HTTP/1.1\r\n{HOST}\r\n{HIDDEN}", 400),
    "a port that is none": (f"GET /a HTTP/1.1\r\nHost: localhost:evil\r\nConnection: close\r\n\r\n{HIDDEN}", 400),
    "a space in the path": (f"GET /a b HTTP/1.1\r\n{HOST}\r\n{HIDDEN}", 400),
    "a NUL in the path": (f"GET /a%00b HTTP/1.1\r\n{HOST}\r\n{HIDDEN}", 400),
    "HTTP/2.0 in words": (f"GET /a HTTP/2.0\r\n{HOST}\r\n{HIDDEN}", 505),
    "TRACE": (f"TRACE /a HTTP/1.1\r\n{HOST}\r\n{HIDDEN}", 405),
    "CONNECT": (f"CONNECT localhost:80 HTTP/1.1\r\n{HOST}\r\n{HIDDEN}", 400),
    "a header of 20 kB": (f"GET /a HTTP/1.1\r\n{HOST}X-A: {'a' * 20_000}\r\n\r\n{HIDDEN}", 431),
    "80 kB of headers": (f"GET /a HTTP/1.1\r\n{HOST}{LONG * 80}\r\n{HIDDEN}", 431),
    "20,000 headers": (f"GET /a HTTP/1.1\r\n{HOST}{SHORT * 20_000}\r\n{HIDDEN}", 431),
    "a path of 20 kB": (f"GET /{'a' * 20_000} HTTP/1.1\r\n{HOST}\r\n{HIDDEN}", 414),
    "TLS where none is spoken": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
}  # fmt: skip

# Message → (method and path, body) of all that a replica gets. Each has one Content-Length or none, and no more.
CLEAR = {
    "chunks": (post(CHUNKED), [("POST /a", "abcd"), ("GET /hidden", "")]),
    "chunks in capitals": (post("TRANSFER-ENCODING: CHUNKED\r\n"), [("POST /a", "abcd"), ("GET /hidden", "")]),
    "chunk extensions and trailers": (
        post(CHUNKED, '4;a=b;c="\r\nabcd\r\n0;x\r\nContent-Length: 9\r\n\r\n'),
        [("POST /a", "abcd"), ("GET /hidden", "")],
    ),
    "chunks with bare LF": (post(CHUNKED, "4;\nabcd\n0\n\n"), [("POST /a", "abcd"), ("GET /hidden", "")]),
    "headers with bare LF": ("GET /a HTTP/1.1\nHost: localhost\nConnection: close\n\n", [("GET /a", "")]),
    "a header behind a bare LF": (
        f"POST /a HTTP/1.1\r\n{HOST}X-A: 1\n{CHUNKED}\r\n{CHUNKS}{HIDDEN}",
        [("POST /a", "abcd"), ("GET /hidden", "")],
    ),
    "a length with an underscore is none": (
        f"POST /a HTTP/1.1\r\n{HOST}Content_Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
        [("POST /a", ""), ("GET /hidden", "")],
    ),
    "a request inside a body stays there": (
        f"GET /a HTTP/1.1\r\n{HOST}Connection: close\r\nContent-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
        [("GET /a", HIDDEN)],
    ),
    "framing headers that Connection names stay": (
        f"POST /a HTTP/1.1\r\n{HOST}Connection: close, Content-Length, Host\r\n"
        f"Content-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
        [("POST /a", HIDDEN)],
    ),
    "an upgrade with a body": (
        f"POST /a HTTP/1.1\r\n{HOST}Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 4\r\n\r\nabcd{HIDDEN}",
        [("POST /a", "abcd"), ("GET /hidden", "")],
    ),
    "the same host in an absolute address": (
        f"GET http://LOCALHOST/a HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n",
        [("GET /a", "")],
    ),
}


def seen(stand) -> list[dict]:
    return stand.replicas[0].control()["seen"]


def test_what_can_be_read_in_two_ways_is_refused_or_said_anew(stand):
    """Every message of the two lists, one after the other; then the edge serves as before."""
    made = stand(1)
    wrong = []
    for name, (message, status) in REFUSED.items():
        statuses, answer = raw(made.ip, message)
        if statuses != [status] or b"<footer>" not in answer:
            wrong.append((name, statuses, answer[:200]))
    assert wrong == []
    assert seen(made) == [], "something of them reached the replica"
    count = len(seen(made))
    for name, (message, expected) in CLEAR.items():
        statuses, _ = raw(made.ip, message)
        assert statuses == [200] * len(expected), name
        got = seen(made)[-len(expected) :]
        assert [(entry["line"], entry["body"]) for entry in got] == expected, name
        count += len(expected)
        for entry in got:
            names = [header.split(":")[0].lower() for header in entry["headers"]]
            assert names.count("content-length") == (1 if entry["body"] else 0), name
            assert "transfer-encoding" not in names and "trailer" not in names and names.count("host") == 1, name
    assert made.replicas[0].count("requests") == count
    malformed = made.metrics()['limited_total{reason="malformed"}']
    assert malformed == len(REFUSED)
    assert made.get("/").status == 200
