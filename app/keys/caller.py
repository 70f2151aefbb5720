"""Who sends a request to the API, and what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app import acting
from app.acting import Acting
from app.errors import PlatformError
from app.models.base import NO_ID
from app.models.scopes import Scope

_ORDER = tuple(Scope)


@dataclass(frozen=True)
class Caller:
    """`id` is the key's, zeros for the bundle's token; with `site_id`, of that site alone. `scope` is the widest."""

    id: str
    organisation_id: str
    site_id: str | None
    scope: Scope
    acting: Acting

    @property
    def published_only(self) -> bool:
        """Whether drafts and the like are not there for them."""
        return self.scope is Scope.READ_CONTENT

    def require(self, scope: Scope) -> None:
        """Raises PlatformError 403 if the key does not hold the scope."""
        if _ORDER.index(self.scope) < _ORDER.index(scope):
            raise PlatformError(
                403,
                "scope_missing",
                f"This needs a key with the scope {scope.value}; this one has {self.scope.value}.",
                more={"scope": scope.value},
            )


def caller(key_id: str, organisation_id: str, site_id: str | None, scopes: Iterable[str]) -> Caller:
    """The caller that a key is."""
    widest = max((Scope(scope) for scope in scopes), key=_ORDER.index)
    published_only = widest is Scope.READ_CONTENT
    acts = acting.organisation(organisation_id, site_id=site_id, published_only=published_only)
    return Caller(key_id, organisation_id, site_id, widest, acts)


def bundle(organisation_id: str) -> Caller:
    """Who has the token of a stack from before API keys: everything, for one organisation."""
    return caller(NO_ID, organisation_id, None, [Scope.MANAGE.value])
