"""What Prometheus and the autoscaler say of this second. A source that does not answer gives None, never
zero.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from swarm.spike import wire

# Less than the second that a row of the table takes.
TIMEOUT_SECONDS = 0.9
QUEUED = 'sum(flotilla_edge_queued{service="%s"})'
# After a restart of Prometheus the series of an exporter that has gone meanwhile stand beside the new ones for minutes.
CONNECTIONS = (
    'sum({__name__=~"pgbouncer_pools_server_.+_connections",user="flotilla_app"}'
    ' and on (instance) (time() - timestamp(up{job="pgbouncer"}) < 5))'
)
CAP = 'max(pgbouncer_databases_max_connections{name="flotilla"})'


@dataclass(frozen=True, slots=True)
class Seen:
    """Requests queued at the edges, the app role's server connections, the last decision's reason."""

    queued: float | None
    db_connections: int | None
    reason: str | None


def scalar(answer: dict[str, Any]) -> float | None:
    """The one value of an instant query's answer; None for no data or a value that is no number."""
    result = answer.get("data", {}).get("result", [])
    if len(result) != 1:
        return None
    value = float(result[0]["value"][1])
    return value if value == value else None  # NaN: no data


class Watch:
    """Asks Prometheus and the autoscaler of the stack."""

    def __init__(self, prometheus: str, autoscaler: str, service: str) -> None:
        """``prometheus`` and ``autoscaler`` are URLs, ``service`` the full Swarm service name."""
        self._prometheus = prometheus
        self._autoscaler = autoscaler
        self._service = service

    async def seen(self) -> Seen:
        """This second's figures."""
        queued, connections, reason = await asyncio.gather(
            self._query(QUEUED % self._service), self._query(CONNECTIONS), self._reason()
        )
        return Seen(queued, None if connections is None else int(connections), reason)

    async def cap(self) -> int | None:
        """PgBouncer's limit of server connections for the database, None where its exporter does not tell."""
        value = await self._query(CAP)
        return int(value) if value else None

    async def _query(self, expression: str) -> float | None:
        answer = await self._json(self._prometheus, "/api/v1/query?" + urlencode({"query": expression}))
        return None if answer is None else scalar(answer)

    async def _reason(self) -> str | None:
        answer = await self._json(self._autoscaler, "/decisions?" + urlencode({"service": self._service, "last": 1}))
        decisions = answer.get("decisions") if answer else None
        return str(decisions[-1]["reason"]) if decisions else None

    async def _json(self, base: str, path: str) -> dict[str, Any] | None:
        url = urlsplit(base)
        host, port = url.hostname or "", url.port or 80
        try:
            return wire.decoded(
                await wire.fetch(
                    host, port, wire.request_bytes("GET", path, url.netloc), timeout_seconds=TIMEOUT_SECONDS
                )
            )
        except (wire.WireError, OSError, TimeoutError):
            return None  # shown as "?" and recorded as missing
