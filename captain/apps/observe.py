"""What the Swarm has of apps and for them."""

from __future__ import annotations

from captain.apps.app_plan import Observed
from captain.apps.app_releases import releases
from captain.apps.app_service import Surroundings
from captain.credentials import STACK_LABEL, Domains
from captain.errors import CaptainError
from captain.spec import NAMESPACE_LABEL
from swarm.engine import Engine, Service

_START_INTERVAL_SINCE = 25


def observe(engine: Engine, stack: str, domains: Domains) -> Observed:
    """One look at everything that a plan needs; `CaptainError` where no stack is up."""
    found = {network.name: network for network in engine.networks() if network.scope == "swarm"}
    network = f"{stack}_apps"
    if network not in found:
        raise CaptainError(f"There is no network {network}: run ./swarm/up.sh, then this again.")
    of_apps = [own for own in found.values() if own.name == network or NAMESPACE_LABEL not in own.labels]
    secrets = [secret for secret in engine.secrets() if STACK_LABEL not in secret.labels]
    surroundings = Surroundings(
        network=network,
        networks={own.name: own.id for own in of_apps},
        secrets={secret.name: secret.id for secret in secrets},
        has_start_interval=all(_major(node.engine_version) >= _START_INTERVAL_SINCE for node in engine.nodes()),
    )
    platform = (domains.domain, *(f"{host}.{domains.domain}" for host in ("www", "app", "admin", "captain")))
    return Observed(
        services={service.name: service for service in engine.services()},
        releases=releases(engine.configs()),
        surroundings=surroundings,
        taken_hosts=dict.fromkeys((*platform, domains.blog_domain), "the platform"),
        domain=domains.domain,
        blog_domain=domains.blog_domain,
    )


def app_service(observed: Observed, name: str) -> Service:
    """The service of an app; `CaptainError` if there is no such app."""
    service = observed.services.get(name)
    if service is None or name not in observed.releases:
        there = ", ".join(sorted(observed.releases.keys() & observed.services.keys())) or "none yet"
        raise CaptainError(f"There is no app {name}; there is {there}.")
    return service


def _major(version: str) -> int:
    number = version.split(".")[0]
    return int(number) if number.isdecimal() else 0
