"""Who asks in schemathesis' requests: somebody else with each, signed in, at a client's address of their own.

A request may end every session, leave the organisation or fill a counter of failures, and the next is to be answered
for itself. Loaded by `SCHEMATHESIS_HOOKS`; the accounts are made by `test_app_api_fuzz.py`.
"""

from __future__ import annotations

from itertools import count

import schemathesis

from app.accounts.secrets import csrf_token
from app.accounts.sessions import COOKIE
from tests.integration.app.browser import ORIGIN

MOST = 2500
_numbers = count(1)


def session_secret(number: int) -> str:
    """The secret of one of the sessions, of which there are `MOST`, from 1."""
    return f"fuzzed-{number}"


@schemathesis.auth(refresh_interval=None)
class Somebody:
    """The next session. What a check sends to see whether one is asked for is sent without it."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> int:
        """The session's number. RuntimeError where there are no more."""
        number = next(_numbers)
        if number > MOST:
            raise RuntimeError(f"more than {MOST} requests: make more sessions")
        return number

    def set(self, case: schemathesis.Case, data: int, context: schemathesis.AuthContext) -> None:
        """Signs the request in as a page of the platform does."""
        case.cookies[COOKIE] = session_secret(data)
        case.headers.update({**ORIGIN, "X-CSRF-Token": csrf_token(session_secret(data))})
        case.headers["X-Real-IP"] = f"2001:db8::{data:x}"
