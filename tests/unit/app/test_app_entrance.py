"""Every request's way in: probes, request ids, surfaces of their own, errors in one form."""

from __future__ import annotations

import json
import logging
import re
import sys
import warnings
from typing import cast

import pytest

from app.accounts.service import Service
from app.asgi import App, Receive, Scope, Send, answer
from app.db import commented
from app.entrance import Entrance
from app.errors import PlatformError, database_unavailable
from app.hosts import Hosts, Surface
from app.lifecycle import Lifecycle
from app.observability import JsonLines, Metrics, job_id, log_as_json, request_id
from app.settings import Settings
from app.surfaces import admin, dashboard, marketing
from app.surfaces.api import is_upload
from app.surfaces.pages import no_such_host
from tests.unit.app.asgi_client import ask

SETTINGS = Settings(max_body_bytes=100, max_media_bytes=200)
NO_ACCOUNTS = cast(Service, None)


async def unused(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("not asked for")


def entrance(lifecycle: Lifecycle | None = None, api: App = unused, metrics: Metrics | None = None) -> Entrance:
    surfaces: dict[Surface, App] = {
        Surface.MARKETING: marketing.create(SETTINGS),
        Surface.DASHBOARD: dashboard.create(SETTINGS),
        Surface.ADMIN: admin.create(SETTINGS, NO_ACCOUNTS, secrets=["secret"]),
        Surface.API: api,
        Surface.BLOG: unused,
        Surface.NONE: no_such_host,
    }
    hosts = Hosts("localhost", "blogs.localhost")
    return Entrance(hosts, surfaces, lifecycle or Lifecycle(), metrics or Metrics(), SETTINGS, is_upload)


async def test_probes_follow_the_lifecycle() -> None:
    """Health begins with the first success and stays; readiness ends with draining. On any host."""
    life = Lifecycle()
    app = entrance(life)

    async def probes() -> tuple[int, int]:
        return (await ask(app, "/healthz", host="x")).status, (await ask(app, "/readyz", host="y")).status

    assert await probes() == (503, 503)
    life.warm()
    assert await probes() == (200, 200)
    life.drain()
    assert await probes() == (200, 503)


async def test_draining_answers_ask_to_close_the_connection() -> None:
    """And no other answer does: kept-alive connections are what makes the edge cheap."""
    life = Lifecycle()
    app = entrance(life)
    life.warm()
    assert "connection" not in (await ask(app)).headers
    life.drain()
    for path in ("/", "/missing", "/healthz", "/metrics"):
        assert (await ask(app, path)).headers["connection"] == "close"


@pytest.mark.parametrize(
    ("host", "label"),
    [("localhost", "Flotilla"), ("app.localhost", "Dashboard"), ("admin.localhost", "Administration")],
)
async def test_each_surface_has_pages_of_its_own(host: str, label: str) -> None:
    """A page of another surface is never shown, neither at `/` nor where nothing is."""
    app = entrance()
    page = await ask(app, host=host)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "$" not in page.body.decode()
    missing = await ask(app, "/missing", host=host)
    assert missing.status == 404
    both = page.body.decode() + missing.body.decode()
    labels = re.findall('<p class="mark">(.*?)</p>', both)
    assert labels == [label, label]


async def test_pages_can_only_be_read() -> None:
    """Other methods get 405; HEAD gets the headers alone."""
    app = entrance()
    assert (await ask(app, method="POST")).status == 405
    head = await ask(app, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 0


async def test_an_unknown_host_gets_404() -> None:
    """And no surface's page."""
    unknown = await ask(entrance(), host="example.com")
    assert (unknown.status, unknown.json()["code"]) == (404, "unknown_host")


async def test_the_edges_request_id_comes_back() -> None:
    """So that the edge's log and ours can be joined; what no log line can carry is replaced."""
    app = entrance()
    assert (await ask(app, headers=[("X-Request-ID", "abc-123")])).headers["x-request-id"] == "abc-123"
    for bad in ("", "a b", "x" * 65, 'a"b'):
        made = (await ask(app, headers=[("X-Request-ID", bad)])).headers["x-request-id"]
        assert made != bad
        assert len(made) == 32


async def test_errors_have_one_form() -> None:
    """Status, headers, code and sentence are those of the error."""

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise database_unavailable()

    failed = await ask(entrance(api=failing), "/api/v1/x", host="app.localhost")
    assert (failed.status, failed.headers["retry-after"]) == (503, "1")
    assert failed.json()["code"] == "database_unavailable"


async def test_a_mistake_is_logged_and_answered_without_details(caplog: pytest.LogCaptureFixture) -> None:
    """500 with the request's id; the traceback is in the log and nowhere else."""

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("a detail")

    failed = await ask(entrance(api=failing), "/api/v1/x", host="app.localhost")
    assert (failed.status, failed.json()["code"]) == (500, "internal")
    assert b"a detail" not in failed.body
    assert "a detail" in caplog.text


async def test_half_an_answer_is_broken_off() -> None:
    """An error after the answer began must not look like a complete answer."""

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise PlatformError(500, "late", "Too late.")

    with pytest.raises(PlatformError):
        await ask(entrance(api=failing), "/api/v1/x", host="app.localhost")


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the number of bytes of the request's body."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message["body"])
        more = message["more_body"]
    await answer(scope, send, 200, b"text/plain", b"%d" % size)


@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 413)])
async def test_bodies_are_limited(size: int, status: int) -> None:
    """Announced or in pieces: the limit is the same."""
    app = entrance(api=reading)
    parts = [b"x" * 60, b"x" * (size - 60)]
    announced = [("Content-Length", str(size))]
    chunked = [("Transfer-Encoding", "chunked")]
    for headers in (announced, chunked):
        sent = await ask(app, "/api/x", host="app.localhost", method="POST", headers=headers, body=parts)
        assert sent.status == status
    assert sent.body == b"100" or sent.json()["code"] == "too_large"


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        *(("POST", "/api/v1/sites/x/media", 200, 200), ("POST", "/api/v1/sites/x/media", 201, 413)),
        *(("PATCH", "/api/v1/sites/x/media", 101, 413), ("POST", "/api/v1/sites/x/posts", 101, 413)),
        ("POST", "/api/v1/sites/x/media/y", 101, 413),
    ],
)
async def test_a_file_may_be_larger(method: str, path: str, size: int, status: int) -> None:
    """Where one is uploaded, and nowhere else."""
    headers = [("Content-Length", str(size))]
    body = [b"x" * size]
    sent = await ask(entrance(api=reading), path, host="app.localhost", method=method, headers=headers, body=body)
    assert sent.status == status


async def test_requests_are_counted_by_surface_and_probes_are_not() -> None:
    """With a method that is a word of HTTP, so that nobody can fill the memory with series."""
    metrics = Metrics()
    app = entrance(metrics=metrics)
    await ask(app)
    await ask(app, method="INVENTED", host="admin.localhost")
    await ask(app, "/healthz")
    shown = (await ask(app, "/metrics")).body.decode()
    assert 'flotilla_http_requests_total{method="GET",status="200",surface="marketing"} 1.0' in shown
    assert 'flotilla_http_requests_total{method="other",status="405",surface="admin"} 1.0' in shown
    assert shown.count("flotilla_http_requests_total{") == 2
    assert 'flotilla_http_request_duration_seconds_count{surface="marketing"} 1.0' in shown
    assert "flotilla_ready 0.0" in shown


def test_logs_are_lines_of_json_with_the_request_id() -> None:
    """One object a line, whatever the message holds."""
    record = logging.LogRecord("app.x", logging.ERROR, "x.py", 1, "two\nlines %s", ("ü",), None)
    token = request_id.set("abc")
    line = JsonLines().format(record)
    request_id.reset(token)
    assert "\n" not in line
    shown = json.loads(line)
    assert (shown["level"], shown["message"], shown["request_id"]) == ("error", "two\nlines ü", "abc")


def test_warnings_and_the_last_error_are_lines_of_json_too(capfd: pytest.CaptureFixture[str]) -> None:
    """Python's warnings, a library's, and what ends the process: nothing comes out in another form."""
    hook, root = sys.excepthook, logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        log_as_json()
        warnings.warn('old "ways"', DeprecationWarning, stacklevel=1)
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        logging.getLogger("sqlalchemy.pool").error("a connection is gone")
        try:
            raise RuntimeError("no way out")
        except RuntimeError as error:
            sys.excepthook(RuntimeError, error, error.__traceback__)
    finally:
        sys.excepthook = hook
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["logger"] for line in lines] == ["py.warnings", "uvicorn.error", "sqlalchemy.pool", "app"]
    assert 'old "ways"' in lines[0]["message"]
    assert (lines[3]["level"], lines[3]["message"]) == ("critical", "the process ends: no way out")
    assert "RuntimeError" in lines[3]["exception"]


@pytest.mark.parametrize(
    "hostile", ["", "a'b", "a*/ DROP TABLE post; --", "a%sb", "a\\b", "a b", "ü", "x" * 65, "a\n", "a?b", "a$1"]
)
def test_only_a_well_formed_id_gets_into_a_statement(hostile: str) -> None:
    """What could end the comment, a quotation, or be taken for a parameter leaves the statement as it was."""
    assert commented("SELECT 1", hostile) == "SELECT 1"
    assert commented("SELECT 1", "0a-B_c.d:e") == "SELECT 1 /*request_id='0a-B_c.d:e'*/"


def test_a_job_has_an_id_of_its_own() -> None:
    """Each run another one, and none is left behind."""
    with job_id() as first:
        assert request_id.get() == first
    with job_id() as second:
        assert second != first
    assert request_id.get() == ""
