"""What the database refuses, as the error that the client gets."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

from app.errors import PlatformError, invalid_member

_INSUFFICIENT_PRIVILEGE = "42501"
_CHECK_VIOLATION = "23514"
# Rules of triggers that say in a sentence what is wrong, and the member that it is about.
_SAID = {"redirect_loop": "/to_url"}
_MEASURES = {"media_bytes": "bytes of media"}


@contextmanager
def refusing(
    constraints: Mapping[str, Callable[[], PlatformError]], *, elsewhere: Callable[[], PlatformError] | None = None
) -> Generator[None]:
    """Raises what `constraints` say for the one that was violated; `elsewhere` for a row outside what is acted for."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause: Any = error.orig if isinstance(error, DBAPIError) else error
        state, name = getattr(cause, "sqlstate", None), getattr(getattr(cause, "diag", None), "constraint_name", None)
        if name is not None and name in constraints:
            raise constraints[name]() from error
        if name == "limit_reached":
            raise limit_reached(*str(cause.diag.message_detail).split()) from error
        if name in _SAID:
            said = str(cause.diag.message_primary)
            raise invalid_member(_SAID[name], f"{said[:1].upper()}{said[1:]}.") from error
        if state == _INSUFFICIENT_PRIVILEGE and elsewhere is not None:
            raise elsewhere() from error
        table = str(getattr(getattr(cause, "diag", None), "table_name", None))
        if state == _CHECK_VIOLATION and name is not None and name.startswith(f"ck_{table}_"):
            member = name.removeprefix(f"ck_{table}_").removesuffix("_length")
            raise invalid_member(f"/{member}", f"{member}: this value cannot be stored.") from error
        raise


def limit_reached(resource: str, most: str) -> PlatformError:
    """The organisation has as many of something as its plan allows."""
    return PlatformError(
        403,
        "limit_reached",
        f"The plan allows {most} {_MEASURES.get(resource, resource)}, and this would be more; delete some or change"
        " the plan.",
        more={"limit": {"resource": resource, "most": int(most)}},
    )
