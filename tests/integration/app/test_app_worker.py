"""The worker: counts posts, one worker at a time, and finishes what it began."""

from __future__ import annotations

from typing import Any

import pytest

from app.models.base import DEFAULT_ORGANISATION
from tests.docker_cli import Resources, eventually
from tests.integration.app.conftest import Platform, finished
from tests.integration.app.http_client import Client

OFTEN = {"FLOTILLA_RECOUNT_SECONDS": "0.2"}
LOCK = 0x464C4F54_0001
DONE = 'flotilla_jobs_total{job="recount",outcome="done"}'
ELSEWHERE = 'flotilla_jobs_total{job="recount",outcome="elsewhere"}'


@pytest.fixture
def two_posts(app: Client, site: Any) -> str:
    """The path of a site with two posts that nobody has counted."""
    for title in ("one", "two"):
        app.post(f"/api/v1/sites/{site['id']}/posts", {"title": title, "body": ""})
    path = f"/api/v1/sites/{site['id']}"
    assert app.get(path).json["post_count"] == 0
    return path


def test_posts_are_counted_by_one_worker_at_a_time(
    platform: Platform, resources: Resources, app: Client, two_posts: str
) -> None:
    """While another transaction has the job's lock a worker leaves it alone; afterwards the count is right."""
    with platform.owner() as owner:
        owner.execute("BEGIN")
        owner.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        _, worker = platform.worker(resources, OFTEN)
        eventually(lambda: worker.metric(ELSEWHERE) >= 2)
        assert app.get(two_posts).json["post_count"] == 0
        assert worker.metric(DONE) == 0
        owner.execute("COMMIT")
    eventually(lambda: app.get(two_posts).json["post_count"] == 2)
    assert worker.metric("flotilla_engine_pool_size") == 1


def test_a_worker_finishes_its_job_and_exits_0(
    platform: Platform, resources: Resources, app: Client, two_posts: str
) -> None:
    """A recount that waits for a row when SIGTERM comes is done before the worker goes, and no other is begun."""
    with platform.acting_for() as tenant:
        tenant.execute("BEGIN")
        tenant.execute("SELECT 1 FROM site WHERE id = %s FOR UPDATE", (two_posts.rsplit("/")[-1],))
        container, worker = platform.worker(resources)
        eventually(lambda: worker.metric("flotilla_engine_pool_checked_out") == 1)
        container.kill("TERM")
        eventually(lambda: not answers(worker))
        assert container.running
        tenant.execute("COMMIT")
    assert finished(container) == 0, container.logs()
    assert app.get(two_posts).json["post_count"] == 2


def test_a_worker_survives_the_database(platform: Platform, resources: Resources, app: Client, two_posts: str) -> None:
    """Without it the job fails and is tried again; the worker stays, and healthy."""
    container, worker = platform.worker(resources, OFTEN)
    eventually(lambda: app.get(two_posts).json["post_count"] == 2)
    platform.pgbouncer.stop(5)
    try:
        failed = 'flotilla_jobs_total{job="recount",outcome="failed"}'
        eventually(lambda: worker.metric(failed) >= 1, 60)
        assert worker.get("/healthz").status == 200
    finally:
        platform.pgbouncer.start()
    app_posts = f"{two_posts}/posts"
    eventually(lambda: app.post(app_posts, {"title": "three", "body": ""}).status == 201)
    eventually(lambda: app.get(two_posts).json["post_count"] == 3, 60)
    assert container.running


def test_what_is_kept_for_a_day_is_forgotten(
    platform: Platform, resources: Resources, app: Client, two_posts: str
) -> None:
    """Answers to requests with an Idempotency-Key of yesterday, and counts of past minutes; today's stay."""
    for key in ("old", "new"):
        headers = {"Idempotency-Key": f"{key} {two_posts[-36:]}".replace(" ", "-")}
        assert app.post(f"{two_posts}/posts", {"title": key, "body": ""}, headers=headers).status == 201
    old = "WHERE body LIKE '%' || convert_to('\"title\":\"old\"', 'UTF8') || '%'"
    platform.superuser(
        f"UPDATE idempotency_key SET created_at = now() - interval '25 hours' {old}",
        "INSERT INTO request_count (organisation_id, caller_id, minute_at, requests)"
        f" VALUES ('{DEFAULT_ORGANISATION}', '{DEFAULT_ORGANISATION}', '2026-01-01', 1)",
    )
    _, worker = platform.worker(resources)
    eventually(lambda: worker.metric('flotilla_jobs_total{job="clean",outcome="done"}') == 1)
    left = "SELECT count(*) FROM"
    assert platform.superuser(f"{left} idempotency_key {old}") == "0"
    assert platform.superuser(f"{left} idempotency_key WHERE created_at > now() - interval '1 hour'") != "0"
    assert platform.superuser(f"{left} request_count WHERE minute_at < '2026-02-01'") == "0"


def answers(worker: Client) -> bool:
    """Whether its listener is open."""
    try:
        worker.get("/healthz")
    except OSError:
        return False
    return True
