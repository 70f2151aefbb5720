"""A server that webhooks are sent to: keeps what came, and answers each path in its own way."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Message:
    """`headers` with names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, in its order."""

    port: int = 0
    messages: list[Message] = field(default_factory=list)

    def url(self, path: str, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Message]:
        return [message for message in self.messages if message.path == path]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    ANSWERS: ClassVar = {"/error": 500, "/elsewhere": 302, "/ok": 204}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.receiver.messages.append(Message(self.path, headers, body))
        if self.path == "/silent":
            self.server.ended.wait(30)
        elif self.path == "/endless":
            self.connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not self.server.ended.is_set():
                self.connection.sendall(b"X: endless\r\n" * 100)
        elif self.path == "/no-http":
            self.connection.sendall(b"220 mail.test\r\n\r\n")
        else:
            self.send_response(self.ANSWERS.get(self.path, 204))
            if self.path == "/elsewhere":
                self.send_header("Location", "/ok")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is to be written by it."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver, context: ssl.SSLContext | None) -> None:
        self.receiver, self.context, self.ended = receiver, context, threading.Event()
        super().__init__(("0.0.0.0", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.context is not None:
            connection = self.context.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is what some tests are about."""


@contextmanager
def hook_server(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """On every address of this machine; with a context it speaks TLS."""
    receiver = Receiver()
    with _Server(receiver, context) as server:
        receiver.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield receiver
        finally:
            server.ended.set()
            server.shutdown()
