"""The commands about the stack as a whole: secrets, up, rotate, doctor, down."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from captain import deploy, doctor, down, rotate, secret_ages
from captain.accounts import command_line as accounts
from captain.credentials import Domains, base_of, ensure_secrets
from captain.doctor_facts import Unknown, parse_host
from captain.doctor_findings import examine
from captain.doctor_look import gather
from captain.rotation import PLANS
from captain.swarm_check import check_manager
from swarm.engine import Engine

Write = Callable[[str], object]


def run(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    """One of them; the exit code. `options.environment` has the stack file's variables. Raises `CaptainError`."""
    if options.command == "doctor":
        return _doctor(engine, options, domains, write)
    if options.command == "secrets":
        _secrets(engine, options, domains, write)
    elif options.command == "up":
        _up(engine, options, domains, write)
    elif options.command == "rotate" and options.what:
        _rotate(engine, options, domains, write)
    elif options.command == "rotate":
        _secret_ages(engine, domains, write)
    else:
        down.down(engine, options.stack, options.volumes, options.timeout, partial(_line, write))
    return 0


def _line(write: Write, text: str) -> None:
    write(f"{text}\n")


def _secrets(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> None:
    check_manager(engine)
    made = ensure_secrets(engine, options.stack, domains, options.environment.get("FLOTILLA_CERTIFICATE_SECRET", ""))
    for name in made.created:
        print(f"secret {name} created", file=sys.stderr)  # noqa: T201  (for people)
    for variable, name in sorted(made.names.items()):
        write(f"{variable}={name}\n")


def _up(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> None:
    variables: Mapping[str, str] = options.environment
    if options.domain:
        variables = {**variables, "FLOTILLA_DOMAIN": options.domain}
    if options.blog_domain:
        variables = {**variables, "FLOTILLA_BLOG_DOMAIN": options.blog_domain}
    request = deploy.Request(
        stack=options.stack,
        files=tuple(options.files),
        variables=variables,
        domains=domains,
        timeout_seconds=options.timeout,
        prune=options.prune,
        width=_width(),
        database=options.database_file.read_text(encoding="utf-8").strip() if options.database_file else "",
    )
    deploy.deploy(engine, request, write)
    write(accounts.first_user(options.socket, options.stack))


def _rotate(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> None:
    request = rotate.Request(
        stack=options.stack,
        what=tuple(options.what),
        domains=domains,
        grace_seconds=options.grace,
        timeout_seconds=options.timeout,
        width=_width(),
    )
    rotate.rotate(engine, request, write)


def _secret_ages(engine: Engine, domains: Domains, write: Write) -> None:
    names = (*sorted(PLANS), *secret_ages.NOT_ROTATED)
    for text in secret_ages.lines(
        {name: base_of(name, domains) for name in names}, engine.secrets(), datetime.now(UTC)
    ):
        write(f"{text}\n")


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def _doctor(engine: Engine, options: argparse.Namespace, domains: Domains, write: Write) -> int:
    host = parse_host(sys.stdin.read()) if options.host else Unknown("captain.sh sends it")
    facts = gather(engine, options.stack, domains, options.prometheus_url, options.autoscaler_url.rstrip("/"), host)
    findings = examine(facts)
    if options.json:
        write(json.dumps(doctor.as_json(facts, findings), indent=2, ensure_ascii=False) + "\n")
    else:
        write("".join(f"{text}\n" for text in doctor.report(facts, findings)))
    return 0 if doctor.is_well(findings) else 1
