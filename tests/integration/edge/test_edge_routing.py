"""Which host leads where, what a replica is told about the client, and what the edge says by itself."""

from __future__ import annotations

import json
import ssl
import urllib.request

import pytest

from tests.docker_cli import DockerError, docker, eventually


def test_nginx_accepts_the_shipped_configuration(image):
    """`nginx -t` on what the image starts with."""
    from_entrypoint = docker(
        "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/flotilla", "--cap-drop", "ALL",
        image("edge"), "/srv/nginx/entrypoint.sh", "test",
    )  # fmt: skip
    assert "emerg" not in from_entrypoint


def test_without_a_writable_runtime_folder_it_says_what_to_do(image):
    """A missing tmpfs ends the start with a sentence, not with nginx' riddles."""
    with pytest.raises(DockerError, match=r"mount a tmpfs there"):
        docker("run", "--rm", "--read-only", image("edge"), "/srv/nginx/entrypoint.sh", "test")


def test_a_wrong_routes_file_keeps_the_edge_unhealthy_and_is_named(resources, image, tmp_path):
    """A broken routes file is a failed rollout, with the reason in the log."""
    file = tmp_path / "routes.yml"
    file.write_text('- {host: "{nonsense}", service: a, port: 1}')
    file.chmod(0o644)
    edge = resources.run(
        image("edge"), "--tmpfs", "/run/flotilla", env={"FLOTILLA_ROUTES_FILE": "/routes.yml"},
        volumes=[f"{file}:/routes.yml:ro"],
    )  # fmt: skip
    eventually(lambda: "known are {domain}, {blog_domain}, {stack}" in edge.logs())
    with pytest.raises(DockerError):
        edge.exec("healthcheck", "9101", "/healthz")


@pytest.fixture
def shipped(stand):
    """The routes file as shipped, one replica of the app and one of captain."""
    from pathlib import Path

    made = stand(0, routes=(Path(__file__).parents[3] / "nginx" / "routes.yml").read_text())
    app = made.add_replica()
    captain = made.add_replica(service="flotilla_captain")
    made.await_replicas(1, 1)
    made.await_replicas(1, 1, "flotilla_captain")
    eventually(lambda: made.get(Host="captain.localhost").status == 200)
    return made, app, captain


def test_hosts_lead_to_their_services_and_nowhere_else(shipped):
    """Exact hosts, the blogs' wildcard, a port in Host, case; a stranger gets a 404 of the edge's own."""
    stand, _, _ = shipped
    for host in (
        "localhost",
        "www.localhost",
        "app.localhost",
        "admin.localhost",
        "x.blogs.localhost",
        "LOCALHOST:80",
    ):
        assert stand.get(Host=host).replica == "replica1", host
    assert stand.get(Host="captain.localhost").replica == "replica2"
    for host in ("nobody.localhost", "blogs.localhost", "example.org", stand.ip):
        stranger = stand.get(Host=host, Accept="text/html")
        assert stranger.status == 404 and "x-replica" not in stranger.headers, host
        assert b"answers to localhost" in stranger.body and b"<h1>" in stranger.body
    assert stand.get(Host="example.org", Accept="application/json").json["code"] == "unknown_host"
    hostile = stand.get(Host="<script>alert(1)</script>", Accept="text/html")
    assert b"<script>" not in hostile.body


def test_inner_paths_are_closed_outside(shipped):
    """/metrics, /healthz and /readyz of a replica cannot be had through the edge, however written."""
    stand, app, _ = shipped
    before = app.count("requests")
    for path in (
        "/metrics",
        "/healthz",
        "/readyz",
        "/readyz/",
        "//readyz",
        "/%72eadyz",
        "/x/../readyz",
        "/readyz?x=1",
    ):
        assert stand.get(path).status == 404, path
    assert app.count("requests") == before


def test_a_replica_is_told_the_truth_about_the_client(shipped):
    """Forwarding headers are written, not appended to; what concerns one hop ends at the edge."""
    stand, _, _ = shipped
    answer = stand.get(
        "/headers", Host="app.localhost:8080", X_Forwarded_For="6.6.6.6", X_Real_IP="6.6.6.6",
        Forwarded="for=6.6.6.6", X_Forwarded_Proto="https", X_Request_ID="mine", Connection="close, X-Hop",
        X_Hop="1", Proxy="evil", Keep_Alive="5", Upgrade="h2c", TE="trailers", X_Kept="yes",
    )  # fmt: skip
    told = {name.lower(): value for name, value in (line.split(": ", 1) for line in answer.json["headers"])}
    assert told["host"] == "app.localhost:8080"
    assert "6.6.6.6" not in json.dumps(told)
    assert told["x-forwarded-for"] == told["x-real-ip"]
    assert told["x-forwarded-proto"] == "http"
    assert told["x-request-id"] == answer.headers["x-request-id"] != "mine"
    assert told["x-kept"] == "yes"
    assert not {"x-hop", "proxy", "keep-alive", "upgrade", "te", "forwarded", "connection"} & told.keys()


def test_https_with_a_certificate_of_its_own(shipped):
    """Without a certificate the edge makes one; the replica learns that it was HTTPS."""
    stand, _, _ = shipped
    trusting = ssl._create_unverified_context()
    request = urllib.request.Request(
        f"https://{stand.ip}:8443/headers", headers={"Host": "localhost"}, data=b"x" * 100_000
    )
    with urllib.request.urlopen(request, context=trusting, timeout=30) as response:
        assert "X-Forwarded-Proto: https" in json.load(response)["headers"]


def test_a_body_beyond_the_limit_is_refused_with_a_page(shipped):
    """413 in the edge's own words, and nothing reaches a replica."""
    stand, app, _ = shipped
    before = app.count("requests")
    refused = stand.get("/api/v1/x", "POST", b"", Content_Length=str(17 * 2**20), Connection="close")
    assert refused.status == 413 and refused.json["code"] == "content_too_large"
    assert app.count("requests") == before


def test_series_of_every_service_exist_before_its_first_request(stand):
    """Prometheus sees a zero, not an absence."""
    made = stand(0)
    metrics = made.metrics()
    durations = ("request_duration_seconds_sum", "request_duration_seconds_count")
    totals = ("requests_total", "demand_seconds_total", "sent_bytes_total", "received_bytes_total")
    for name in (*totals, *durations, "in_flight", "queued", "streams"):
        assert metrics[f'{name}{{service="flotilla_app"}}'] == 0
    for status in ("2xx", "3xx", "4xx", "5xx"):
        assert made.metric("responses_total", **{"class": status}) == 0
    for reason in ("queue_full", "queue_timeout"):
        assert made.metric("rejected_total", reason=reason) == 0
    for bound in ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"):
        assert made.metric("request_duration_seconds_bucket", le=bound) == 0


def test_requests_are_counted_and_logged(stand):
    """Arrivals, classes, bytes, durations; one JSON object per request in the log."""
    made = stand(1)
    for number in range(20):
        made.get(f"/page{number}", "POST", b"x" * 1000)
    metrics = eventually(
        lambda: (m := made.metrics())['responses_total{service="flotilla_app",class="2xx"}'] == 20 and m
    )
    assert metrics['requests_total{service="flotilla_app"}'] == 20
    assert metrics['request_duration_seconds_count{service="flotilla_app"}'] == 20
    assert metrics['received_bytes_total{service="flotilla_app"}'] > 20 * 1000
    assert metrics['sent_bytes_total{service="flotilla_app"}'] > 20 * 100

    def logged() -> list[dict]:
        lines = [json.loads(line) for line in made.edge.logs().splitlines() if line.startswith("{")]
        return [line for line in lines if "path" in line]  # the agent and nginx' errors write JSON too

    eventually(lambda: len(logged()) == 20)
    assert {entry["service"] for entry in logged()} == {"flotilla_app"}
    assert {entry["path"] for entry in logged()} == {f"/page{number}" for number in range(20)}
