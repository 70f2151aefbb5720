"""Which certificate captain may show: one that this machine trusts, or the one whose fingerprint was agreed to."""

from __future__ import annotations

import hashlib
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from captain.cli.login import reached_at

_TIMEOUT_SECONDS = 10.0


class _Pinned(ssl.SSLContext):
    """Takes one certificate and no other, whatever it says; before anything is sent."""

    fingerprint: str

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        wrapped = super().wrap_socket(*arguments, **options)
        if fingerprint_of(wrapped.getpeercert(binary_form=True) or b"") != self.fingerprint:
            wrapped.close()
            raise ssl.SSLCertVerificationError("the certificate is not the one that was agreed to at login")
        return wrapped

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """How it would be spoken through a proxy that is reached over TLS: nobody would look at the certificate."""
        raise ssl.SSLCertVerificationError("through a proxy with https it cannot be looked at: use one with http")


def context(fingerprint: str) -> ssl.SSLContext:
    """What the connection is made with; without a fingerprint this machine's authorities say whom to trust."""
    if not fingerprint:
        return ssl.create_default_context()
    pinned = _Pinned(ssl.PROTOCOL_TLS_CLIENT)
    pinned.check_hostname = False
    pinned.verify_mode = ssl.CERT_NONE
    pinned.fingerprint = fingerprint
    return pinned


def fingerprint_of(certificate: bytes) -> str:
    """Its SHA-256, in small hexadecimal digits."""
    return hashlib.sha256(certificate).hexdigest()


def untrusted_fingerprint(url: str) -> str:
    """Of the certificate that is shown there, if this machine does not trust it; else empty. Raises `OSError`."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return ""
    host, port = parts.hostname or "", parts.port or 443
    at = (reached_at(host), port)
    try:
        with (
            socket.create_connection(at, _TIMEOUT_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError:
        pass
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(at, _TIMEOUT_SECONDS) as plain,
        blind.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        return fingerprint_of(wrapped.getpeercert(binary_form=True) or b"")
