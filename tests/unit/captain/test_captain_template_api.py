"""One-click templates over captain's API, and from a laptop, over a Swarm in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from captain.accounts.book import Scope
from captain.cli.main import main
from captain.errors import CaptainError
from tests.unit.captain.laptop import Laptop
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.memory_logs import LoggingApps
from tests.unit.captain.test_captain_own_api import done
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


def test_its_apps_are_deployed_and_what_to_do_next_is_told_to_who_may_deploy() -> None:
    """In their order, with one secret for both; a plan before it writes nothing; again, nothing has to be said anew."""

    async def asked() -> None:
        one = captain()
        planned = (await one.own("POST", "/apps/shop/template/plan", wanted())).json()
        assert [step["app"] for step in planned["steps"]] == ["shop-db", "shop"] and planned["unsupported"] == []
        assert one.swarm.writes == ["create captain.users.1"]
        answer = await one.own("POST", "/apps/shop/template", wanted())
        found = await done(one, answer.headers["Location"])
        assert (found["state"], found["release"]) == ("live", 1)
        assert "It is at" not in str(found["log"]), "instructions may have secrets, and who may only read sees the log"
        assert [write for write in one.swarm.writes if "create shop" in write] == ["create shop-db", "create shop"]
        first = environment(one.swarm, "shop")
        assert first["GREETING"] == 'say "hi"' and environment(one.swarm, "shop-db")["PASSWORD"] == first["PASSWORD"]
        known = (await one.own("GET", "/apps/shop/template")).json()
        assert known["template"] == "pair" and "$$cap_password" in known["answered"] and known["domain"] == "localhost"
        assert known["instructions"] == "It is at shop.localhost"
        reads = one.users.add_token("admin", "reads", Scope.READ, (), None)
        assert (await one.own("GET", "/apps/shop/template", token=reads)).status_code == 403
        assert first["PASSWORD"] not in str(known), "what was made up is not shown"
        again = await one.own("POST", "/apps/shop/template", wanted(values={}))
        assert (await done(one, again.headers["Location"]))["outcome"]["step"] == "unchanged"
        assert environment(one.swarm, "shop") == first

    asyncio.run(asked())


def test_one_that_does_not_get_live_ends_it_and_says_what_was_not_begun() -> None:
    """The database breaks, so that what needs it is not begun; whoever asks again goes on with the same secrets."""

    async def asked() -> None:
        one = captain()
        broken = wanted(PAIR, values={"greeting": "hello", "mode": "crash"})
        found = await done(one, (await one.own("POST", "/apps/shop/template", broken)).headers["Location"])
        assert found["state"] == "failed" and "shop-db:" in found["why"] and found["why"].endswith("Not begun: shop.")
        assert "shop" not in one.swarm.kept

    asyncio.run(asked())


def test_what_waited_when_captain_was_killed_is_gone_on_with() -> None:
    """It was accepted: the next captain does it, once, with what was said."""

    async def asked() -> None:
        one = captain()
        one.restart(begins=False)
        location = (await one.own("POST", "/apps/shop/template", wanted())).headers["Location"]
        assert "shop" not in one.swarm.kept
        one.restart()
        found = await done(one, location)
        assert found["state"] == "live" and environment(one.swarm, "shop")["GREETING"] == 'say "hi"'

    asyncio.run(asked())


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


def test_a_laptop_deploys_what_it_reads(file: Path) -> None:
    """The file is read on the laptop; the plan first, then how it gets on, the instructions, and what came of it."""
    words = ("template", "deploy", str(file), "--app", "shop", "--var", "greeting=hello", "--yes")
    one = captain()
    code, written, _ = Laptop(one).asked(*words)
    assert code == 0
    parts = ("shop-db: is new; release 1", "shop-db: release 1 is live", "shop: release 1 is live", "It is at shop.")
    places = [written.index(part) for part in parts]
    assert places == sorted(places)
    assert Laptop(one).asked(*words)[0] == 0, "again it goes on"
    broken = (*words[:5], "--var", "greeting=hello", "--var", "mode=crash", "--yes")
    file.write_text(PAIR)
    assert "Run it again to go on with the same secrets" in Laptop(captain()).wrong(*broken)


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
