"""For whom what concerns accounts acts. Pure; see `app/acting.py`.

Before somebody is known, a transaction takes on `flotilla_doorkeeper`, which sees the rows that it names by a secret's
hash or an address, and no others. Once the account is known, the app's own role acts for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.acting import Acting

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(r"[0-9a-f]{64}")


def account(account_id: str, organisation_id: str | None = None) -> Acting:
    """A person: their account and what belongs to it; with an organisation, its rows too. ValueError for no id."""
    for given in (account_id, organisation_id):
        if given is not None and not _UUID.fullmatch(given):
            raise ValueError("an id is a UUID in lower case")
    return Acting(
        f"SELECT set_config('flotilla.account_id', '{account_id}', true),"
        f" set_config('flotilla.organisation_id', '{organisation_id or ''}', true), set_config('role', 'none', true)"
    )


def by_secret(secret_sha256: bytes) -> Acting:
    """Whoever shows a secret: the session, one-time token or invitation that has this hash."""
    return _doorkeeper("secret_sha256", f"'{secret_sha256.hex()}'")


def by_email(email: str) -> Acting:
    """Whoever gives an address: the account that has it. The address may hold any character."""
    return _doorkeeper("email", f"convert_from(decode('{email.encode().hex()}', 'hex'), 'UTF8')")


def member(account_id: str) -> Acting:
    """A person looking for the organisations that they are in: their memberships in all of them."""
    if not _UUID.fullmatch(account_id):
        raise ValueError("an account's id is a UUID in lower case")
    return _doorkeeper("account_id", f"'{account_id}'")


def throttled(keys: Iterable[str]) -> Acting:
    """Whoever tries something that is counted: the counters of these keys. ValueError for what is no key."""
    named = list(keys)
    if not all(_KEY.fullmatch(key) for key in named):
        raise ValueError("a key is a SHA-256 in lower case")
    return _doorkeeper("throttle_keys", f"'{','.join(named)}'")


def _doorkeeper(setting: str, value: str) -> Acting:
    return Acting(
        f"SELECT set_config('flotilla.{setting}', {value}, true), set_config('role', 'flotilla_doorkeeper', true)"
    )
