"""`captain rotate`: a new generation of secrets everywhere, then the old ones away. Can be run again at any point."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from captain.credentials import Domains, base_of, labels_of, new_value
from captain.errors import CaptainError
from captain.generations import following, generations
from captain.lease import with_pause
from captain.progress import Progress
from captain.rollout import Written
from captain.rotation import PLANS, RETIRED_LABEL, Step, together, with_generation
from captain.swarm_check import check_manager
from captain.wait import failures, wait_until_up
from swarm.engine import JSON, Engine, EngineError, NotFound, OutOfSequence, Secret

RUN_LABEL = "flotilla.rotation"
"""Of a secret: which run made it, so that the run that goes on with it knows what has been done."""
_ATTEMPTS = 10
_REMOVE_WITHIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. `what`: names of secrets, one or more; `grace_seconds`: how long the API
    token is still taken; `width` as in deploy.
    """

    stack: str
    what: tuple[str, ...]
    domains: Domains
    grace_seconds: float
    timeout_seconds: float
    width: int


@dataclass(frozen=True, slots=True)
class Move:
    """One secret's way: from the generations `older` to `new`."""

    new: Secret
    older: Sequence[Secret]


def rotate(engine: Engine, request: Request, write: Callable[[str], object]) -> None:
    """Rotate. `CaptainError` says what stopped it; run again, it goes on from there."""

    def say(text: str) -> None:
        write(text + "\n")

    check_manager(engine)
    names = tuple(dict.fromkeys(request.what))
    for name in names:
        _check(engine, request, name)
    moves = _moves(engine, request, names, say)
    for row in together(tuple(moves)):
        for name, step in row:
            if step.pause_before:
                _grace(engine, request, name, step, moves[name].new, say)
        _take(engine, request, row, moves, write, say)
    for move in moves.values():
        for secret in move.older:
            _remove(engine, secret)
            say(f"secret {secret.name} removed: nothing uses it")


def _check(engine: Engine, request: Request, what: str) -> None:
    """`CaptainError` unless every service of the plan holds a generation of this secret."""
    for key in dict.fromkeys(key for step in PLANS[what] for key in step.services):
        name = f"{request.stack}_{key}"
        service = engine.service(name)
        if service is None:
            raise CaptainError(f"There is no service {name}: bring the stack up with swarm/up.sh first.")
        references = service.spec["TaskTemplate"]["ContainerSpec"].get("Secrets") or []
        held = next((entry["SecretName"] for entry in references if entry["File"]["Name"] == what), None)
        if held is None:
            raise CaptainError(f"{name} has no secret {what}: run swarm/up.sh, then this again.")
        if not generations(base_of(what, request.domains), [held]):
            raise CaptainError(
                f"{name} uses {held}, which captain did not make: make another secret and name it to swarm/up.sh "
                "(docs/operations.md, A certificate of your own)."
            )


def _moves(engine: Engine, request: Request, names: Sequence[str], say: Callable[[str], None]) -> dict[str, Move]:
    """What each secret moves from and to. Where an earlier run was interrupted, it is its generation to move to, and
    what that run had finished already is left out.
    """
    by_name = {secret.name: secret for secret in engine.secrets()}
    found = {name: generations(base_of(name, request.domains), by_name) for name in names}
    for name in (name for name, kept in found.items() if not kept):
        raise CaptainError(f"There is no secret {base_of(name, request.domains)}: run swarm/up.sh first.")
    interrupted = [by_name[kept[-1]].labels.get(RUN_LABEL, "") for kept in found.values() if len(kept) > 1]
    run = next(filter(None, interrupted), uuid.uuid4().hex)
    moves = {}
    for name, kept in found.items():
        if len(kept) > 1:
            say(f"going on with the rotation to {kept[-1]}, which was interrupted")
            moves[name] = Move(by_name[kept[-1]], [by_name[older] for older in kept[:-1]])
        elif interrupted and by_name[kept[-1]].labels.get(RUN_LABEL) == run:
            say(f"{kept[-1]} was brought everywhere by the run that was interrupted")
        elif RETIRED_LABEL in by_name[kept[-1]].labels:
            raise CaptainError(
                f"{kept[-1]} holds nothing: API keys are made and revoked one by one (docs/api.md, Keys)."
            )
        else:
            moves[name] = Move(
                _made(engine, request, name, following(base_of(name, request.domains), kept), run, say),
                [by_name[kept[0]]],
            )
    return moves


def _made(engine: Engine, request: Request, what: str, name: str, run: str, say: Callable[[str], None]) -> Secret:
    labels = labels_of(what, request.stack) | {RUN_LABEL: run}
    if RETIRED_LABEL in labels:
        say("the API token is retired: whoever uses it needs an API key (docs/api.md, Keys)")
    made = Secret(engine.create_secret(name, new_value(what, request.domains), labels), name, labels, None)
    say(f"secret {name} created")
    return made


def _take(
    engine: Engine,
    request: Request,
    row: Sequence[tuple[str, Step]],
    moves: Mapping[str, Move],
    write: Callable[[str], object],
    say: Callable[[str], None],
) -> None:
    """The steps of a row: write their services, and wait until every task runs with what they hold now."""
    names = list(dict.fromkeys(f"{request.stack}_{key}" for _, step in row for key in step.services))
    written = {}
    for name in names:
        steps = [(what, step) for what, step in row if name.removeprefix(f"{request.stack}_") in step.services]

        def changed(spec: JSON, steps: Sequence[tuple[str, Step]] = steps) -> JSON | None:
            found = spec
            for what, step in steps:
                move = moves[what]
                found = with_generation(found, what, move.new, move.older[-1] if step.both else None) or found
            return None if found is spec else found

        done = _write(engine, name, changed)
        if done is not None:
            written[name] = done
            for what, step in steps:
                more = f" and {moves[what].older[-1].name}" if step.both else ""
                say(f"service {name} gets {moves[what].new.name}{more}")
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


def _grace(engine: Engine, request: Request, what: str, step: Step, new: Secret, say: Callable[[str], None]) -> None:
    """Both are valid: time for clients to change over. Nothing to wait for where the old one is gone already."""
    services = [engine.service(f"{request.stack}_{key}") for key in step.services]
    if all(service and with_generation(service.spec, what, new, None) is None for service in services):
        return
    say(f"the old one is valid for {request.grace_seconds:g} s more: change its clients over now")
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
