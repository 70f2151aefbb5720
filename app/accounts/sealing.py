"""Short secrets sealed before the database keeps them, and keys that are sealed themselves. Pure: chance comes in.

What is sealed is at most 32 bytes, one block of HMAC-SHA256: it is hidden by a pad that follows from a key and a nonce
that no other has, and a tag tells whether key and place are the right ones. Why no cipher of a library is in
docs/decisions/0014-sealed-second-factors.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

LONGEST = 32
NONCE_BYTES = 16
_TAG_BYTES = 16
_MARK = "sealed"


@dataclass(frozen=True)
class Wrapped:
    """A sealing key as the database keeps it: `opener` says which secret of the installation opens it."""

    key_id: str
    opener: bytes
    sealed: bytes


@dataclass(frozen=True)
class Opener:
    """What opens sealing keys: follows from a secret of the installation. `name` tells nothing of it."""

    name: bytes
    key: bytes


def opener(secret: str) -> Opener:
    """Of one generation of the secret, which is random and long enough to need no slow hash."""
    key = _derived(secret.encode(), b"flotilla opener of sealing keys")
    return Opener(_derived(key, b"name"), key)


def seal(key: bytes, value: bytes, place: str, nonce: bytes) -> bytes:
    """The value, hidden. It opens at the same `place` alone, such as the id of whose it is. ValueError if too long."""
    if len(value) > LONGEST or len(nonce) != NONCE_BYTES:
        raise ValueError(f"at most {LONGEST} bytes are sealed, with a nonce of {NONCE_BYTES}")
    hidden = _with_pad(key, value, place, nonce)
    return nonce + hidden + _tag(key, nonce, hidden, place)


def opened(key: bytes, sealed: bytes, place: str) -> bytes | None:
    """What `seal` was given; None for another key or place, or if it was changed."""
    nonce, hidden, tag = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(key, nonce, hidden, place)):
        return None
    return _with_pad(key, hidden, place, nonce)


def text_of(key_id: str, sealed: bytes) -> str:
    """As a column of text keeps it."""
    return f"{_MARK}:{key_id}:{base64.b64encode(sealed).decode()}"


def parts_of(kept: str) -> tuple[str, bytes] | None:
    """The key's id and what it sealed; None for what was kept as it is, before anything was sealed."""
    mark, _, rest = kept.partition(":")
    key_id, _, body = rest.partition(":")
    try:
        return (key_id, base64.b64decode(body, validate=True)) if mark == _MARK else None
    except binascii.Error as error:
        raise ValueError("what was sealed is not complete") from error


@dataclass(frozen=True)
class Change:
    """What has to be written so that the installation's present secret is the one that opens everything.

    `keys` are those that can be opened, the newest last; `lost` those that no secret here opens.
    """

    keys: Mapping[str, bytes]
    added: Sequence[Wrapped]
    removed: Sequence[Wrapped]
    lost: frozenset[str]


def change(kept: Sequence[Wrapped], openers: Sequence[Opener], fresh_id: str, chance: Callable[[int], bytes]) -> Change:
    """`openers` are the generations that this process has, the present one first; `kept` in the order of making.

    While a secret is rotated there are two, and each key is sealed for both: whoever has only one of them opens it. The
    present one gets a key of its own, so that what was sealed before is sealed anew at its next use. What only a secret
    of the past opens goes once the present one opens it too. `chance(n)` are n random bytes.
    """
    by_name = {each.name: each for each in openers}
    keys = {}
    for each in kept:
        if each.opener in by_name:
            key = opened(by_name[each.opener].key, each.sealed, each.key_id)
            if key is not None:
                keys[each.key_id] = key
    present = openers[0]
    there = {(each.key_id, each.opener) for each in kept if each.key_id in keys}
    if not any(name == present.name for _, name in there):
        keys[fresh_id] = chance(LONGEST)
    missing = [(key_id, each) for key_id in keys for each in openers if (key_id, each.name) not in there]
    added = [
        Wrapped(key_id, each.name, seal(each.key, keys[key_id], key_id, chance(NONCE_BYTES)))
        for key_id, each in missing
    ]
    removed = [each for each in kept if each.opener not in by_name and each.key_id in keys] if len(openers) == 1 else []
    return Change(keys, added, removed, frozenset(each.key_id for each in kept) - set(keys))


def _with_pad(key: bytes, value: bytes, place: str, nonce: bytes) -> bytes:
    pad = _derived(key, b"pad" + nonce + place.encode())
    return bytes(one ^ other for one, other in zip(value, pad, strict=False))


def _tag(key: bytes, nonce: bytes, hidden: bytes, place: str) -> bytes:
    return _derived(key, b"tag" + nonce + bytes([len(hidden)]) + hidden + place.encode())[:_TAG_BYTES]


def _derived(key: bytes, what: bytes) -> bytes:
    return hmac.digest(key, what, hashlib.sha256)
