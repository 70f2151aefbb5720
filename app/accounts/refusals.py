"""What the API answers where an account, a link or a right is missing."""

from __future__ import annotations

import math
from datetime import timedelta

from app.errors import PlatformError


def wrong_credentials() -> PlatformError:
    """The same whether there is no such account, it has no password, or that was another one."""
    return PlatformError(
        401,
        "wrong_credentials",
        "The address or the password is wrong; try again, or ask for a link by mail.",
        {"WWW-Authenticate": "Bearer"},
    )


def code_required() -> PlatformError:
    """Only said to whoever has proved the first factor."""
    return PlatformError(
        401,
        "code_required",
        "This account asks for a code too; send that of the authenticator app, or a recovery code, as `code`.",
        {"WWW-Authenticate": "Bearer"},
    )


def wrong_code() -> PlatformError:
    """Not the present code, or one that was used."""
    return PlatformError(
        401,
        "wrong_code",
        "The code is wrong or was used already; wait for the next one, or take a recovery code.",
        {"WWW-Authenticate": "Bearer"},
    )


def second_factor_unreadable() -> PlatformError:
    """Its key was sealed with a secret that this installation has not."""
    return PlatformError(
        503,
        "second_factor_unreadable",
        "The code cannot be checked, since this installation cannot open the key of the second factor; take a recovery "
        "code, or ask an administrator of the platform.",
    )


def not_signed_in() -> PlatformError:
    """A request that only a signed-in person can make."""
    return PlatformError(
        401, "not_signed_in", "Sign in first; your session has ended or there was none.", {"WWW-Authenticate": "Bearer"}
    )


def account_disabled() -> PlatformError:
    """Only said to whoever has proved that it is theirs."""
    return PlatformError(403, "account_disabled", "This account is disabled; ask an administrator of the platform.")


def foreign_request() -> PlatformError:
    """A change that another site's page may have sent."""
    return PlatformError(
        403, "foreign_request", "This does not come from a page of the platform; reload the page and try again."
    )


def not_allowed() -> PlatformError:
    """The role is too low."""
    return PlatformError(
        403, "not_allowed", "Your role does not allow this; ask an owner or admin of the organisation."
    )


def no_organisation() -> PlatformError:
    """The session acts for none, or for one of which its owner is no member any more."""
    return PlatformError(403, "no_organisation", "Choose an organisation for this session first.")


def link_invalid() -> PlatformError:
    """Never made, used up, expired or for something else: the same for all."""
    return PlatformError(404, "link_invalid", "The link is used up, expired or not complete; ask for another one.")


def not_found(what: str) -> PlatformError:
    """There is none of the caller's."""
    return PlatformError(404, "not_found", f"There is no such {what}.")


def email_taken() -> PlatformError:
    """Only said to whoever holds a link that proves the address, or the first administrator's."""
    return PlatformError(409, "email_taken", "There is an account with this address already; sign in.")


def conflict(code: str, message: str) -> PlatformError:
    """What there is does not allow it."""
    return PlatformError(409, code, message)


def too_many(pause: timedelta) -> PlatformError:
    """Somebody fails, or asks for mail, too often."""
    seconds = max(1, math.ceil(pause.total_seconds()))
    return PlatformError(
        429, "too_many_attempts", f"Too many attempts; wait {seconds} s and try again.", {"Retry-After": str(seconds)}
    )
