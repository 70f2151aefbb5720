"""`captain status` and `captain explain`: asked often, so that little is imported for them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from captain import status
from captain.cli import said
from captain.credentials import Domains
from swarm.engine import Engine


def run(engine: Engine, options: argparse.Namespace, _: Domains, write: Callable[[str], object]) -> int:
    """One of them; the exit code. Raises `CaptainError`."""
    if options.command == "explain":
        write(status.explanation(options.autoscaler_url, options.service, engine.service) + "\n")
        return 0
    document = status.document(engine, options.stack, options.autoscaler_url, options.prometheus_url)
    write(said.answer(document, said.status_lines(document), options.json))
    return 0
