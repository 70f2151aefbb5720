"""What captain's API sends for as long as somebody reads: logs, what happened, builds, commands that run once."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from captain.accounts.book import Scope
from captain.api import run_routes
from captain.api.models import ExecIn
from captain.api.open_streams import MOST_UPLOADS, MOST_WITH_THREAD, EventStream, OpenStreams, Put, event, from_thread
from captain.api.problems import Problem
from captain.apps.app_work import AppWork
from captain.builds.tarball import MOST_UPLOAD_BYTES
from captain.errors import CaptainError
from swarm.engine import EngineError
from tests.unit.captain.memory_captain import Captain, place
from tests.unit.captain.memory_logs import LoggingApps, frame
from tests.unit.captain.test_captain_own_api import SHOP, done

FOLLOWED = {"Accept": "text/event-stream"}


class Logging(Captain):
    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder=folder, swarm=LoggingApps())

    @property
    def apps(self) -> LoggingApps:
        assert isinstance(self.swarm, LoggingApps)
        return self.swarm

    async def put(self, name: str = "shop", **more: object) -> dict[str, object]:
        return await done(self, (await self.own("PUT", f"/apps/{name}", SHOP | more)).headers["Location"])

    async def asked(self, method: str, path: str, token: str = "", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token or self.token}", **more.pop("headers", {})}
        return await self.send(method, f"/api/v1{path}", headers, **more)


def tar(**files: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return made.getvalue()


def told(stream: str) -> list[tuple[str, Any]]:
    """Kind and data of server-sent events."""
    found = []
    for piece in stream.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in piece.splitlines())
        found.append((fields["event"], json.loads(fields["data"])))
    return found


async def test_a_log_is_that_of_all_replicas() -> None:
    """In the order of its lines' times; a text, replicas, a time and a number of lines choose."""
    captain = Logging()
    await captain.put(replicas=2)
    captain.apps.log.frames = [frame("t1", "two 500", 2), frame("t0", "one", 1), frame("gone", "zero", 0, stream=2)]
    found = (await captain.own("GET", "/apps/shop/logs?since=10m&tail=7")).json()
    assert [(row["replica"], row["stream"], row["line"]) for row in found["lines"]] == [
        (None, "stderr", "zero"), ("shop.0", "stdout", "one"), ("shop.1", "stdout", "two 500"),
    ]  # fmt: skip
    assert found["is_cut"] is False
    assert captain.apps.log.asked[0]["tail"] == "7" and float(captain.apps.log.asked[0]["since"]) > 0
    [line] = (await captain.own("GET", "/apps/shop/logs?grep=500")).json()["lines"]
    assert line["line"] == "two 500"
    [line] = (await captain.own("GET", "/apps/shop/logs?replica=0")).json()["lines"]
    assert line["line"] == "one"
    for path, code in (("ship/logs", "no_app"), ("shop/logs?since=x", "cannot_be"), ("shop/logs?tail=x", "not_as_d")):
        assert (await captain.own("GET", f"/apps/{path}")).json()["code"].startswith(code)
    other = captain.users.add_token("admin", "ci", Scope.DEPLOY, ["other"], None)
    assert (await captain.own("GET", "/apps/shop/logs", token=other)).status_code == 403


async def read_first(pieces: AsyncIterator[str]) -> str:
    """The first piece; then the reader goes."""
    async for piece in pieces:
        return piece
    raise AssertionError("there was none")


async def test_who_has_gone_ends_what_was_read_for_them() -> None:
    """The thread that reads is told, and puts nothing more."""
    stopped, puts = asyncio.Event(), []

    def endless(put: Put) -> None:
        while True:
            put(f"{len(puts)}\n\n")
            puts.append(1)

    pieces = from_thread(endless, stopped.set)
    assert await read_first(pieces) == "0\n\n"
    await pieces.aclose()  # type: ignore[attr-defined]
    assert stopped.is_set()


async def test_a_followed_log_goes_on_until_its_reader_goes() -> None:
    """After what is there lines come as they are written, each once; afterwards the engine is not asked for more."""
    captain = Logging()
    await captain.put()
    captain.apps.log.frames = [frame("t0", "GET /"), frame("t0", "HEAD /")]
    headers = FOLLOWED | {"Authorization": f"Bearer {captain.token}"}
    asked = asyncio.create_task(captain.send("GET", "/api/v1/apps/shop/logs?grep=GET", headers))
    for _ in range(500):
        await asyncio.sleep(0.02)
        if len(captain.apps.log.answers) == 2:
            break
    _, answer = captain.apps.log.answers
    answer.write(frame("t0", "GET /last"))
    await asyncio.sleep(0.3)
    answer.write(b"")  # the engine ends it
    lines = told((await asked).text)
    assert [(kind, data["line"]) for kind, data in lines] == [("line", "GET /"), ("line", "GET /last")]
    assert captain.apps.log.asked[-1]["follow"] == "1" and answer.is_hung_up is False


async def test_no_more_streams_than_captain_can_hold() -> None:
    """What comes beyond is told so; an end makes room, however it came about."""
    places = OpenStreams(2)
    first, _ = places.take(), places.take()
    with pytest.raises(Problem, match="2 streams of this kind are open already"):
        places.take()

    async def nothing() -> AsyncIterator[str]:
        raise RuntimeError("broken")
        yield ""

    async def send(message: object) -> None:
        pass

    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        return {}

    with pytest.raises((RuntimeError, ExceptionGroup)):
        await EventStream(nothing(), first)({"type": "http"}, receive, send)  # type: ignore[arg-type]
    places.take()
    captain = Logging()
    await captain.put()
    for _ in range(MOST_WITH_THREAD):
        captain.threads.take()
    for method, path, body in (("GET", "/apps/shop/logs", None), ("POST", "/apps/shop/runs", {"command": ["a"]})):
        refused = await captain.asked(method, path, headers=FOLLOWED, json=body)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    refused = await captain.asked("GET", "/history", headers=FOLLOWED)
    assert refused.status_code == 429
    for _ in range(MOST_UPLOADS):
        captain.uploads.take()
    assert (await captain.asked("POST", "/apps/shop/builds", content=tar(x="y"))).status_code == 429


async def test_an_error_while_it_goes_on_is_an_event() -> None:
    """The status was sent long ago."""

    def fail(put: Put) -> None:
        put("a\n\n")
        raise CaptainError("somebody removed it")

    pieces = [piece async for piece in from_thread(fail, lambda: None)]
    assert pieces == ["a\n\n", 'event: problem\ndata: {"detail": "somebody removed it"}\n\n']


async def test_what_happened_is_told() -> None:
    """Of the apps that the token may see, oldest first."""
    captain = Logging()
    await captain.put()
    await captain.put("cart")
    found = (await captain.own("GET", "/history")).json()
    assert {row["app"] for row in found} == {"shop", "cart"}
    assert [row["time"] for row in found] == sorted(row["time"] for row in found)
    assert {row["app"] for row in (await captain.own("GET", "/history?app=cart")).json()} == {"cart"}
    only = captain.users.add_token("admin", "ci", Scope.READ, ["cart"], None)
    assert {row["app"] for row in (await captain.own("GET", "/history", token=only)).json()} == {"cart"}
    assert (await captain.own("GET", "/history?app=shop", token=only)).status_code == 403
    assert (await captain.own("GET", "/history?app=ship")).json()["code"] == "no_app"


async def test_a_source_is_built_and_becomes_a_new_app() -> None:
    """The deployment's events are the build's log; what is wrong with the source is its end, and leaves no app."""
    captain = Logging()
    bad = await captain.asked("POST", "/apps/shop/builds", content=tar(readme="hello"))
    assert bad.status_code == 202
    failed = await done(captain, bad.headers["Location"])
    assert failed["state"] == "failed" and "Dockerfile" in str(failed["why"])
    assert (await captain.own("GET", "/apps/shop")).status_code == 404

    definition = json.dumps({"schemaVersion": 2, "imageName": "nginx:1"})
    source = tar(**{"captain-definition": definition})
    asked = await captain.asked("POST", "/apps/shop/builds?port=8000", content=source)
    built = await done(captain, asked.headers["Location"])
    assert (built["state"], built["release"], built["what"]) == ("live", 1, "deploy a source")
    assert built["outcome"] == {
        "app": "shop", "step": "create", "release": 1, "live": True, "ended": 0, "seconds": built["outcome"]["seconds"],
        "why": "", "log": [], "replicas": None, "back_to": None,
    }  # fmt: skip
    document = (await captain.own("GET", "/apps/shop")).json()["document"]
    assert (document["image"], document["http"]["port"]) == ("nginx:1", 8000)

    stream = told((await captain.own("GET", f"/deployments/{built['id']}/events")).text)
    assert ("line", "shop  1/1 ready") in [(kind, data.get("line")) for kind, data in stream]
    assert stream[-1] == ("deployment", {**built, "log": []})


async def test_an_end_that_is_told_says_its_last_lines_once() -> None:
    """They are marked in the log, for whoever shows the outcome below it."""
    captain = Logging()
    failed = await captain.put(environment={"MODE": "crash"})
    [_, *lines] = told((await captain.own("GET", f"/deployments/{failed['id']}/events")).text)
    marked = [data["line"] for kind, data in lines if kind == "line" and data["is_outcome"]]
    assert marked == [*(f"    | {line}" for line in failed["outcome"]["log"]), failed["why"]]  # type: ignore[index]


async def test_sources_that_are_refused_before_they_are_received() -> None:
    """Whoever may not deploy, names that cannot be, ports that are no new app's, more than a gibibyte."""
    captain = Logging()
    await captain.put()
    reader = captain.users.add_user("ann", Scope.READ)
    length = {"Content-Length": str(MOST_UPLOAD_BYTES + 1)}
    for path, more, token, status, code in (
        ("/apps/shop/builds", {"content": b"x"}, reader, 403, "not_allowed"),
        ("/apps/shop/builds", {"content": b""}, "", 422, "cannot_be"),
        ("/apps/Shop/builds", {"content": b"x"}, "", 422, "cannot_be"),
        ("/apps/shop/builds?port=9", {"content": b"x"}, "", 422, "cannot_be"),
        ("/apps/shop/builds?git_hash=main", {"content": b"x"}, "", 422, "not_as_described"),
        ("/apps/shop/builds", {"content": b"x", "headers": length}, "", 413, "too_large"),
    ):
        refused = await captain.asked("POST", path, token, **more)
        assert (refused.status_code, refused.json()["code"]) == (status, code), path
    live = (await captain.own("GET", "/deployments")).json()[0]
    cancelled = await captain.own("POST", f"/deployments/{live['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "not_cancellable")


async def test_a_command_runs_once_and_its_exit_code_is_told() -> None:
    """With the app's image; nothing of it is left."""
    captain = Logging()
    await captain.put()
    captain.apps.log.frames = [frame("t0", "migrated"), frame("t0", "slow", 1, stream=2)]
    captain.apps.ends = ("failed", 3)
    ran = await captain.own("POST", "/apps/shop/runs", {"command": ["migrate"]})
    assert told(ran.text) == [
        ("line", {"stream": "stdout", "line": "migrated"}),
        ("line", {"stream": "stderr", "line": "slow"}),
        ("exit", {"code": 3}),
    ]
    assert captain.apps.commands() == []
    reader = captain.users.add_user("ann", Scope.READ)
    for body, token, status in (({"command": []}, None, 422), ({"command": ["a"]}, reader, 403)):
        assert (await captain.own("POST", "/apps/shop/runs", body, token)).status_code == status


class Inside:
    """A command in a replica; where it `hangs` it writes nothing more until it is closed."""

    def __init__(self, hangs: bool) -> None:
        self.hangs, self.closed, self.begun = hangs, threading.Event(), threading.Event()
        self.asked: tuple[Any, ...] = ()

    @contextmanager
    def entered(self, place: object, *asked: Any) -> Iterator[Inside]:
        self.asked = asked
        self.begun.set()
        yield self

    def close_input(self) -> None:
        raise OSError("it has ended")

    def output(self) -> Iterator[tuple[int, bytes]]:
        yield from ((1, b"\xff\x00 out"), (2, b"bad"))
        if self.hangs:
            self.closed.wait(20)
            raise EngineError("The connection to the command broke off.")

    def exit_code(self) -> int:
        return 5

    def close(self) -> None:
        self.closed.set()


async def test_a_command_in_a_replica_tells_every_byte_and_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """For who may enter replicas, and no more than that; of the apps that the token is for."""
    captain, inside = Logging(), Inside(hangs=False)
    await captain.put()
    monkeypatch.setattr(run_routes, "entered", inside.entered)
    entering = captain.users.add_user("ann", Scope.EXEC)
    ran = await captain.own("POST", "/apps/shop/exec", {"command": ["ls"], "replica": 2}, entering)
    assert told(ran.text) == [
        ("output", {"stream": "stdout", "base64": "/wAgb3V0"}),
        ("output", {"stream": "stderr", "base64": "YmFk"}),
        ("exit", {"code": 5}),
    ]
    assert inside.asked == ("shop", 2, ["ls"], None)
    reader = captain.users.add_user("joe", Scope.READ)
    other = captain.users.add_token("ann", "other", Scope.EXEC, ["cart"], None)
    refused = (
        ({"command": []}, entering, 422), ({"command": ["a"], "replica": 0}, entering, 422),
        ({"command": ["a"]}, reader, 403), ({"command": ["a"]}, other, 403),
    )  # fmt: skip
    for body, token, status in refused:
        assert (await captain.own("POST", "/apps/shop/exec", body, token)).status_code == status
    assert (await captain.own("POST", "/apps/shop/runs", {"command": ["a"]}, entering)).status_code == 403
    assert (await captain.own("POST", "/apps/nothing/exec", {"command": ["a"]})).status_code == 404
    shown = (await captain.own("GET", "/apps/shop", token=entering)).json()["document"]
    assert "info" not in json.dumps(shown), "what is in the environment is for who may deploy"


async def test_a_command_in_a_replica_is_let_go_of_when_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is closed, and with it the gate on its node; its place is given back."""
    captain, inside = Logging(), Inside(hangs=True)
    await captain.put()
    leaving = run_routes._Leaving()
    monkeypatch.setattr(run_routes, "entered", inside.entered)
    wanted = ExecIn(command=["tail", "-f", "x"], replica=None)
    work = AppWork(lambda say: place(captain.swarm, say), captain.deployments)
    pieces = from_thread(lambda put: run_routes._exec(work, "shop", wanted, put, leaving), leaving)
    assert "stdout" in await anext(pieces) and "stderr" in await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    assert inside.closed.is_set()


async def test_an_event_is_one_line_for_every_reader() -> None:
    """Some take U+2028, U+2029 and U+0085 for the end of a line; an app may log them."""
    text = "a\u2028b\u2029c\x85d"
    written = event("line", {"line": text})
    assert len(written.strip().splitlines()) == 2
    assert told(written) == [("line", {"line": text})]


async def test_secrets_are_kept_given_and_never_told() -> None:
    """By administrators; another value rolls out who has it; a token for some apps sees those of its apps."""
    captain = Logging()
    await captain.put()
    kept = await captain.asked("PUT", "/secrets/stripe?app=shop", content=b"hush-hush")
    assert kept.status_code == 202
    [deployment] = kept.json()
    ended = await done(captain, f"/api/v1/deployments/{deployment['id']}")
    assert (ended["state"], ended["release"]) == ("live", 2)
    assert (await captain.asked("PUT", "/secrets/other", content=b"x")).json() == []
    listed = await captain.own("GET", "/secrets")
    assert [(row["secret"], row["apps"]) for row in listed.json()] == [("other", []), ("stripe", ["shop"])]
    only = captain.users.add_token("admin", "ci", Scope.DEPLOY, ["shop"], None)
    assert [row["secret"] for row in (await captain.own("GET", "/secrets", token=only)).json()] == ["stripe"]
    assert "hush" not in listed.text + json.dumps((await captain.own("GET", "/audit")).json())
    assert (await captain.own("DELETE", "/secrets/stripe")).json()["code"] == "cannot_be", "an app has it"
    for method, path in (("PUT", "/secrets/stripe"), ("DELETE", "/secrets/other")):
        assert (await captain.asked(method, path, only, content=b"x")).status_code == 403
    taken = await captain.own("DELETE", "/apps/shop/secrets/stripe")
    assert (await done(captain, taken.headers["Location"]))["state"] == "live"
    assert (await captain.asked("PUT", "/secrets/big", content=b"x" * 500_001)).status_code == 413


async def test_a_new_value_that_no_app_gets_live_with_is_taken_back() -> None:
    """The old one stays."""
    captain = Logging()
    await captain.put()
    [first] = (await captain.asked("PUT", "/secrets/stripe?app=shop", content=b"one")).json()
    assert (await done(captain, f"/api/v1/deployments/{first['id']}"))["state"] == "live"
    captain.swarm.unrouted = "no edge answers"
    [second] = (await captain.asked("PUT", "/secrets/stripe", content=b"two")).json()
    ended = await done(captain, f"/api/v1/deployments/{second['id']}")
    assert ended["state"] == "failed" and "no edge answers" in str(ended["why"])
    assert list(captain.swarm.made["secret"]) == ["stripe"]


async def test_status_is_for_tokens_of_the_whole() -> None:
    """It tells of the platform, too."""
    captain = Logging()
    assert (await captain.own("GET", "/status")).json()["notes"] == ["ALERTS  none fires"]
    only = captain.users.add_token("admin", "ci", Scope.DEPLOY, ["shop"], None)
    assert (await captain.own("GET", "/status", token=only)).status_code == 403
