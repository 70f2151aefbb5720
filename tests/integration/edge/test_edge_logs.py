"""The edge logs JSON, nginx' own errors and the agent's lines among it; and it tells when its certificate ends."""

from __future__ import annotations

import json
import time

from tests.docker_cli import eventually


def test_errors_lead_to_the_request_and_everything_is_json(stand):
    """A refused connection: nginx' line has the connection of the line that has the request's id."""
    made = stand(1)
    replica = made.replicas[0]
    # Gone without a word: the agent still lists it when the request comes.
    replica.container.kill()
    answer = eventually(lambda: (got := made.get("/lost")).status in (502, 503) and got)
    identity = answer.headers["x-request-id"]

    def logged() -> list[dict]:
        return [json.loads(line) for line in made.edge.logs().splitlines() if "no certificate in" not in line]

    (request,) = eventually(lambda: [line for line in logged() if line.get("request_id") == identity])
    assert request["path"] == "/lost" and request["status"] == answer.status
    errors = eventually(
        lambda: [line for line in logged() if line["logger" if "logger" in line else "path"] == "nginx"]
    )
    assert {"time", "level", "connection", "message"} <= errors[0].keys()
    lost = {line["connection"] for line in logged() if line.get("path") == "/lost"}
    assert {line["connection"] for line in errors if "/lost" in line["message"]} <= lost
    assert any(line.get("logger") == "edge.agent" for line in logged())


def test_the_end_of_the_certificate_is_a_metric(stand):
    """The one that it made for itself ends in 825 days."""
    made = stand(0)
    series = 'certificate_expires_timestamp_seconds{name="localhost"}'
    expires = eventually(lambda: made.metrics().get(series), 20)
    assert abs(expires - time.time() - 825 * 86400) < 86400
