"""Captain's interfaces over a Swarm in memory, asked without a network."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Mount

from captain.accounts.users import Users
from captain.api.open_streams import OpenStreams
from captain.apps.app_rollout import Place
from captain.apps.app_routes import routes
from captain.apps.app_truth import EdgeSight
from captain.apps.app_work import AppWork
from captain.audit import Audit, Entry, StoreAway
from captain.audit_spool import Spool
from captain.builds.builds import Builds
from captain.credentials import Domains
from captain.deployments import Deployments
from captain.git.keys import Keys
from captain.ledger import Ledger
from captain.serve import add_interfaces
from captain.source_work import SourceWork
from swarm.engine import Engine
from tests.unit.captain.test_captain_app_rollout import Apps

KEYS = Keys(b"m" * 32)


class Store:
    """The audit's table; `away` is why it cannot be asked."""

    def __init__(self) -> None:
        self.rows: dict[str, Entry] = {}
        self.away = ""

    def keep(self, entries: Sequence[Entry]) -> None:
        if self.away:
            raise StoreAway(self.away)
        self.rows = {**{entry.id: entry for entry in entries}, **self.rows}

    def newest(self, most: int, before: str) -> list[Entry]:
        if self.away:
            raise StoreAway(self.away)
        found = sorted(self.rows.values(), key=lambda entry: entry.id, reverse=True)
        return [entry for entry in found if not before or entry.id < before][:most]


def place(swarm: Apps, say: Callable[[str], object]) -> Place:
    """With an edge that knows every host that it would be told of."""

    def sights() -> list[EdgeSight] | str:
        seen = swarm.seen_by_the_edge()
        if isinstance(seen, str):
            return seen
        told = routes(swarm.kept.values(), "localhost")
        hosts = {entry["host"]: entry["service"] for entry in told}
        asks = {entry["host"]: entry["auth"] for entry in told if "auth" in entry}
        users = {host: (auth["user"], auth["hash"]) for host, auth in asks.items()}
        return [replace(edge, services=hosts, users=users) for edge in seen]

    return replace(swarm.place(), say=say, sights=sights)


class Captain:
    """`token` is the first user's. Time passes in the Swarm when captain waits for it.

    Builds are the Swarm's, too, unless an engine is named; sources lie in `folder`.
    """

    def __init__(
        self,
        build_engine: Callable[[], Engine] | None = None,
        folder: Path | None = None,
        swarm: Apps | None = None,
    ) -> None:
        self._build_engine = build_engine or (lambda: self.swarm)  # type: ignore[return-value]
        self.folder = folder or Path(tempfile.mkdtemp())
        self.swarm = swarm or Apps()
        self.store = Store()
        self.audit = Audit(Spool(Path(tempfile.mkdtemp())), self.store)
        self.users = Users(lambda: self.swarm, "flotilla")  # type: ignore[arg-type,return-value]
        self.token = self.users.add_first() or ""
        self.changes = Path(tempfile.mkdtemp())
        self.ledger = Ledger(self.changes, KEYS.changes())
        self.restart()

    def restart(self, remembers: bool = True, begins: bool = True) -> None:
        """Another process: on the same node, or on one where captain never was, which remembers nothing.

        One that does not begin takes what is asked, and is killed before it does any of it.
        """
        self.ledger.close()
        if not remembers:
            self.changes = Path(tempfile.mkdtemp())
        self.ledger = Ledger(self.changes, KEYS.changes())
        self.deployments = Deployments(self.ledger)
        work = AppWork(lambda say: place(self.swarm, say), self.deployments)
        self.app = FastAPI()
        builds = Builds(self._build_engine, self.folder)
        sources = SourceWork(builds, work, lambda engine, say: None)
        status = {"stack": "flotilla", "services": [], "notes": ["ALERTS  none fires"]}
        add_interfaces(self.app, work, sources, self.users, self.audit, KEYS, Domains.of(""), lambda: status)
        assert not begins or self.deployments.resume()

    @property
    def threads(self) -> OpenStreams:
        """Of its own API: places for streams that cost a thread."""
        found: OpenStreams = self._own_state().threads
        return found

    @property
    def uploads(self) -> OpenStreams:
        """And for sources that are received."""
        found: OpenStreams = self._own_state().uploads
        return found

    def _own_state(self) -> Any:
        mounted: Any = next(route.app for route in self.app.routes if isinstance(route, Mount))
        return mounted.state

    async def send(self, method: str, path: str, headers: dict[str, str], **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://captain.localhost", timeout=60) as client:
            return await client.request(method, path, headers=headers, **more)

    async def caprover(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """The envelope; `headers` with underscores, in place of the first user's token."""
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"x-namespace": "captain"} | (own or {"x-captain-auth": self.token})
        answer = await self.send(method, f"/api/v2{path}", sent, json=body)
        assert answer.status_code == 200, "anything else is fatal to CapRover's clients"
        found: dict[str, Any] = answer.json()
        assert set(found) == {"status", "description", "data"}
        return found

    async def own(self, method: str, path: str, body: object = None, token: str | None = None) -> httpx.Response:
        bearer = self.token if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return await self.send(method, f"/api/v1{path}", headers, json=body)
