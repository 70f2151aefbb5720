"""What an app's figures mean, and how they are told."""

from __future__ import annotations

import math

from captain.apps.app_metrics import Figures, as_json, as_lines, expression, figures, told
from tests.unit.captain.memory_captain import Captain


def test_what_is_not_known_is_told_as_such_and_never_as_zero() -> None:
    """A dash for people, null for programs; a true zero is one."""
    found = figures(
        [
            ({"figure": "requests_per_second"}, 0.0),
            ({"figure": "p95_seconds"}, math.nan),
            ({"figure": "cpu"}, 0.25),
            ({"figure": "memory_bytes"}, 3 * 2.0**20),
            ({"figure": "of another version"}, 1.0),
        ]
    )
    assert found == Figures(requests_per_second=0.0, cpu=0.25, memory_bytes=3 * 2.0**20)
    assert as_lines(found) == [
        "replicas   – of – ready",
        "requests   0.0/s",
        "p95        –",
        "errors     – of the answers",
        "CPU        25.0 % of the limit, at most –; – CPUs in all",
        "memory     – of the limit, at most –; 3 MiB in all",
    ]
    row = as_json("shop", found)
    assert (row["app"], row["requests_per_second"], row["p95_seconds"]) == ("shop", 0.0, None)
    assert told(row) == found, "a laptop says the same of what the API told it"


def test_one_query_asks_for_every_figure_of_one_app() -> None:
    """Each under its name, and nothing of another app."""
    asked = expression("shop")
    assert all(
        f'"figure", "{name}"' in asked for name in as_json("shop", Figures()) if name not in ("app", "over_seconds")
    )
    assert asked.count("{") - asked.count("{service=") == 0


async def test_the_api_says_that_prometheus_is_away() -> None:
    """503, and not figures of nothing; 404 for no app, 401 without a token."""
    captain = Captain()
    captain.swarm.apply()
    away = await captain.own("GET", "/apps/shop/metrics")
    assert (away.status_code, away.json()["code"]) == (503, "metrics_away")
    assert (await captain.own("GET", "/apps/none/metrics")).status_code == 404
    assert (await captain.own("GET", "/apps/shop/metrics", token="")).status_code == 401
