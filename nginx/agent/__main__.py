"""Runs the agent: ``python -m nginx.agent``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Mapping
from functools import partial

from nginx.agent import app_routes, certificates, dns, probe, push, replicas, routes, settings
from nginx.agent.app_routes import AppRoutesError
from nginx.agent.jsonlines import JsonLines
from nginx.agent.replicas import ReplicaList
from nginx.agent.routes import Routes, RoutesError, Service
from nginx.agent.settings import Settings

log = logging.getLogger("edge.agent")


class Agent:
    """The lists as they are now, and the tasks that keep them so."""

    def __init__(self, settings: Settings, routes: Routes) -> None:
        self._certificates: Mapping[str, float] = {}
        self._settings = settings
        self._shipped = routes
        self._routes = routes
        self._lists: dict[str, ReplicaList] = {}
        self._watches: dict[Service, asyncio.Task[None]] = {}
        self._probes: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Watches every service and pushes each change; ends only by an error, which ends the program."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_certificates())
            kept = app_routes.read(self._settings.app_routes_file) if self._settings.app_routes_url else None
            self._route(self._shipped, group)
            if kept is not None:
                self._take(kept, group)
            if self._settings.app_routes_url:
                group.create_task(self._follow_captain(kept, group))
            group.create_task(self._push())

    async def _follow_captain(self, kept: str | None, group: asyncio.TaskGroup) -> None:
        """Asks for the apps' routes again and again; what captain said last holds while it says nothing."""
        latest, failing = kept, False
        while True:
            await asyncio.sleep(settings.APP_ROUTES.total_seconds())
            try:
                answer = await app_routes.ask(self._settings.app_routes_url, settings.APP_ROUTES_TIMEOUT)
            except AppRoutesError as error:
                if not failing:
                    log.warning("%s; the routes of apps stay as they are", error)
                failing = True
                continue
            failing = False
            if answer == latest:
                continue
            latest = answer
            if self._take(answer, group):
                try:
                    app_routes.keep(self._settings.app_routes_file, answer)
                except OSError as error:
                    log.warning("the routes of apps cannot be kept on disk: %s; they are lost at a restart", error)

    def _take(self, answer: str, group: asyncio.TaskGroup) -> bool:
        """Routes as captain says, beside the shipped ones; False, and nothing changes, if they cannot be used."""
        try:
            whole, refused = routes.joined(self._shipped, app_routes.parse(answer, self._settings.names))
        except RoutesError as error:
            log.error("the routes of apps stay as they are: %s", error)
            return False
        if refused:
            log.warning("apps may not have hosts or services of the platform: %s", ", ".join(refused))
        self._route(whole, group)
        return True

    def _route(self, whole: Routes, group: asyncio.TaskGroup) -> None:
        """Watches the services of these routes, and no others; lists of those that stay are kept."""
        for service in set(self._watches) - set(whole.services):
            self._watches.pop(service).cancel()
        names = {service.name for service in whole.services}
        self._lists = {name: self._lists.get(name, ReplicaList()) for name in names}
        for service in whole.services:
            if service not in self._watches:
                self._watches[service] = group.create_task(self._watch(service, group))
        self._routes = whole
        self._changed.set()

    async def _watch(self, service: Service, group: asyncio.TaskGroup) -> None:
        while True:
            started = time.monotonic()
            answer = await dns.tasks_of(service.name)
            self._update(
                service.name,
                replicas.listed(
                    self._lists[service.name], answer, time.monotonic(), probed=service.readiness is not None
                ),
            )
            if service.readiness is not None:
                self._probe_due(service, service.readiness, group)
            await asyncio.sleep(max(0.0, started + settings.POLL.total_seconds() - time.monotonic()))

    async def _watch_certificates(self) -> None:
        while True:
            self._certificates = await certificates.expiries(self._settings.certificate)
            await asyncio.sleep(settings.CERTIFICATES.total_seconds())

    def _probe_due(self, service: Service, path: str, group: asyncio.TaskGroup) -> None:
        """Starts the probes that are due, beside the watch: a late replica must not delay the list."""
        now = time.monotonic()
        for replica in self._lists[service.name].replicas:
            key = (service.name, replica.address)
            if key not in self._probes and replicas.due(replica, now, settings.POLL, settings.READY_PROBE):
                task = group.create_task(self._probe(service, replica.address, path))
                self._probes[key] = task
                task.add_done_callback(partial(self._probed, key))

    def _probed(self, key: tuple[str, str], _: asyncio.Task[None]) -> None:
        del self._probes[key]

    async def _probe(self, service: Service, address: str, path: str) -> None:
        outcome = await probe.ask(address, service.port, path, settings.PROBE_TIMEOUT)
        before = self._lists.get(service.name, ReplicaList())
        self._update(service.name, replicas.probed(before, address, outcome, time.monotonic()))

    def _update(self, name: str, latest: ReplicaList) -> None:
        if name not in self._lists:
            return  # a probe came back late: its app is gone
        before, after = _described(self._lists[name]), _described(latest)
        self._lists[name] = latest
        if before != after:
            log.info("%s: %s", name, after)
            self._changed.set()

    async def _first_look(self) -> None:
        """Until every list is known and probed, or SETTLE is over: an agent that starts again must not push less
        than nginx already has."""
        deadline = time.monotonic() + settings.SETTLE.total_seconds()
        while time.monotonic() < deadline:
            if all(replica_list.looked for replica_list in self._lists.values()) and not self._probes:
                return
            await asyncio.sleep(0.02)

    async def _push(self) -> None:
        """Pushes at once what changed, and everything every second: nginx may have started again."""
        await self._first_look()
        failing = False
        while True:
            self._changed.clear()
            try:
                await push.push(
                    self._settings.socket,
                    push.document(
                        self._settings.names.domain,
                        self._routes,
                        self._lists,
                        time.monotonic(),
                        self._certificates,
                    ),
                )
                failing = False
            except push.PushError as error:
                if not failing:
                    log.warning("%s; trying again", error)
                failing = True
                await asyncio.sleep(0.1)
                continue
            try:
                async with asyncio.timeout(settings.HEARTBEAT.total_seconds()):
                    await self._changed.wait()
            except TimeoutError:
                pass


def _described(replica_list: ReplicaList) -> str:
    ready = [r.address for r in replica_list.replicas if r.ready]
    waiting = [r.address for r in replica_list.replicas if not r.ready]
    return f"{len(ready)} ready [{' '.join(ready)}]" + (f", not ready [{' '.join(waiting)}]" if waiting else "")


def main() -> int:
    """Reads the routes and runs; returns 1 after one sentence when the routes file cannot be used."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[output])
    logging.captureWarnings(True)
    configured = settings.from_environment(os.environ)
    try:
        parsed = routes.parse(configured.routes_file.read_text(encoding="utf-8"), configured.names)
    except (OSError, UnicodeDecodeError) as error:
        log.error("the routes file cannot be read: %s; set FLOTILLA_ROUTES_FILE", error)
        return 1
    except RoutesError as error:
        log.error("%s: %s", configured.routes_file, error)
        return 1
    asyncio.run(Agent(configured, parsed).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
