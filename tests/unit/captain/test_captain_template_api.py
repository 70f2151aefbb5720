"""One-click templates over captain's API, and from a laptop, over a Swarm in memory."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from captain.accounts.book import Scope
from captain.api.open_streams import MOST_WITH_THREAD, Once
from captain.cli.main import main
from captain.errors import CaptainError
from tests.unit.captain.laptop import Laptop, inside
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.memory_logs import LoggingApps
from tests.unit.captain.test_captain_api_streams import told
from tests.unit.captain.test_captain_laptop import without_seconds
from tests.unit.captain.test_captain_template_deploy import PAIR, environment

TEXT = PAIR.replace("MODE:", "LEVEL:")  # an app with a MODE breaks in this Swarm
SOCKET = "captainVersion: 4\nservices: {$$cap_appname: {image: a, volumes: ['/var/run/docker.sock:/s']}}\n"
FOLDER = "captainVersion: 4\nservices: {$$cap_appname: {image: a, volumes: ['/etc:/host']}}\n"


def captain() -> Captain:
    return Captain(swarm=LoggingApps())


def wanted(text: str = TEXT, **more: object) -> dict[str, object]:
    return {"template": "pair", "text": text, "values": {"greeting": 'say "hi"'}, **more}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "pair.yml"
    made.write_text(TEXT)
    return made


def test_its_apps_are_deployed_and_the_stream_says_what_became_of_each() -> None:
    """In their order, with one secret for both; a plan before it writes nothing; again, nothing has to be said anew."""

    async def asked() -> None:
        one = captain()
        planned = (await one.own("POST", "/apps/shop/template/plan", wanted())).json()
        assert [step["app"] for step in planned["steps"]] == ["shop-db", "shop"] and planned["unsupported"] == []
        assert one.swarm.writes == ["create captain.users.1"]
        answer = await one.own("POST", "/apps/shop/template", wanted())
        kind, document = told(answer.text)[-1]
        assert kind == "done" and [(row["app"], row["live"]) for row in document["apps"]] == [
            ("shop-db", True), ("shop", True),
        ]  # fmt: skip
        assert document["instructions"] == "It is at shop.localhost" and document["not_begun"] == []
        first = environment(one.swarm, "shop")
        assert first["GREETING"] == 'say "hi"' and environment(one.swarm, "shop-db")["PASSWORD"] == first["PASSWORD"]
        known = (await one.own("GET", "/apps/shop/template")).json()
        assert known["template"] == "pair" and "$$cap_password" in known["answered"] and known["domain"] == "localhost"
        assert first["PASSWORD"] not in str(known), "what was made up is not shown"
        again = told((await one.own("POST", "/apps/shop/template", wanted(values={}))).text)[-1][1]
        assert [row["step"] for row in again["apps"]] == ["unchanged", "unchanged"]

    asyncio.run(asked())


def test_what_was_begun_goes_on_when_its_reader_leaves() -> None:
    """Half a template is nothing that anybody asked for; and it keeps its place among the threads until it is over."""

    async def left() -> None:
        one = captain()
        gate, real = threading.Event(), one.swarm.create_service

        def slow(*given: object, **more: object) -> object:
            assert gate.wait(20)
            return real(*given, **more)  # type: ignore[arg-type]

        one.swarm.create_service = slow  # type: ignore[method-assign,assignment]
        asking = asyncio.create_task(one.own("POST", "/apps/shop/template", wanted()))
        while not any(thread.name == "stream" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        taken = [one.threads.take() for _ in range(MOST_WITH_THREAD - 1)]
        with pytest.raises(Exception, match="open already"):
            one.threads.take()
        gate.set()
        while any(thread.name == "stream" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)
        one.threads.take()
        assert len(taken) == MOST_WITH_THREAD - 1 and {"shop", "shop-db"} <= set(one.swarm.kept)

    asyncio.run(left())


def test_a_place_is_given_back_once() -> None:
    """Whoever ends first gives it back: twice would let more in than there is room for."""
    calls: list[int] = []
    give_back = Once(lambda: calls.append(1))
    give_back()
    give_back()
    assert calls == [1]


def test_a_token_makes_no_more_than_it_may() -> None:
    """Not an app that is not its own, not the Docker socket, not a folder of a node; and nothing is written."""

    async def refused() -> None:
        one = captain()
        book = {
            name: one.users.add_token("admin", name, scope, apps, None)
            for name, scope, apps in (
                ("one", Scope.DEPLOY, ("shop",)), ("all", Scope.DEPLOY, ()), ("reads", Scope.READ, ()),
            )
        }  # fmt: skip
        for path in ("/apps/shop/template", "/apps/shop/template/plan"):
            for token, body, said in (
                ("reads", wanted(), "may not deploy the app shop"),
                ("one", wanted(), "may not deploy the app shop-db"),
                ("all", wanted(SOCKET + "caproverOneClickApp: {}", values={}), "Docker socket"),
                (
                    "all",
                    wanted(SOCKET + "caproverOneClickApp: {}", values={}, allow_docker_socket=["shop"]),
                    "may not admin",
                ),
                ("all", wanted(FOLDER + "caproverOneClickApp: {}", values={}), "Only an administrator may give shop"),
            ):
                answer = await one.own("POST", path, body, token=book[token])
                assert answer.status_code in (403, 422) and said in answer.json()["detail"], answer.text
        assert one.swarm.kept == {} and not any("template" in write for write in one.swarm.writes)

    asyncio.run(refused())


def test_a_laptop_says_what_the_image_says(file: Path) -> None:
    """The same lines and exit codes; the file is read on the laptop."""
    words = ("template", "deploy", str(file), "--app", "shop", "--var", "greeting=hello", "--yes")
    one, other = captain(), LoggingApps()
    at_home, there = Laptop(one).asked(*words), inside(other, *words)
    assert without_seconds(at_home[1]) == without_seconds(there[1]) and at_home[0] == there[0] == 0
    assert "It is at shop.localhost" in at_home[1] and "shop-db: is new; release 1" in at_home[1]
    assert Laptop(one).asked(*words)[0] == 0, "again it goes on"


def test_a_laptop_is_told_what_is_missing_and_asks_nobody_who_is_not_there(file: Path) -> None:
    """Without --yes and a terminal; and without a value that has no default."""
    one = Laptop(captain())
    assert "nobody to ask" in one.wrong("template", "deploy", str(file), "--app", "shop")
    assert "Greeting) is needed" in one.wrong("template", "deploy", str(file), "--app", "shop", "--yes")


def test_a_laptop_asks_at_a_terminal_for_what_is_not_known(file: Path) -> None:
    """What will not do is asked again; what was answered once is not asked for; and a no changes nothing."""
    one = captain()
    laptop, words = Laptop(one), ("template", "deploy", str(file), "--app", "shop")
    with pytest.raises(CaptainError, match="Nothing was changed"):
        laptop.asked(*words, terminal="hello\n\nn\n")
    assert one.swarm.kept == {}
    code, written, _ = laptop.asked(*words, terminal="h\nhello\n\ny\n")
    assert code == 0 and "does not fit" in written and "Deploy? [y/N]" in written
    first = environment(one.swarm, "shop")
    assert first["GREETING"] == "hello"
    code, written, _ = laptop.asked(*words, terminal="y\n")
    assert code == 0 and "cap_greeting " not in written and environment(one.swarm, "shop") == first


def test_a_laptop_looks_at_templates_without_any_captain(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`check` and `show` need no login."""
    assert main(["template", "check", str(file)]) == 0
    assert "1 of 1 template can be deployed" in capsys.readouterr().out
    assert main(["template", "check", "--on-swarm", str(file)]) == 1
    assert f"./swarm/captain.sh template check --on-swarm {file}" in capsys.readouterr().err
