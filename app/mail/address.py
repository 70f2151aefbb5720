"""Where mail goes out: the address of an SMTP server, as it is given to `up.sh --smtp-url`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

NONE = "none"
"""What the secret holds where no server was given: a Swarm secret cannot be empty."""

_SENDER = re.compile(r"[^@\s<>]+@[^@\s<>]+")


class SmtpUrlError(ValueError):
    """The address cannot be one; the message says what to give, and repeats no password."""


@dataclass(frozen=True)
class SmtpServer:
    """`tls`: from the first byte (smtps); otherwise by STARTTLS as soon as the server offers it."""

    host: str
    port: int
    tls: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def parse(url: str, domain: str) -> SmtpServer | None:
    """`smtp://user:password@host:587?from=address`, None for "none" and an empty one. Raises SmtpUrlError."""
    if url.strip() in {"", NONE}:
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise SmtpUrlError("The SMTP address cannot be read; give smtps://user:password@host:465.") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SmtpUrlError("The SMTP address begins with smtp:// or smtps:// and names a host.")
    if parts.path not in {"", "/"} or parts.fragment:
        raise SmtpUrlError("The SMTP address ends after the port; write / # ? @ in a password as %2F %23 %3F %40.")
    said = parse_qs(parts.query)
    if set(said) - {"from"}:
        raise SmtpUrlError("The SMTP address takes ?from=<address> and nothing else behind it.")
    sender = said.get("from", [f"no-reply@{domain}"])[0]
    if not _SENDER.fullmatch(sender):
        raise SmtpUrlError("The address behind ?from= is none; give one such as flotilla@example.com.")
    tls = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return SmtpServer(parts.hostname, port or (465 if tls else 587), tls, sender, user, password)
