"""Between captain and an exec gate (`swarm.exec_gate`): frames over TLS. A part of the client (`swarm.engine`).

Both sides hold one throwaway key with its certificate: each shows it, and takes no other. Clocks have no say in that,
since a node's may be behind, and the key is gone when the command is.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
from contextlib import suppress

PORT = 9106
"""Where a gate listens."""
MOST_BYTES = 2**20
"""Of one frame."""

START, INPUT, NO_MORE_INPUT, RESIZE = b"S", b"I", b"N", b"R"
"""To the gate: the command, once, as JSON (`command`, and `terminal` as columns and rows or null); then these."""
BEGUN, OUTPUT, ERRORS, EXIT, PROBLEM = b"B", b"1", b"2", b"X", b"P"
"""From the gate: it runs; what it writes; its exit code; why there is none, as JSON (`text`, and HTTP's `status`)."""

_HEAD = 5
_PIECE = 2**16
_HANDSHAKE_SECONDS = 5.0
_LOOKS_AGAIN_MILLISECONDS = 1000
"""Another thread may have closed the connection, and its number may be another file's by then."""
_NO_CLOCK = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for."""
_ALIVE = {
    socket.SO_KEEPALIVE: (socket.SOL_SOCKET, 1),
    socket.TCP_KEEPIDLE: (socket.IPPROTO_TCP, 10),
    socket.TCP_KEEPINTVL: (socket.IPPROTO_TCP, 5),
    socket.TCP_KEEPCNT: (socket.IPPROTO_TCP, 3),
    socket.TCP_NODELAY: (socket.IPPROTO_TCP, 1),
}
"""A node that vanished is noticed after 25 s, and a key that is pressed is not waited with."""


class Wire:
    """One connection. One thread may receive while others send. Every method raises `OSError` when it breaks."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        """See `dialled` and `answered`."""
        connection.setblocking(False)
        self._connection = connection
        self._turn = threading.Lock()  # OpenSSL's: one at a time may use a connection, also to read and to write
        self._frame = threading.Lock()
        self._rest = b""

    def send(self, kind: bytes, content: bytes = b"") -> None:
        """One frame, of at most `MOST_BYTES`."""
        if len(content) > MOST_BYTES:
            raise ConnectionError(f"{len(content)} bytes are more than a frame may have, {MOST_BYTES}.")
        left = memoryview(kind + len(content).to_bytes(4, "big") + content)
        with self._frame:
            while left:
                with self._turn:
                    try:
                        left = left[self._connection.send(left) :]
                        continue
                    except ssl.SSLWantWriteError:
                        wanted = select.POLLOUT
                    except ssl.SSLWantReadError:
                        wanted = select.POLLIN
                    number = self._connection.fileno()
                _wait(number, wanted)

    def receive(self) -> tuple[bytes, bytes] | None:
        """The next frame's kind and content; None where the other side has ended."""
        head = self._exactly(_HEAD)
        if head is None:
            return None
        length = int.from_bytes(head[1:], "big")
        if length > MOST_BYTES:
            raise ConnectionError(f"A frame of {length} bytes is announced; it may have {MOST_BYTES}.")
        content = self._exactly(length)
        return None if content is None else (head[:1], content)

    def close(self) -> None:
        """End it; whoever receives on it gets None."""
        with self._turn:
            with suppress(OSError):  # the other side was faster
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()

    def _exactly(self, count: int) -> bytes | None:
        while len(self._rest) < count:
            piece = self._piece()
            if not piece:
                return None
            self._rest += piece
        found, self._rest = self._rest[:count], self._rest[count:]
        return found

    def _piece(self) -> bytes:
        while True:
            with self._turn:
                if self._connection.fileno() < 0:
                    return b""  # closed on this side
                try:
                    return self._connection.recv(_PIECE)
                except ssl.SSLWantReadError:
                    wanted = select.POLLIN
                except ssl.SSLWantWriteError:
                    wanted = select.POLLOUT
                number = self._connection.fileno()
            _wait(number, wanted)


def _wait(number: int, wanted: int) -> None:
    waiting = select.poll()
    waiting.register(number, wanted)
    waiting.poll(_LOOKS_AGAIN_MILLISECONDS)


def dialled(address: str, port: int, key: bytes) -> Wire:
    """Captain's side. `OSError` where nobody answers who has the key."""
    raw = socket.create_connection((address, port), timeout=_HANDSHAKE_SECONDS)
    return _secured(raw, key, ssl.PROTOCOL_TLS_CLIENT)


def answered(raw: socket.socket, key: bytes) -> Wire:
    """The gate's side of an accepted connection. `OSError` for whoever has not the key."""
    return _secured(raw, key, ssl.PROTOCOL_TLS_SERVER)


def _secured(raw: socket.socket, key: bytes, side: ssl._SSLMethod) -> Wire:
    try:
        raw.settimeout(_HANDSHAKE_SECONDS)
        for option, (level, value) in _ALIVE.items():
            raw.setsockopt(level, option, value)
        return Wire(_context(key, side).wrap_socket(raw, server_side=side is ssl.PROTOCOL_TLS_SERVER))
    except BaseException:  # nobody has the connection, whatever it was, which is the caller's
        raw.close()
        raise


def _context(key: bytes, side: ssl._SSLMethod) -> ssl.SSLContext:
    made = ssl.SSLContext(side)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False  # there is one certificate, and no name that would say more
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags = ssl.VerifyFlags(_NO_CLOCK)
    if side is ssl.PROTOCOL_TLS_SERVER:
        made.num_tickets = 0  # nobody comes twice
    # The module takes files alone; this one is in memory, and nobody else's.
    kept = os.memfd_create("exec-key")
    try:
        os.write(kept, key)
        path = f"/proc/self/fd/{kept}"
        made.load_cert_chain(path)
        made.load_verify_locations(path)
    finally:
        os.close(kept)
    return made
