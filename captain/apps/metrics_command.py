"""`captain metrics`: what Prometheus says of an app."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from captain import prometheus
from captain.apps.app_metrics import Figures, as_json, as_lines, expression, figures
from captain.credentials import Domains
from captain.doctor_facts import Unknown
from captain.errors import CaptainError
from captain.labels import APP_LABEL
from swarm.engine import Engine


def run(engine: Engine, options: argparse.Namespace, _: Domains, write: Callable[[str], object]) -> int:
    """The exit code. Raises `CaptainError`."""
    service = engine.service(options.app)
    if service is None or service.labels.get(APP_LABEL) != options.app:
        raise CaptainError(f"There is no app {options.app}: captain apps")
    found = read(options.prometheus_url, options.app)
    if options.json:
        write(json.dumps(as_json(options.app, found), indent=2) + "\n")
    else:
        write("".join(f"{line}\n" for line in as_lines(found)))
    return 0


def read(url: str, app: str) -> Figures:
    """The app's figures now. `CaptainError` when Prometheus does not answer."""
    answer = prometheus.query(url, expression(app))
    if isinstance(answer, Unknown):
        why = answer.why or "FLOTILLA_PROMETHEUS_URL is not set"
        raise CaptainError(f"Prometheus does not answer: {why}: docker service logs --tail 20 flotilla_prometheus")
    return figures([(sample.labels, sample.value) for sample in answer])
