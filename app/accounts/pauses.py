"""How long somebody who keeps failing has to wait. Pure.

Nobody is locked out: a pause is bounded, and forgotten an hour after the last failure. Counted are an address for an
account (whoever guesses one password), a client's address (whoever guesses many), and an account whoever asks (guesses
from everywhere). The last one's pause is short, since its owner waits too; a link by mail is counted apart from
passwords, so it still lets the owner in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Allowance:
    """`free` failures cost nothing; each after them doubles the pause, from one second up to `longest`."""

    free: int
    longest: timedelta


ACCOUNT_FROM_ADDRESS = Allowance(5, timedelta(minutes=15))
CLIENT_ADDRESS = Allowance(50, timedelta(minutes=15))
ACCOUNT = Allowance(50, timedelta(seconds=10))
MAIL_TO_ADDRESS = Allowance(3, timedelta(minutes=15))


@dataclass(frozen=True)
class Counted:
    """One counter: its key, a SHA-256 in hexadecimal, and what it allows."""

    key: str
    allowance: Allowance


def after(failures: int, allowance: Allowance) -> timedelta:
    """The pause after so many failures."""
    over = failures - allowance.free
    if over <= 0:
        return timedelta()
    return min(timedelta(seconds=2 ** min(over - 1, 30)), allowance.longest)


def guesses(email: str, client: str) -> tuple[Counted, ...]:
    """What a guess of a password or code for an account is counted by."""
    return (
        Counted(_key("guess", email, client), ACCOUNT_FROM_ADDRESS),
        Counted(_key("guess", "", client), CLIENT_ADDRESS),
        Counted(_key("guess", email, ""), ACCOUNT),
    )


def mails(email: str, client: str) -> tuple[Counted, ...]:
    """What a mail that somebody asks for is counted by."""
    return (Counted(_key("mail", email, ""), MAIL_TO_ADDRESS), Counted(_key("mail", "", client), CLIENT_ADDRESS))


def mails_of(account_id: str) -> Counted:
    """What a mail that an account sends to other addresses is counted by, whatever they are."""
    return Counted(_key("mails of", account_id, ""), MAIL_TO_ADDRESS)


def tokens(client: str) -> tuple[Counted, ...]:
    """What a guess of a link's token is counted by. None can be guessed; asking costs the database."""
    return (Counted(_key("token", "", client), CLIENT_ADDRESS),)


def _key(kind: str, email: str, client: str) -> str:
    return hashlib.sha256(f"{kind}\0{email}\0{client}".encode()).hexdigest()
