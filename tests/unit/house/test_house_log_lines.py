"""What cannot write JSON itself is put into JSON by sed, whatever is in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NGINX, PGBOUNCER = "nginx/errors.sed", "swarm/pgbouncer/log.sed"


def as_json(script: str, line: bytes) -> dict[str, object]:
    done = subprocess.run(
        ["sed", "-u", "-E", "-f", ROOT / script], input=line, capture_output=True, check=True, env={"LC_ALL": "C"}
    )
    (text,) = done.stdout.decode("utf-8", "replace").splitlines()
    parsed: dict[str, object] = json.loads(text)
    return parsed


def test_nginx_errors_have_time_level_and_connection() -> None:
    """The connection is what leads to the access log's line, and so to the request's id."""
    line = (
        rb'2026/11/22 23:41:41 [error] 12#13: *77 upstream said "a\b", client: 10.0.0.1, request: "GET /\x22 HTTP/1.1"'
    )
    assert as_json(NGINX, line) == {
        "time": "2026-11-22T23:41:41+00:00",
        "level": "error",
        "logger": "nginx",
        "connection": 77,
        "message": r'upstream said "a\b", client: 10.0.0.1, request: "GET /\x22 HTTP/1.1"',
    }
    assert as_json(NGINX, b"2026/11/22 23:41:41 [emerg] 1#1: no more")["message"] == "no more"


def test_pgbouncer_lines_have_time_and_level() -> None:
    """PgBouncer's own prefix becomes keys."""
    line = b'2026-11-22 23:41:41.123 UTC [1] WARNING C-0x55: flotilla/app@10.0.0.1:1 "x" closing'
    assert as_json(PGBOUNCER, line) == {
        "time": "2026-11-22T23:41:41.123+00:00",
        "level": "warning",
        "logger": "pgbouncer",
        "message": 'C-0x55: flotilla/app@10.0.0.1:1 "x" closing',
    }


@pytest.mark.parametrize("script", [NGINX, PGBOUNCER])
@pytest.mark.parametrize("line", [b"", b"}", b'"\\', b"\ttab \x01\x1b[31m", "ü \\u0041".encode(), b"{&}"])
def test_any_other_line_is_a_message(script: str, line: bytes) -> None:
    """Whatever a program writes, each line is one object."""
    assert set(as_json(script, line + b"\n")) == {"logger", "message"}
