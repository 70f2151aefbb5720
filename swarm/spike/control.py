"""The scaled service, through the engine: how many replicas, one scale call, the autoscaler's switch."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from swarm.engine import Engine, EngineError, NotFound, OutOfSequence, Service

AUTOSCALE = "flotilla.autoscale."
ENABLED = AUTOSCALE + "enabled"
MINIMUM = AUTOSCALE + "min"
OBJECTIVE = AUTOSCALE + "objective_ms"
TRIES = 10

T = TypeVar("T")


class Control(Protocol):
    """What a pass needs of the service it puts under load. Everything may raise EngineError."""

    async def replicas(self) -> tuple[int, int]:
        """(wanted, ready)."""
        ...

    async def settled(self, replicas: int | None, seconds: float) -> bool:
        """Waits until as many replicas as wanted are ready, and that is ``replicas`` if given. False: not in time."""
        ...

    async def scale(self, replicas: int) -> None:
        """One manual scale call."""
        ...

    async def set_label(self, name: str, value: str | None) -> str | None:
        """Sets (None: removes) a service label, which restarts nothing; returns what it was."""
        ...

    async def labels(self) -> dict[str, str]:
        """The service's labels."""
        ...


class SwarmControl:
    """`Control` of a Swarm service. The SDK blocks, so calls run in a thread of their own, one after the
    other.
    """

    def __init__(self, engine: Engine, service: str) -> None:
        self._engine = engine
        self._name = service
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")

    async def replicas(self) -> tuple[int, int]:
        """(wanted, ready): ready tasks are running, healthy and wanted."""

        def read() -> tuple[int, int]:
            service = self._service()
            if service.replicas is None:
                raise EngineError(f"Service {self._name} is {service.mode}; a spike needs a replicated one.")
            tasks = self._engine.tasks(self._name, {"desired-state": ["running"]})
            return service.replicas, sum(task.ready for task in tasks)

        return await self._run(read)

    async def settled(self, replicas: int | None, seconds: float) -> bool:
        """Looks once a second, at least once."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        while True:
            wanted, ready = await self.replicas()
            if wanted == ready and replicas in (None, wanted):
                return True
            if clock() > deadline:
                return False
            await asyncio.sleep(1)

    async def scale(self, replicas: int) -> None:
        """Changes only the number of replicas."""
        await self._run(lambda: self._again(lambda: self._engine.set_replicas(self._name, replicas)))

    async def labels(self) -> dict[str, str]:
        """The service's labels."""
        return await self._run(lambda: dict(self._service().labels))

    async def set_label(self, name: str, value: str | None) -> str | None:
        """Writes the service with one label changed and everything else as it was read."""

        def write() -> str | None:
            service = self._service()
            before = service.labels.get(name)
            if before != value:
                spec = copy.deepcopy(service.spec)
                labels = spec.setdefault("Labels", {})
                if value is None:
                    del labels[name]
                else:
                    labels[name] = value
                self._engine.update_service(service.id, service.version_index, spec)
            return before

        return await self._run(lambda: self._again(write))

    def _service(self) -> Service:
        service = self._engine.service(self._name)
        if service is None:
            raise NotFound(f"There is no service {self._name}: bring the stack up first (./swarm/up.sh).", 404)
        return service

    def _again(self, write: Callable[[], T]) -> T:
        """The autoscaler writes the same service: read again, write again."""
        for _ in range(TRIES - 1):
            try:
                return write()
            except OutOfSequence:
                continue
        return write()

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
