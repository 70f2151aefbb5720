"""What is wrong with how services are scaled: labels, pauses, and connections that would not be enough. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from captain.autoscale_labels import PREFIX
from captain.doctor_facts import Facts, Unknown
from captain.finding import Finding, Level, look_at, wrong
from captain.lease import PAUSED_UNTIL_LABEL
from swarm.engine_objects import Service

CLIENTS = 1000
"""`max_client_conn` in swarm/pgbouncer/pgbouncer.ini."""
POOL_SIZE, DEFAULT_POOL_SIZE = "FLOTILLA_POOL_SIZE", 3


def scaling(facts: Facts) -> Iterator[Finding]:
    """All of it."""
    yield from _clients(facts)
    name = f"{facts.stack}_autoscaler"
    if isinstance(facts.verdicts, Unknown):
        if facts.verdicts.why:
            yield wrong(name, f"The autoscaler does not answer: {facts.verdicts.why}.", look_at(name))
        verdicts = {}
    else:
        verdicts = dict(facts.verdicts)
    for service, verdict in sorted(verdicts.items()):
        if verdict.mistake or verdict.reason == "invalid_policy":
            named = re.search(re.escape(PREFIX) + r"[a-z0-9_.]*[a-z0-9_]", verdict.mistake or verdict.sentence)
            label = named.group() if named else f"{PREFIX}LABEL"
            mend = f"docker service update --label-add {label}=VALUE {service}"
            kept = "is not scaled" if verdict.reason == "invalid_policy" else "is scaled by its last right labels"
            told = (verdict.mistake or verdict.sentence).rstrip(".")
            yield wrong(service, f"{service} {kept}: {told}.", mend)
    for live in facts.services:
        until = live.labels.get(PAUSED_UNTIL_LABEL, "")
        if until.isdecimal() and int(until) > facts.now.timestamp():  # one that is over does nothing any more
            sentence = (
                f"{live.name} is not scaled until {datetime.fromtimestamp(int(until), UTC):%H:%M:%S} UTC (a label)."
            )
            mend = f"docker service update --label-rm {PAUSED_UNTIL_LABEL} {live.name}"
            yield Finding(Level.NOTE, live.name, sentence, mend)


def _clients(facts: Facts) -> Iterator[Finding]:
    """Whether pgbouncer takes all the connections that the engine pools would open at their services' most."""
    opened = {service.name: _most_clients(service) for service in facts.services}
    total = sum(opened.values())
    if total > CLIENTS:
        parts = ", ".join(f"{name} {count}" for name, count in sorted(opened.items()) if count)
        yield wrong(
            f"{facts.stack}_pgbouncer",
            f"At their most replicas the engine pools open {total} connections ({parts}); pgbouncer takes {CLIENTS}.",
            "lower FLOTILLA_APP_MAX or FLOTILLA_POOL_SIZE, then ./swarm/up.sh",
        )


def _most_clients(service: Service) -> int:
    """Connections at pgbouncer that all replicas of a service may open; 0 of one without an engine pool."""
    variables = (service.spec["TaskTemplate"].get("ContainerSpec") or {}).get("Env") or []
    sizes = [line.partition("=")[2] for line in variables if line.startswith(f"{POOL_SIZE}=")]
    if not sizes or service.replicas is None:
        return 0
    most = service.labels.get(f"{PREFIX}max", "") if service.labels.get(f"{PREFIX}enabled") == "true" else ""
    replicas = int(most) if most.isdecimal() else service.replicas
    return replicas * (int(sizes[-1]) if sizes[-1].isdecimal() else DEFAULT_POOL_SIZE)
