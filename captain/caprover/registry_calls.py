"""CapRover's API about registries: `/user/registries/…`. There is the stack's own, and no login of another is kept."""

from __future__ import annotations

from captain.accounts.book import Scope
from captain.caprover.call import Call
from captain.caprover.envelope import Answer, Refusal, Status
from captain.registry.settings import ADDRESS, USER, from_environment

OWN = "flotilla"
"""The id of the stack's registry."""
_PREFIX = "apps"
_NO_LOGINS = (
    "captain keeps no logins of other registries: docker service update --with-registry-auth gives one to an app's "
    "service, which keeps it (docs/caprover.md, Images of a private registry)."
)


class RegistryCalls:
    """Each method is one route."""

    def registries(self, call: Call) -> Answer:
        """GET registries: the stack's, whose password nobody is told; none outside a stack."""
        call.require(Scope.READ)
        own = {
            "id": OWN,
            "registryUser": USER,
            "registryPassword": "",
            "registryDomain": ADDRESS,
            "registryImagePrefix": _PREFIX,
            "registryType": "LOCAL_REG",
        }
        is_there = from_environment() is not None
        data = {"registries": [own] if is_there else [], "defaultPushRegistryId": OWN if is_there else ""}
        return Answer(Status.OK, "All registries retrieved", data)

    def set_push(self, call: Call) -> Answer:
        """POST registries/setpush: good for the stack's, which is pushed to anyway."""
        call.require(Scope.ADMIN)
        if call.text("registryId") != OWN or from_environment() is None:
            raise Refusal(
                Status.NOT_FOUND, "There is no such registry: what captain builds is pushed to the stack's own."
            )
        return Answer(Status.OK, "Push Registry changed: it is the stack's own, as before.")

    def refuse(self, call: Call) -> Answer:
        """POST registries/insert, update and delete."""
        call.require(Scope.ADMIN)
        raise Refusal(Status.ILLEGAL_OPERATION, _NO_LOGINS)
