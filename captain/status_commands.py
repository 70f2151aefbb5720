"""`captain status` and `captain explain`: asked often, so that little is imported for them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from captain import prometheus, status
from captain.credentials import BUNDLED, Domains, database_of
from swarm.engine import Engine


def run(engine: Engine, options: argparse.Namespace, _: Domains, write: Callable[[str], object]) -> int:
    """One of them; the exit code. Raises `CaptainError`."""
    if options.command == "explain":
        write(status.explanation(options.autoscaler_url, options.service, engine.service) + "\n")
        return 0
    rows = status.status(engine, options.stack, options.autoscaler_url.rstrip("/"))
    if options.json:
        write(json.dumps(status.as_json(options.stack, rows), indent=2, ensure_ascii=False) + "\n")
        return 0
    at = database_of(engine.secrets())
    elsewhere = [] if at == BUNDLED else [f"DATABASE  {at}, by swarm/up.sh --database-url; the bundle's postgres rests"]
    for text in [*status.as_table(rows), "", *elsewhere, *status.as_lines(prometheus.firing(options.prometheus_url))]:
        write(text + "\n")
    return 0
