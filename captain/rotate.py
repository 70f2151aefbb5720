"""`captain rotate`: a new generation of one secret everywhere, then the old one away. Can be run again at any point."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from captain.credentials import API_TOKEN, STACK_LABEL, Domains, base_of, new_value
from captain.deploy import check_manager
from captain.errors import CaptainError
from captain.generations import following, generations
from captain.lease import with_pause
from captain.progress import Progress
from captain.rollout import Written
from captain.rotation import PLANS, Step, with_generation
from captain.wait import failures, wait_until_up
from swarm.engine import JSON, Engine, EngineError, NotFound, OutOfSequence, Secret

_ATTEMPTS = 10
_REMOVE_WITHIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. `grace_seconds`: how long both API tokens are valid; `width` as in deploy."""

    stack: str
    what: str
    domains: Domains
    grace_seconds: float
    timeout_seconds: float
    width: int


def rotate(engine: Engine, request: Request, write: Callable[[str], object]) -> None:
    """Rotate. `CaptainError` says what stopped it; run again, it goes on from there."""

    def say(text: str) -> None:
        write(text + "\n")

    check_manager(engine)
    base = base_of(request.what, request.domains)
    _check(engine, request, base)
    new, older = _generations(engine, request, base, say)
    for step in PLANS[request.what]:
        if step.pause_before:
            _grace(engine, request, step, new, say)
        _take(engine, request, step, new, older[-1], write, say)
    for secret in older:
        _remove(engine, secret)
        say(f"secret {secret.name} removed: nothing uses it")


def _check(engine: Engine, request: Request, base: str) -> None:
    """`CaptainError` unless every service of the plan holds a generation of this secret."""
    for key in dict.fromkeys(key for step in PLANS[request.what] for key in step.services):
        name = f"{request.stack}_{key}"
        service = engine.service(name)
        if service is None:
            raise CaptainError(f"There is no service {name}: bring the stack up with swarm/up.sh first.")
        references = service.spec["TaskTemplate"]["ContainerSpec"].get("Secrets") or []
        held = next((entry["SecretName"] for entry in references if entry["File"]["Name"] == request.what), None)
        if held is None:
            raise CaptainError(f"{name} has no secret {request.what}: run swarm/up.sh, then this again.")
        if not generations(base, [held]):
            raise CaptainError(
                f"{name} uses {held}, which captain did not make: make another secret and name it to swarm/up.sh "
                "(docs/operations.md, A certificate of your own)."
            )


def _generations(
    engine: Engine, request: Request, base: str, say: Callable[[str], None]
) -> tuple[Secret, list[Secret]]:
    """The generation to move to, made now unless an earlier run did, and those to leave."""
    by_name = {secret.name: secret for secret in engine.secrets()}
    found = generations(base, by_name)
    if not found:
        raise CaptainError(f"There is no secret {base}: run swarm/up.sh first.")
    if len(found) > 1:
        say(f"going on with the rotation to {found[-1]}, which was interrupted")
        return by_name[found[-1]], [by_name[name] for name in found[:-1]]
    name = following(base, found)
    value = new_value(request.what, request.domains)
    if base == API_TOKEN:
        # Before it exists: whatever happens now, the token is not lost.
        say(f"new API token (shown this once; keep it): {value.decode()}")
        say("it is valid as soon as this says so")
    labels = {STACK_LABEL: request.stack}
    made = Secret(engine.create_secret(name, value, labels), name, labels, None)
    say(f"secret {name} created")
    return made, [by_name[found[0]]]


def _take(
    engine: Engine,
    request: Request,
    step: Step,
    new: Secret,
    old: Secret,
    write: Callable[[str], object],
    say: Callable[[str], None],
) -> None:
    """One step: write its services, and wait until every task runs with what they hold now."""
    names = [f"{request.stack}_{key}" for key in step.services]
    written = {}
    for name in names:
        done = _write(
            engine, name, partial(with_generation, target=request.what, new=new, old=old if step.both else None)
        )
        if done is not None:
            written[name] = done
            say(f"service {name} gets {new.name}" + (f" and {old.name}" if step.both else ""))
    progress = Progress(write, f"{request.stack}_", request.width)
    outcome = wait_until_up(engine, request.stack, names, written, progress, request.timeout_seconds, lambda: "")
    if not outcome.up:
        told = "\n".join(failures(outcome, names))
        raise CaptainError(f"{told}\nBoth generations are still there: mend that, then run this again.")


def _write(engine: Engine, name: str, changed: Callable[[JSON], JSON | None]) -> Written | None:
    for _ in range(_ATTEMPTS):
        service = engine.service(name)
        if service is None:
            raise CaptainError(f"{name} is gone: run swarm/up.sh, then this again.")
        spec = changed(service.spec)
        if spec is None:
            return None
        try:
            paused = with_pause(spec, service.spec, True, datetime.now(UTC))
            engine.update_service(service.id, service.version_index, paused)
        except OutOfSequence:
            continue
        stored = engine.service(name)
        at = stored.updated_at if stored is not None else None
        return Written(at or datetime.now(UTC), True, stored.spec["TaskTemplate"] if stored is not None else None)
    raise CaptainError(f"Somebody else keeps writing {name}: stop that, then run this again.")


def _grace(engine: Engine, request: Request, step: Step, new: Secret, say: Callable[[str], None]) -> None:
    """Both are valid: time for clients to change over. Nothing to wait for where the old one is gone already."""
    services = [engine.service(f"{request.stack}_{key}") for key in step.services]
    if all(service and with_generation(service.spec, request.what, new, None) is None for service in services):
        return
    say(f"the new one is valid now; the old one is for {request.grace_seconds:g} s more")
    time.sleep(request.grace_seconds)


def _remove(engine: Engine, secret: Secret) -> None:
    """A secret stays in use for a moment after its last task."""
    deadline = time.monotonic() + _REMOVE_WITHIN_SECONDS
    while True:
        try:
            return engine.remove_secret(secret.id)
        except NotFound:
            return None
        except EngineError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.5)
