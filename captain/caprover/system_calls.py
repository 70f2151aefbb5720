"""CapRover's API about the system: `/user/system/…`, most of which `caprover serversetup` asks for.

What is decided when the stack is brought up is told, and nothing says that it was changed when it was not.
"""

from __future__ import annotations

from typing import Any

from captain.accounts.book import Scope
from captain.apps.app_work import AppWork
from captain.caprover.call import Call
from captain.caprover.envelope import Answer, Refusal, Status
from captain.credentials import CERTIFICATE
from swarm.engine import Engine, Node

LIKE_VERSION = "1.15.3"
"""The CapRover whose protocol this is."""
_CERTIFICATE_FILE = "edge_certificate"
_OWN_CERTIFICATE = "docs/operations.md, A certificate of your own"


class SystemCalls:
    """Each method is one route."""

    def __init__(self, work: AppWork, domain: str) -> None:
        self._work = work
        self._domain = domain

    def info(self, call: Call) -> Answer:
        """GET info."""
        call.require(Scope.READ)
        data = {
            "hasRootSsl": True,
            "forceSsl": False,
            "rootDomain": self._domain,
            "captainSubDomain": "captain",
        }
        return Answer(Status.OK, "Captain info retrieved", data)

    def version(self, call: Call) -> Answer:
        """GET versionInfo."""
        call.require(Scope.READ)
        data = {
            "currentVersion": LIKE_VERSION,
            "latestVersion": LIKE_VERSION,
            "canUpdate": False,
            "changeLogMessage": "",
        }
        return Answer(Status.OK, "Version info retrieved", data)

    def nodes(self, call: Call) -> Answer:
        """GET nodes."""
        call.require(Scope.READ)
        with self._work.place() as place:
            found = [_node(node) for node in place.engine.nodes()]
        return Answer(Status.OK, "Node info retrieved", {"nodes": found})

    def change_root_domain(self, call: Call) -> Answer:
        """POST changerootdomain: good where it is the domain already."""
        call.require(Scope.ADMIN)
        wanted = call.text("rootDomain").lower()
        if wanted != self._domain:
            raise Refusal(
                Status.ILLEGAL_OPERATION,
                f"The root domain is {self._domain} and is changed on a manager, with its certificate: "
                "FLOTILLA_DOMAIN=DOMAIN ./swarm/up.sh",
            )
        return Answer(Status.OK, f"The root domain is {self._domain} already.")

    def enable_ssl(self, call: Call) -> Answer:
        """POST enablessl: good where the operator gave the edge a certificate."""
        call.require(Scope.ADMIN)
        with self._work.place() as place:
            name = certificate_of(place.engine, f"{place.stack}_edge")
        if not name:
            raise Refusal(Status.GENERIC, "There is no edge that serves HTTPS: ./swarm/up.sh brings it up.")
        if name.startswith(CERTIFICATE):
            raise Refusal(
                Status.ILLEGAL_OPERATION,
                "The edge serves HTTPS with a certificate that captain signed itself, and captain asks no authority "
                f"for another: give it yours ({_OWN_CERTIFICATE}).",
            )
        return Answer(Status.OK, f"The edge serves HTTPS already, with the certificate {name}.")

    def force_ssl(self, call: Call) -> Answer:
        """POST forcessl: good where it asks for what is."""
        call.require(Scope.ADMIN)
        if call.body.get("isEnabled"):
            raise Refusal(
                Status.ILLEGAL_OPERATION,
                "The edge answers HTTP as it answers HTTPS, and sends nobody on: let nothing in to its port 80 "
                "where everybody has to use HTTPS.",
            )
        return Answer(Status.OK, "Non-SSL traffic is now allowed.")


def certificate_of(engine: Engine, edge: str) -> str:
    """The secret that the edge's service has its certificate from; empty without one."""
    service = engine.service(edge)
    container = {} if service is None else service.spec["TaskTemplate"].get("ContainerSpec") or {}
    for reference in container.get("Secrets") or []:
        if (reference.get("File") or {}).get("Name") == _CERTIFICATE_FILE:
            return str(reference["SecretName"])
    return ""


def _node(node: Node) -> dict[str, Any]:
    return {
        "nodeId": node.id,
        "type": node.role,
        "isLeader": node.leader,
        "hostname": node.hostname,
        "nanoCpu": node.nano_cpus,
        "memoryBytes": node.memory_bytes,
        "dockerEngineVersion": node.engine_version,
        "ip": node.address,
        "state": node.state,
        "status": node.availability,
    }
