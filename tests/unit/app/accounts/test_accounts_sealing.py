"""Second factors are sealed; a rotation of the secret behind it locks nobody out, and shuts out who has the old one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from app.accounts import sealing
from app.accounts.sealing import Wrapped

KEY, OTHER = b"k" * 32, b"o" * 32
NONCE = b"n" * sealing.NONCE_BYTES
TOTP = b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def chance(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


class Table:
    """What the database keeps, and replicas that start with some generations of the secret."""

    def __init__(self) -> None:
        self.rows: list[Wrapped] = []
        self.started = 0

    def start(self, *secrets: str) -> dict[str, bytes]:
        """The keys that a replica has after its start."""
        self.started += 1
        openers = [sealing.opener(secret) for secret in secrets]
        found = sealing.change(self.rows, openers, f"key-{self.started}", chance(self.started))
        self.rows = [row for row in self.rows if row not in found.removed] + list(found.added)
        return dict(found.keys)

    def opened_with(self, secret: str) -> set[str]:
        """The keys that somebody opens who has the table and a secret."""
        opener = sealing.opener(secret)
        of_it = [row for row in self.rows if row.opener == opener.name]
        return {row.key_id for row in of_it if sealing.opened(opener.key, row.sealed, row.key_id)}


def test_what_is_sealed_opens_with_its_key_at_its_place() -> None:
    """And tells nothing of it."""
    sealed = sealing.seal(KEY, TOTP, "an account", NONCE)
    assert sealing.opened(KEY, sealed, "an account") == TOTP
    assert sealing.opened(OTHER, sealed, "an account") is None
    assert sealing.opened(KEY, sealed, "another account") is None
    assert TOTP not in sealed


@pytest.mark.parametrize("at", range(64))
def test_what_was_changed_does_not_open(at: int) -> None:
    """Whichever byte; nor what was cut short."""
    sealed = sealing.seal(KEY, TOTP, "an account", NONCE)
    assert len(sealed) == 64
    changed = bytes(byte ^ (index == at) for index, byte in enumerate(sealed))
    assert sealing.opened(KEY, changed, "an account") is None
    assert sealing.opened(KEY, sealed[:at], "an account") is None


def test_the_same_sealed_twice_looks_different() -> None:
    """Each with a nonce of its own; what is longer than the pad is refused."""
    assert sealing.seal(KEY, TOTP, "a", NONCE) != sealing.seal(KEY, TOTP, "a", b"m" * sealing.NONCE_BYTES)
    with pytest.raises(ValueError, match="at most 32 bytes"):
        sealing.seal(KEY, TOTP + b"x", "a", NONCE)


def test_what_was_kept_before_is_known_from_what_is_sealed() -> None:
    """A plain key has no parts; a sealed one comes back from the column's text."""
    assert sealing.parts_of(TOTP.decode()) is None
    assert sealing.parts_of(sealing.text_of("id", b"sealed")) == ("id", b"sealed")
    with pytest.raises(ValueError, match="not complete"):
        sealing.parts_of("sealed:id:x")


def test_replicas_that_start_find_the_key_of_the_first() -> None:
    """There is one, and a start with nothing to do writes nothing."""
    table = Table()
    first = table.start("old")
    rows = list(table.rows)
    assert table.start("old") == first
    assert table.rows == rows
    assert len(first) == 1


@pytest.mark.parametrize(
    "starts",
    [
        [("new", "old"), ("new", "old"), ("new",), ("new",)],
        [("new", "old"), ("old",), ("new", "old"), ("new",)],  # one with the old secret starts once more on the way
        [("new", "old"), ("old",), ("old",), ("new", "old"), ("new", "old"), ("new",)],
        [("new", "old"), ("new",), ("new", "old"), ("new",)],
    ],
)
def test_a_rotation_locks_nobody_out(starts: Sequence[tuple[str, ...]]) -> None:
    """Whatever a replica sealed on the way, every one that starts later opens it; the old secret opens nothing at last.

    And there is a key that it has never opened since, with which everything is sealed anew.
    """
    table = Table()
    known = set(table.start("old"))
    before = set(known)
    for secrets in starts:
        keys = table.start(*secrets)
        assert known <= set(keys)
        known |= set(keys)
    assert table.opened_with("new") == known
    assert table.opened_with("old") == set()
    assert list(table.start("new"))[-1] not in before


def test_keys_of_another_installation_are_told_apart_and_left() -> None:
    """A backup that is brought back where the secret is another: what it holds opens again once that is given."""
    table = Table()
    theirs = set(table.start("theirs"))
    found = sealing.change(table.rows, [sealing.opener("ours")], "fresh", chance(9))
    assert (found.lost, found.removed, set(found.keys)) == (theirs, [], {"fresh"})
    table.start("ours")
    assert theirs <= set(table.start("ours", "theirs"))
