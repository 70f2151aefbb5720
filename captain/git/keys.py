"""The secrets of an app's repository, all made from one that captain has: none of them is kept anywhere. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from captain.errors import CaptainError

_KIND = b"ssh-ed25519"
_MAGIC = b"openssh-key-v1\0"
_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Keys:
    """`master` is captain's secret; without it each raises `CaptainError`.

    Another `number` makes others, and those of the number before are nobody's.
    """

    master: bytes

    def webhook(self, app: str, number: int) -> str:
        """What GitHub, GitLab and Bitbucket are given to prove by that it is them."""
        return self._made("webhook", app, number).hex()

    def trigger(self, app: str, number: int) -> str:
        """The token in the address that CapRover's webhooks have; begins with the app's name."""
        return f"{app}.{self._made('trigger', app, number).hex()}"

    def seed(self, app: str, number: int) -> bytes:
        """What makes an Ed25519 key, the app's deploy key: 32 bytes."""
        return self._made("deploy key", app, number)

    def changes(self) -> bytes:
        """What seals changes that wait on captain's disk: 32 bytes."""
        return self._made("changes", "", 0)

    def _made(self, what: str, app: str, number: int) -> bytes:
        if not self.master:
            raise CaptainError("captain has no secret to make keys from (flotilla_captain_key): swarm/up.sh makes it.")
        return hmac.new(self.master, f"{what}\0{app}\0{number}".encode(), hashlib.sha256).digest()


def public_line(public: bytes, comment: str) -> str:
    """As services take a deploy key: one line."""
    return f"ssh-ed25519 {base64.b64encode(_public_blob(public)).decode()} {comment}"


def private_file(seed: bytes, public: bytes) -> str:
    """As OpenSSH reads a private key, of any version that knows Ed25519."""
    check = hashlib.sha256(seed).digest()[:4]
    secret = check + check + _text(_KIND) + _text(public) + _text(seed + public) + _text(b"")
    secret += bytes(range(1, 1 + -len(secret) % _BLOCK))
    none = _text(b"none")
    content = _MAGIC + none + none + _text(b"") + (1).to_bytes(4, "big") + _text(_public_blob(public)) + _text(secret)
    lines = base64.b64encode(content).decode()
    body = "\n".join(lines[at : at + 70] for at in range(0, len(lines), 70))
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"


def der(seed: bytes) -> bytes:
    """The private key as openssl reads it (PKCS #8)."""
    return bytes.fromhex("302e020100300506032b657004220420") + seed


def _public_blob(public: bytes) -> bytes:
    return _text(_KIND) + _text(public)


def _text(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value
