"""`captain up`: makes the Swarm as the stack file says, writing only what differs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from captain import autoscale_labels
from captain.compose import Source, load
from captain.credentials import DATABASE_URL, Domains, Made, ensure_secrets
from captain.errors import CaptainError
from captain.generations import generations
from captain.labels import NAMESPACE_LABEL
from captain.lease import with_pause
from captain.parse import parse
from captain.plan import Action, Kind, plan_service, plan_stack
from captain.pressure import PATIENCE_SECONDS, rise
from captain.progress import Progress
from captain.rollout import Written
from captain.routing import edge_ports, first_refusal, probes, summary
from captain.spec import References, network_spec, service_specs
from captain.stack import ConfigFile, Stack
from captain.swarm_check import check_manager
from captain.wait import failures, wait_until_up
from swarm.engine import JSON, Config, Engine, EngineError, NotFound, OutOfSequence

# Each retry reads and decides again; an autoscaler writes once a second at most.
_ATTEMPTS = 10
_CONFLICT = 409
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. `width` is the terminal's, 0 where there is none."""

    stack: str
    files: tuple[Path, ...]
    variables: Mapping[str, str]
    domains: Domains
    timeout_seconds: float
    prune: bool
    width: int
    database: str = ""
    """Where the database is from now on; empty, where it was."""


def deploy(engine: Engine, request: Request, write: Callable[[str], object]) -> None:
    """Deploy and wait. `CaptainError` says for each service why it is not up."""

    def say(text: str) -> None:
        write(text + "\n")

    check_manager(engine)
    # Parsed before anything is made: a mistake in the file leaves nothing half done.
    stack = read_stack(request, {"FLOTILLA_CERTIFICATE_SECRET": "unknown-yet", **request.variables})
    own_certificate = request.variables.get("FLOTILLA_CERTIFICATE_SECRET", "")
    smtp_url = request.variables.get("FLOTILLA_SMTP_URL", "")
    made = ensure_secrets(engine, request.stack, request.domains, own_certificate, smtp_url, request.database)
    for name in made.created:
        say(f"secret {name} created")
    # The Swarm knows which generation of a secret is current; a variable may be from before a rotation.
    stack = read_stack(request, {**request.variables, **made.names})
    written = apply(engine, stack, request, say)
    _wait(engine, stack, request, written, write, say)
    _remove_old_addresses(engine, made, say)


def _remove_old_addresses(engine: Engine, made: Made, say: Callable[[str], None]) -> None:
    """Of where the database was: once everything runs with the new one, nobody needs the password in it."""
    by_name = {secret.name: secret for secret in engine.secrets()}
    current = made.names["FLOTILLA_DATABASE_URL_SECRET"]
    for name in generations(DATABASE_URL, by_name):
        if name != current:
            try:
                engine.remove_secret(by_name[name].id)
                say(f"secret {name} removed: the database is elsewhere")
            except EngineError as error:
                say(f"secret {name} stays for now: {error}")


def read_stack(request: Request, variables: Mapping[str, str]) -> Stack:
    """The stack that the files describe; `CaptainError` if it cannot be."""
    sources = []
    for path in request.files:
        try:
            sources.append(Source(str(path), path.read_text(encoding="utf-8")))
        except OSError as error:
            raise CaptainError(f"Cannot read {path}: {error.strerror}.") from error
    stack = parse(load(sources, variables), request.stack)
    autoscale_labels.check(stack)
    return stack


def apply(engine: Engine, stack: Stack, request: Request, say: Callable[[str], None]) -> Mapping[str, Written]:
    """Create and update what differs; what was written, by service name."""
    references = _references(engine, stack, request.files[0].parent, say)
    network_names = {network.id: network.name for network in engine.networks()}
    wanted = service_specs(stack, references)
    label = f"{NAMESPACE_LABEL}={stack.name}"
    actions = plan_stack(wanted, engine.services(label), network_names, request.prune)
    by_name: dict[str, JSON] = {spec["Name"]: spec for spec in wanted}
    written: dict[str, Written] = {}
    for action in actions:
        done = _carry_out(engine, action, by_name.get(action.service), network_names, say)
        if done is not None:
            written[action.service] = done
    if all(action.kind is Kind.UNCHANGED for action in actions):
        say(f"nothing to do: all {len(actions)} services are as the stack file says")
    _remove_unused_configs(engine, stack, references, say)
    return written


def _carry_out(
    engine: Engine,
    action: Action,
    wanted: JSON | None,
    network_names: Mapping[str, str],
    say: Callable[[str], None],
) -> Written | None:
    if action.kind is Kind.UPDATE and action.restarts_tasks:
        _let_it_scale_up(engine, action.service, say)
    for _ in range(_ATTEMPTS):
        try:
            return _write(engine, action, say)
        except OutOfSequence:
            # Somebody, the autoscaler most likely, was faster: keep what they wrote, and decide again.
            assert wanted is not None
            action = plan_service(wanted, engine.service(action.service), network_names)
    raise CaptainError(f"Somebody else keeps writing {action.service}: stop that, then run this again.")


def _let_it_scale_up(engine: Engine, name: str, say: Callable[[str], None]) -> None:
    """Wait, not for long, while replicas of an autoscaled service are on their way: a rollout freezes the count."""
    began, told = time.monotonic(), False
    while True:
        service = engine.service(name)
        found = None if service is None else rise(service, engine.tasks(name), datetime.now(UTC))
        waited = time.monotonic() - began
        if found is None or waited >= PATIENCE_SECONDS:
            break
        if not told:
            say(f"service {name} is being scaled up, {found.ready} of {found.wanted} ready: its rollout waits")
            told = True
        time.sleep(_LOOK_SECONDS)
    if told:
        how = "nothing is on its way any more" if found is None else f"{found.ready} of {found.wanted} ready till then"
        say(f"service {name}: its rollout begins after {waited:.0f} s, {how}")


def _write(engine: Engine, action: Action, say: Callable[[str], None]) -> Written | None:
    name, note = action.service, f" ({action.note})" if action.note else ""
    match action.kind:
        case Kind.CREATE:
            assert action.spec is not None
            try:
                engine.create_service(action.spec)
            except EngineError as error:
                if error.status != _CONFLICT:
                    raise
                raise OutOfSequence(f"{name} was made by somebody else just now", error.status) from error
            say(f"service {name} created")
            return Written(datetime.now(UTC), restarts_tasks=False)
        case Kind.UPDATE:
            assert action.spec is not None and action.live is not None
            spec = with_pause(action.spec, action.live.spec, action.replaces_tasks, datetime.now(UTC))
            engine.update_service(action.live.id, action.live.version_index, spec)
            say(f"service {name} updated{note}: {'; '.join(str(change) for change in action.changes)}")
            stored = engine.service(name)
            at = stored.updated_at if stored is not None else None
            template = stored.spec["TaskTemplate"] if stored is not None else None
            return Written(at or datetime.now(UTC), action.restarts_tasks, template)
        case Kind.HELD:
            say(f"service {name} left alone{note}: {'; '.join(str(change) for change in action.changes)}")
        case Kind.KEEP:
            say(f"service {name} is no longer in the stack file and stays; --prune removes it")
        case Kind.REMOVE:
            engine.remove_service(name)
            say(f"service {name} removed: it is no longer in the stack file")
        case Kind.UNCHANGED if action.note:
            say(f"service {name} is as the stack file says{note}")
    return None


def _references(engine: Engine, stack: Stack, folder: Path, say: Callable[[str], None]) -> References:
    """Create networks and configs that are missing; ids of everything that services refer to."""
    secret_ids = {secret.name: secret.id for secret in engine.secrets()}
    for key, name in stack.secrets.items():
        if name not in secret_ids:
            raise CaptainError(f"There is no secret {name} (secrets.{key}): create it first.")
    configs = {key: _config(engine, stack, config, folder, say) for key, config in stack.configs.items()}
    return References(
        networks=_networks(engine, stack, say),
        secrets={key: secret_ids[name] for key, name in stack.secrets.items()},
        configs={key: config.id for key, config in configs.items()},
        config_names={key: config.name for key, config in configs.items()},
    )


def _networks(engine: Engine, stack: Stack, say: Callable[[str], None]) -> dict[str, str]:
    existing = {network.name: network for network in engine.networks() if network.scope == "swarm"}
    used = {key for service in stack.services.values() for key in service.networks}
    ids = {}
    for key, network in stack.networks.items():
        found = existing.get(network.name)
        if found is not None:
            ids[key] = found.id
            if network.subnets and set(network.subnets) != set(found.subnets):
                say(
                    f"network {network.name} keeps {', '.join(found.subnets)}: the stack file's "
                    f"{', '.join(network.subnets)} takes effect after captain down"
                )
        elif network.external:
            raise CaptainError(f"There is no network {network.name} (networks.{key}): create it first.")
        elif key in used:
            ids[key] = engine.create_network(network_spec(network, stack.name))
            say(f"network {network.name} created")
    return ids


def _config(engine: Engine, stack: Stack, config: ConfigFile, folder: Path, say: Callable[[str], None]) -> Config:
    """The config with the wanted content. Configs are immutable: other content gets another name."""
    existing = {found.name: found for found in engine.configs()}
    if not config.file:
        if config.name not in existing:
            raise CaptainError(f"There is no config {config.name}: create it first.")
        return existing[config.name]
    path = folder / config.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaptainError(f"Cannot read {path}: {error.strerror}.") from error
    hashed = f"{config.name}_{hashlib.sha256(data).hexdigest()[:12]}"
    for name in (config.name, hashed):
        if name in existing and existing[name].data == data:
            return existing[name]
    name = hashed if config.name in existing else config.name
    config_id = engine.create_config(name, data, {NAMESPACE_LABEL: stack.name})
    say(f"config {name} created")
    return Config(config_id, name, {}, None, data)


def _remove_unused_configs(engine: Engine, stack: Stack, references: References, say: Callable[[str], None]) -> None:
    """Remove the stack's configs that no service uses, nor would use after a rollback."""
    needed = set(references.configs.values())
    for service in engine.services():
        for spec in (service.spec, service.previous_spec):
            container = ((spec or {}).get("TaskTemplate") or {}).get("ContainerSpec") or {}
            needed |= {config["ConfigID"] for config in container.get("Configs") or []}
    for config in engine.configs():
        if config.labels.get(NAMESPACE_LABEL) == stack.name and config.id not in needed:
            try:
                engine.remove_config(config.id)
                say(f"config {config.name} removed: nothing uses it")
            except NotFound:
                continue


def _wait(
    engine: Engine,
    stack: Stack,
    request: Request,
    written: Mapping[str, Written],
    write: Callable[[str], object],
    say: Callable[[str], None],
) -> None:
    names: Sequence[str] = [f"{stack.name}_{key}" for key in stack.services]
    ports = edge_ports(stack.services.get("edge"))
    wanted = probes(request.domains)
    outcome = wait_until_up(
        engine,
        stack.name,
        names,
        written,
        Progress(write, f"{stack.name}_", request.width),
        request.timeout_seconds,
        lambda: first_refusal(ports, wanted) if ports is not None else "",
    )
    if not outcome.up:
        raise CaptainError("\n".join(failures(outcome, names)))
    if ports is not None:
        for text in summary(request.domains, ports):
            say(text)
