"""Handing one mail to an SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from app.mail.address import SmtpServer
from app.mail.outbox import Due

TIMEOUT = timedelta(seconds=20)


class NotSent(Exception):
    """The server did not take it; the message says why."""


def composed(mail: Due, sender: str) -> EmailMessage:
    """The mail as it goes out: plain text, and the same in HTML. Its Message-ID stays when it is sent twice."""
    message = EmailMessage()
    message["From"] = f"Flotilla <{sender}>"
    message["To"] = mail["recipient"]
    message["Subject"] = mail["subject"]
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{mail['id']}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail["body_text"])
    message.add_alternative(mail["body_html"], subtype="html")
    return message


def send(server: SmtpServer, mail: Due) -> None:
    """Blocks until the server has it. Raises NotSent."""
    try:
        message = composed(mail, server.sender)
        with _connected(server) as client:
            client.send_message(message, from_addr=server.sender, to_addrs=[mail["recipient"]])
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(" ".join(f"{type(error).__name__}: {error}".split())) from error


def _connected(server: SmtpServer) -> smtplib.SMTP:
    seconds = TIMEOUT.total_seconds()
    if server.tls:
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=seconds, context=ssl.create_default_context()
        )
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=seconds)
    with ExitStack() as undo:
        undo.callback(client.close)
        client.ehlo()
        if not server.tls and client.has_extn("starttls"):
            client.starttls(context=ssl.create_default_context())
            client.ehlo()
            secure = True
        else:
            secure = server.tls
        if server.user:
            if not secure:
                raise ValueError("the server offers no STARTTLS, and a password is not sent in the clear")
            client.login(server.user, server.password)
        undo.pop_all()  # it stays open for whoever asked for it
    return client
