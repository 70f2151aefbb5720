"""A source's deployment is over when its build is, whatever captain knows of the build by then."""

from __future__ import annotations

from typing import Any

import pytest

from captain.builds.builds import Builds
from captain.builds.queue import Build, State
from captain.deployment import Deployment
from captain.deployments import MISTAKE
from captain.errors import CaptainError
from captain.source_work import FORGOTTEN
from tests.docker_cli import eventually
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.test_captain_resumed import SHOP, source


async def ended(captain: Captain) -> Deployment:
    """A source that names its image, to its end."""
    assert (await captain.own("PUT", "/apps/shop", SHOP)).status_code == 202
    bearer = {"Authorization": f"Bearer {captain.token}"}
    answer = await captain.send("POST", "/api/v1/apps/shop/builds", bearer, content=source("shop:2"))
    number = answer.json()["id"]

    def found() -> Deployment | None:
        known = captain.deployments.get(number)
        return known if known is not None and known.state.is_over else None

    eventually(lambda: found() is not None, 30)
    told = found()
    assert told is not None
    return told


def forgotten(*_: Any) -> Any:
    raise KeyError(1)


async def test_a_build_that_is_forgotten_meanwhile_ends_as_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many may end after it before anybody looks: its end is read from the disk."""
    truly = Builds.wait
    monkeypatch.setattr(Builds, "log", forgotten)
    monkeypatch.setattr(Builds, "wait", lambda self, number: truly(self, number) and forgotten())
    assert ((told := await ended(Captain())).why, told.release) == ("", 2)


@pytest.mark.parametrize("state", [State.FAILED, None])
async def test_how_a_forgotten_build_failed_is_told_where_it_is_known(
    state: State | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that it is not known where it is not: it does not run for ever."""

    def nothing_more(self: Builds, number: int) -> Build:
        monkeypatch.setattr(self, "kept", Kept())
        raise KeyError(number)

    class Kept:
        def get(self, app: str, number: int) -> Any:
            found = captain.deployments.of(app)[0]
            build = Build(number, app, State.FAILED, found.asked_at, why="no such file")
            return None if state is None else type("Found", (), {"build": build})()

    captain = Captain()
    monkeypatch.setattr("captain.source_work.SourceWork._deploy", lambda *given: "")
    monkeypatch.setattr(Builds, "log", forgotten)
    monkeypatch.setattr(Builds, "wait", nothing_more)
    assert (await ended(captain)).why == (FORGOTTEN if state is None else "no such file")


async def test_captains_own_error_ends_what_it_follows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged, and told as a mistake; nothing more is changed for it once that was told."""

    def wrong(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Builds, "log", wrong)
    captain = Captain()
    told = await ended(captain)
    assert told.why == MISTAKE
    with pytest.raises(CaptainError, match="ended before"):
        captain.deployments.begun(told.id, {})
    assert "ZeroDivisionError" in caplog.text
