"""captain killed at each call to the engine, of each operation: what it began is ended, and nothing is left over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from captain.apps.app_rollout import remove, roll_out
from captain.apps.app_truth import EdgeSight
from captain.apps.first_release import is_unproven
from captain.apps.scale import scale
from captain.apps.turn import turn
from captain.apps.unfinished import Finisher
from captain.watch import RolloutWatch, WatchMetrics
from swarm.engine import EngineError
from tests.unit.captain.app_examples import app
from tests.unit.captain.test_captain_app_rollout import CRASH, Apps

LATER = timedelta(seconds=300)


class Killed(BaseException):
    """No code may catch it, as none catches a SIGKILL."""


@dataclass
class KilledAt:
    """The engine as a captain sees it that is killed at its `call`-th call, before or after it had its effect."""

    swarm: Apps
    call: int
    after: bool
    calls: int = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.swarm, name)

        def called(*given: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls == self.call and not self.after:
                raise Killed
            answer = method(*given, **named)
            if self.calls == self.call:
                raise Killed
            return answer

        return called


def first(swarm: Apps, engine: Any) -> None:
    roll_out(_place(swarm, engine), app(image="shop:2"))


def first_that_crashes(swarm: Apps, engine: Any) -> None:
    roll_out(_place(swarm, engine), app(image="shop:2", **CRASH))


def second(swarm: Apps, engine: Any) -> None:
    roll_out(_place(swarm, engine), app(image="shop:2"))


def second_that_crashes(swarm: Apps, engine: Any) -> None:
    roll_out(_place(swarm, engine), app(image="shop:2", **CRASH))


def scaled(swarm: Apps, engine: Any) -> None:
    scale(_place(swarm, engine), "shop", 3)


def removed(swarm: Apps, engine: Any) -> None:
    remove(_place(swarm, engine), "shop")


OPERATIONS: list[tuple[bool, Callable[[Apps, Any], None]]] = [
    (False, first),
    (False, first_that_crashes),
    (True, second),
    (True, second_that_crashes),
    (True, scaled),
    (True, removed),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("existed", "operation"), OPERATIONS, ids=[made.__name__ for _, made in OPERATIONS])
def test_whatever_a_killed_captain_began_is_ended(
    existed: bool, operation: Callable[[Apps, Any], None], after: bool, tmp_path: Path
) -> None:
    """At every call: afterwards the app is the old one or the new one, or gone if it was new or to be removed."""
    kills = 0
    for call in range(1, 1000):
        swarm = _swarm(existed)
        engine = KilledAt(swarm, call, after)
        try:
            operation(swarm, engine)
        except Killed:
            kills += 1
        else:
            break
        _captain_begins_again(swarm, tmp_path)
        _is_whole(swarm, existed, operation)
        _can_be_deployed_anew(swarm)
    assert kills >= 3, "each call of the operation had its kill"


def test_without_the_finisher_a_first_release_that_crashes_stays_for_ever() -> None:
    """The control: the watch over rollouts alone finds nothing to go back to."""
    swarm = _swarm(existed=False)
    created = next(call for call in range(1, 100) if _creates_at(call))
    with pytest.raises(Killed):
        first_that_crashes(swarm, KilledAt(swarm, created, after=True))
    swarm.at += LATER
    _watch(swarm)
    assert "shop" in swarm.kept


def test_an_app_that_somebody_is_at_is_left_alone(tmp_path: Path) -> None:
    """Its deployer holds its turn; the finisher does not take a release that is starting for a leftover."""
    swarm = _swarm(existed=False)
    created = next(call for call in range(1, 100) if _creates_at(call))
    with pytest.raises(Killed):
        first(swarm, KilledAt(swarm, created, after=True))
    finisher = Finisher(swarm.place, tmp_path)
    with turn(tmp_path, "shop", swarm.said.append):
        finisher.look(swarm.place())
    assert is_unproven(swarm.kept["shop"])
    finisher.look(swarm.place())
    assert not is_unproven(swarm.kept["shop"])


def _swarm(existed: bool) -> Apps:
    swarm = Apps()
    if existed:
        swarm.apply()
    return swarm


def _place(swarm: Apps, engine: Any) -> Any:
    place = swarm.place()
    return type(place)(engine, place.stack, place.domains, place.say, place.sights, place.now, place.sleep)


def _creates_at(call: int) -> bool:
    """Whether a first release creates its service at this call."""
    swarm = _swarm(existed=False)
    try:
        first(swarm, KilledAt(swarm, call, after=True))
    except Killed:
        return "shop" in swarm.kept
    raise AssertionError("the operation has fewer calls")


def _captain_begins_again(swarm: Apps, folder: Path) -> None:
    """Its loops, once now and once after the deadline."""
    for pause in (timedelta(), LATER):
        swarm.at += pause
        _watch(swarm)
        Finisher(swarm.place, folder).look(swarm.place())


def _watch(swarm: Apps) -> None:
    RolloutWatch(partial(_never), "flotilla", WatchMetrics(CollectorRegistry())).look(swarm, swarm.at)  # type: ignore[arg-type]


def _never() -> Any:
    raise AssertionError("the engine is given")


def _is_whole(swarm: Apps, existed: bool, operation: Callable[[Apps, Any], None]) -> None:
    service = swarm.kept.get("shop")
    if service is None:
        assert not existed or operation is removed
        assert swarm.numbers() == [], "no release without its app"
        return
    assert service.update_state in (None, "completed")
    assert not is_unproven(service)
    assert not any(entry.startswith("MODE=") for entry in _environment(service)), "nothing that crashes is left"
    assert service.labels["flotilla.app.release"] in {name.rpartition(".")[2] for name in swarm.numbers()}
    sight = swarm.seen_by_the_edge()
    assert isinstance(sight[0], EdgeSight)
    assert len(sight[0].ready["shop"]) == service.replicas


def _environment(service: Any) -> list[str]:
    return service.spec["TaskTemplate"]["ContainerSpec"].get("Env") or []


def _can_be_deployed_anew(swarm: Apps) -> None:
    outcome = swarm.apply(image="shop:9")
    assert (outcome.why, swarm.kept["shop"].image) == ("", "shop:9")


def test_a_look_that_fails_is_counted_and_the_next_one_is_made() -> None:
    """The engine away, then a mistake of captain's own: neither ends the thread, and both are told to the metrics."""
    troubles, failed = iter((EngineError("the engine is away"), ValueError("a mistake"))), []

    def connect() -> Any:
        raise next(troubles)

    class Twice(threading.Event):
        looks = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.looks += 1
            return self.looks > 2

    Finisher(connect, failed=lambda: failed.append(1)).run(Twice())
    assert len(failed) == 2
