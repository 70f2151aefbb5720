"""What the Swarm has of apps and for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captain.apps.app_plan import Observed
from captain.apps.app_releases import releases
from captain.apps.app_service import KNOWN_AS_LABEL, Surroundings
from captain.credentials import STACK_LABEL, Domains
from captain.errors import CaptainError
from captain.generations import newest
from captain.labels import NAMESPACE_LABEL
from swarm.engine import Engine, Secret, Service

_START_INTERVAL_SINCE = 25


def observe(engine: Engine, stack: str, domains: Domains) -> Observed:
    """One look at everything that a plan needs; `CaptainError` where no stack is up."""
    found = {network.name: network for network in engine.networks() if network.scope == "swarm"}
    network = f"{stack}_apps"
    if network not in found:
        raise CaptainError(f"There is no network {network}: run ./swarm/up.sh, then this again.")
    of_apps = [own for own in found.values() if own.name == network or NAMESPACE_LABEL not in own.labels]
    secrets = newest_secrets(own_secrets(engine.secrets()))
    surroundings = Surroundings(
        network=network,
        networks={own.name: own.id for own in of_apps},
        secrets={name: secret.id for name, secret in secrets.items()},
        has_start_interval=all(_major(node.engine_version) >= _START_INTERVAL_SINCE for node in engine.nodes()),
        stored_as={name: secret.name for name, secret in secrets.items() if secret.name != name},
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


def own_secrets(secrets: Sequence[Secret]) -> list[Secret]:
    """Those that apps may have: not the platform's."""
    return [secret for secret in secrets if STACK_LABEL not in secret.labels]


def newest_secrets(secrets: Sequence[Secret]) -> Mapping[str, Secret]:
    """By the names that apps know them by; of several generations the newest."""
    by_name = {secret.name: secret for secret in secrets}
    kept = {secret.labels[KNOWN_AS_LABEL] for secret in secrets if KNOWN_AS_LABEL in secret.labels}
    current = {base: newest(base, by_name) for base in kept}
    hidden = {secret.name for secret in secrets if KNOWN_AS_LABEL in secret.labels}
    found = {name: secret for name, secret in by_name.items() if name not in hidden}
    return found | {base: by_name[name] for base, name in current.items() if name is not None}


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
