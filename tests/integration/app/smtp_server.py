"""A small SMTP server: takes mails, offers STARTTLS or speaks TLS, asks for a password, refuses on demand."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass
class Mailbox:
    """What the server has taken, who signed in, and how often it still refuses."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refusals: int = 0


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 mail.test")
        while line := self.rfile.readline(2000):
            word, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            if word.upper() == "QUIT":
                self._say("221 bye")
                return
            self._answer(word.upper(), rest)

    def _answer(self, word: str, rest: str) -> None:
        box, secure = self.server.box, isinstance(self.connection, ssl.SSLSocket)
        if word == "EHLO":
            extensions = ["AUTH PLAIN"] + (["STARTTLS"] if self.server.starttls and not secure else [])
            self._say("\r\n".join(["250-mail.test", *(f"250-{one}" for one in extensions), "250 HELP"]))
        elif word == "STARTTLS":
            self._say("220 go ahead")
            assert self.server.context is not None
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]
        elif word == "AUTH":
            box.logins.append(base64.b64decode(rest.split()[-1]).decode())
            self._say("235 welcome")
        elif word == "MAIL" and box.refusals:
            box.refusals -= 1
            self._say("451 not now")
        elif word == "RCPT":
            box.recipients.append(rest)
            self._say("250 fine")
        elif word == "DATA":
            self._say("354 go on")
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            box.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
            box.encrypted.append(secure)
            self._say("250 taken")
        else:
            self._say("250 fine")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, box: Mailbox, context: ssl.SSLContext | None, *, starttls: bool) -> None:
        self.box, self.context, self.starttls = box, context, starttls
        super().__init__(("0.0.0.0", 0), _Session)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.context is not None and not self.starttls:
            connection = self.context.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is what some tests are about."""


@contextmanager
def smtp_server(context: ssl.SSLContext | None = None, *, starttls: bool = False) -> Iterator[Mailbox]:
    """With a context it speaks TLS from the beginning, with `starttls` once it is asked to."""
    box = Mailbox()
    with _Server(box, context, starttls=starttls) as server:
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield box
        finally:
            server.shutdown()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost that only who is given its file trusts."""
    pem = folder / "localhost.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(pem), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, folder / "key.pem")
    return pem, context
