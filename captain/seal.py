"""Seals what may hold values of an environment, so that captain's disk has nothing of it in plain. Pure.

SHAKE-256 of a key and a nonce is the stream, HMAC-SHA-256 over all of it the proof: captain has no library of ciphers.
"""

from __future__ import annotations

import hashlib
import hmac

from captain.errors import CaptainError

NONCE_BYTES = 16
_PROOF_BYTES = 32


class NotOurs(CaptainError):
    """It was sealed with another key, or is damaged."""

    def __init__(self) -> None:
        super().__init__("captain's own secret is another one since (flotilla_captain_key), or its disk is damaged")


def sealed(key: bytes, about: str, plain: bytes, nonce: bytes) -> bytes:
    """Nonce, proof, and what only the key opens. `about` is what it belongs to; a nonce is for one use."""
    hidden = _crossed(plain, key, nonce)
    return nonce + _proof(key, about, nonce + hidden) + hidden


def opened(key: bytes, about: str, data: bytes) -> bytes:
    """What was sealed. `NotOurs` for anything else."""
    nonce, proof = data[:NONCE_BYTES], data[NONCE_BYTES : NONCE_BYTES + _PROOF_BYTES]
    hidden = data[NONCE_BYTES + _PROOF_BYTES :]
    if not hmac.compare_digest(proof, _proof(key, about, nonce + hidden)):
        raise NotOurs
    return _crossed(hidden, key, nonce)


def _crossed(text: bytes, key: bytes, nonce: bytes) -> bytes:
    stream = hashlib.shake_256(_derived(key, b"stream") + nonce).digest(len(text))
    return (int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(text), "big")


def _proof(key: bytes, about: str, data: bytes) -> bytes:
    return hmac.new(_derived(key, b"proof"), about.encode() + b"\0" + data, hashlib.sha256).digest()


def _derived(key: bytes, what: bytes) -> bytes:
    return hmac.new(key, what, hashlib.sha256).digest()
