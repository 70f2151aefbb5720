"""For whom Studio acts: an operator over all organisations, or one who sees what a tenant sees. Pure.

Nothing but Studio takes on the role `flotilla_operator` (docs/decisions/0013-studio.md); a test holds the rest of the
platform to that.
"""

from __future__ import annotations

import re

from app.acting import Acting, organisation

# What may stand in the statement as it is; `%` would be a placeholder to the driver.
_NOT_PLAIN = re.compile(r"[^\w .,:@+-]", re.ASCII)
_LONGEST = 200

# Less than the 5 s that a request has, so that PostgreSQL says what took so long and the connection is kept.
STATEMENT_TIMEOUT_MILLISECONDS = 4000


def operating(operator: str, *, writing: bool) -> Acting:
    """A named operator: rows of all organisations. Unless `writing`, the transaction can only read."""
    return Acting(f"SELECT {_named(operator)}, set_config('role', 'flotilla_operator', true){_limits(writing)}")


def as_tenant(operator: str, organisation_id: str, *, writing: bool) -> Acting:
    """A named operator with the rights of an organisation's own requests, and no more. ValueError for no id."""
    return Acting(f"{organisation(organisation_id).statement}, {_named(operator)}{_limits(writing)}")


def _named(operator: str) -> str:
    name = _NOT_PLAIN.sub("?", operator)[:_LONGEST]
    if not name.strip():
        raise ValueError("an operator has a name")
    return f"set_config('flotilla.operator', '{name}', true)"


def _limits(writing: bool) -> str:
    timeout = f", set_config('statement_timeout', '{STATEMENT_TIMEOUT_MILLISECONDS}', true)"
    # After the first statement PostgreSQL lets nobody take it back.
    return timeout if writing else f"{timeout}, set_config('transaction_read_only', 'on', true)"
