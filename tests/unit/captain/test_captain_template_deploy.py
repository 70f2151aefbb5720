"""A template deployed, on a Swarm in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import pytest

from captain.__main__ import _parser
from captain.apps.app_rollout import Outcome, remove
from captain.apps.command_line import run
from captain.credentials import Domains
from captain.errors import CaptainError
from captain.oneclick.template import APP_NAME, parse
from captain.oneclick.translate import OneClickApp
from captain.oneclick.trial import tried
from captain.templates.acceptance import TRIAL_LABEL, refusals, surroundings, sweep
from captain.templates.answers import ask, parse_answers, with_name
from captain.templates.installation import earlier_values, install, prepare
from captain.templates.record import Record, digits_from, keep, kept
from swarm.engine import Config, EngineError
from tests.unit.captain.test_captain_app_rollout import Apps

PAIR = """
captainVersion: 4
services:
  $$cap_appname:
    image: web:1
    depends_on: [$$cap_appname-db]
    environment: {PASSWORD: $$cap_password, SALT: $$cap_gen_random_hex(8), GREETING: $$cap_greeting}
  $$cap_appname-db:
    image: db:1
    environment: {PASSWORD: $$cap_password, MODE: $$cap_mode}
    caproverExtra: {notExposeAsWebApp: 'true'}
caproverOneClickApp:
  variables:
    - {id: $$cap_password, label: Password, defaultValue: $$cap_gen_random_hex(16)}
    - {id: $$cap_greeting, label: Greeting, validRegex: '/^.{2,}$/', description: What it says}
    - {id: $$cap_mode, label: Mode, defaultValue: ''}
  instructions: {end: 'It is at $$cap_appname.$$cap_root_domain'}
"""
TEMPLATE = parse(PAIR, "pair")


class NoModes(Apps):
    """Here an empty `MODE` is none: what crashes says so."""

    def tasks(self, service: str = "", filters: object = None) -> list[Any]:
        environment = self.kept[service].spec["TaskTemplate"]["ContainerSpec"].get("Env", []) if service else []
        if "MODE=" in environment:
            found = self.kept[service]
            return self._ready(found.id, found.replicas or 0, found.spec["TaskTemplate"])
        return super().tasks(service, filters)


def built(app: OneClickApp) -> str:
    if "RUN break it" in app.dockerfile_lines:
        raise CaptainError("it could not be built: broken")
    return f"built:{len(app.dockerfile_lines)}"


def deployed(swarm: Apps, **given: str) -> tuple[list[Outcome], Any]:
    place = swarm.place()
    said = {f"$$cap_{name}": value for name, value in given.items()}
    answers = with_name({**earlier_values(place, "shop", TEMPLATE), **said}, "shop")
    installation = prepare(place, TEMPLATE, "shop", answers, ())
    return list(install(place, installation, lambda app: nullcontext(), built)), installation


def environment(swarm: Apps, app: str) -> dict[str, str]:
    entries = swarm.kept[app].spec["TaskTemplate"]["ContainerSpec"]["Env"]
    return dict(entry.partition("=")[::2] for entry in entries)


def test_its_apps_are_deployed_in_the_order_in_which_they_need_each_other() -> None:
    """One secret for both, found under CapRover's alias, with what to do afterwards; a value keeps its quotes."""
    swarm = NoModes()
    outcomes, installation = deployed(swarm, greeting='say "hi"')
    assert [(outcome.app, outcome.why) for outcome in outcomes] == [("shop-db", ""), ("shop", "")]
    assert [write for write in swarm.writes if "create shop" in write] == ["create shop-db", "create shop"]
    assert environment(swarm, "shop")["PASSWORD"] == environment(swarm, "shop-db")["PASSWORD"]
    assert len(environment(swarm, "shop")["PASSWORD"]) == 16 and environment(swarm, "shop")["GREETING"] == 'say "hi"'
    assert "srv-captain--shop-db" in swarm.kept["shop-db"].spec["TaskTemplate"]["Networks"][0]["Aliases"]
    assert installation.becomes.end == "It is at shop.localhost"


def test_again_it_goes_on_with_the_same_secrets() -> None:
    """The database's volume knows the first password: a second attempt does not make up another."""
    swarm = NoModes()
    outcomes, _ = deployed(swarm, greeting="hello", mode="crash")
    assert [bool(outcome.why) for outcome in outcomes] == [True], "what needs it is not begun"
    options = _parser().parse_args(["remove", "shop"])
    run(swarm, options, Domains.of(""), lambda text: None)  # type: ignore[arg-type]
    assert swarm.made["config"] == {}, "what was begun can be taken away, secrets and all"
    deployed(swarm, greeting="hello", mode="crash")
    again, _ = deployed(swarm, mode="")
    assert [outcome.why for outcome in again] == ["", ""]
    first = environment(swarm, "shop")
    record = kept(swarm, "shop")  # type: ignore[arg-type]
    assert record is not None and record.values["$$cap_password"] == first["PASSWORD"]
    third, _ = deployed(swarm, greeting="good day")
    assert [outcome.kind.name for outcome in third] == ["UNCHANGED", "ROLL_OUT"]
    assert environment(swarm, "shop") == {**first, "GREETING": "good day"}
    remove(swarm.place(), "shop")
    assert kept(swarm, "shop") is None, "what is kept of it goes with the app"  # type: ignore[arg-type]


def test_a_first_release_that_fails_leaves_what_it_was_made_of() -> None:
    """The database is live, with its password in its volume: another try of the app that needs it has the same one."""
    swarm = NoModes()
    text = PAIR.replace(", MODE: $$cap_mode", "").replace("GREETING: $$cap_greeting", "MODE: $$cap_mode")
    template = parse(text, "pair")

    def tried(mode: str) -> list[Outcome]:
        place = swarm.place()
        given = {"$$cap_greeting": "hello", "$$cap_mode": mode}
        answers = with_name({**earlier_values(place, "shop", template), **given}, "shop")
        installation = prepare(place, template, "shop", answers, ())
        return list(install(place, installation, lambda app: nullcontext(), built))

    assert [bool(outcome.why) for outcome in tried("crash")] == [False, True] and "shop" not in swarm.kept
    password = environment(swarm, "shop-db")["PASSWORD"]
    assert [outcome.why for outcome in tried("")] == ["", ""]
    assert environment(swarm, "shop")["PASSWORD"] == environment(swarm, "shop-db")["PASSWORD"] == password


def test_nothing_is_written_before_all_is_good() -> None:
    """Missing values are told with how to give them; a stranger's app, and another template's, are not taken."""
    swarm = NoModes()
    with pytest.raises(CaptainError, match=r"Greeting\) is needed.*\n.*--var"):
        deployed(swarm)
    swarm.apply()
    with pytest.raises(CaptainError, match="There is an app shop already"):
        deployed(swarm, greeting="hello")
    assert kept(swarm, "shop") is None and "shop-db" not in swarm.kept  # type: ignore[arg-type]
    remove(swarm.place(), "shop")
    deployed(swarm, greeting="hello")
    with pytest.raises(CaptainError, match="shop was made of the template pair"):
        earlier_values(swarm.place(), "shop", parse(PAIR, "other"))


def test_the_docker_socket_needs_its_app_to_be_named() -> None:
    """Refused until then, in a template as in a captain.yml; allowed for the one that is named, and no other."""
    text = "captainVersion: 4\nservices: {$$cap_appname: {image: a, volumes: ['/var/run/docker.sock:/s']}}\n"
    template = parse(f"{text}caproverOneClickApp: {{}}", "t")
    place = NoModes().place()
    for allowed in ((), ("other",)):
        with pytest.raises(CaptainError, match="shop would get the Docker socket"):
            prepare(place, template, "shop", {APP_NAME: "shop"}, allowed)
    assert prepare(place, template, "shop", {APP_NAME: "shop"}, ("shop",)).steps[0].app.name == "shop"


def test_what_has_dockerfile_lines_is_built_before_it_is_deployed() -> None:
    """Each in its turn; one that cannot be built is the last that is begun, and says why."""
    text = PAIR.replace("image: db:1", "").replace("'true'}", "'true', dockerfileLines: [FROM db, RUN $$cap_greeting]}")
    template = parse(text, "pair")
    for command, whys in (("make it", ["", ""]), ("break it", ["it could not be built: broken"])):
        swarm = NoModes()
        place = swarm.place()
        installation = prepare(place, template, "shop", {APP_NAME: "shop", "$$cap_greeting": command}, ())
        outcomes = install(place, installation, lambda app: nullcontext(), built)
        assert [outcome.why for outcome in outcomes] == whys
        again = prepare(place, template, "shop", {**installation.record.values, APP_NAME: "shop"}, ())
        kinds = ["UNCHANGED", "UNCHANGED"] if len(whys) == 2 else ["CREATE", "CREATE"]
        assert [step.kind.name for step in again.steps] == kinds, "what runs stands for what is built anew"
        assert {name: own.image for name, own in swarm.kept.items()} == (
            {"shop-db": "built:2", "shop": "web:1"} if len(whys) == 2 else {}
        )


def test_a_person_is_asked_until_the_answer_will_do() -> None:
    """Not for what captain makes up, nor for what was given; an empty answer takes the default."""
    said: list[str] = []
    answers = iter(["x", "hello", ""])
    zeros = "0".__mul__
    given = ask(TEMPLATE, {APP_NAME: "shop"}, "localhost", zeros, lambda prompt: next(answers), said.append)
    assert given == {APP_NAME: "shop", "$$cap_greeting": "hello"}
    assert "Greeting: What it says" in said and any("does not fit" in line for line in said)
    assert next(answers, None) is None


@pytest.mark.parametrize("entries", [["novalue"], ["=x"], ["a=1", "a=2"]])
def test_values_that_are_none(entries: list[str]) -> None:
    """Said, rather than guessed."""
    with pytest.raises(CaptainError, match="--var"):
        parse_answers(entries)


def test_the_name_is_said_once() -> None:
    """`--app` and `--var appname` may not contradict each other."""
    assert parse_answers(["a=b=c"]) == {"a": "b=c"}
    assert with_name({"appname": "shop"}, "shop") == {APP_NAME: "shop"}
    with pytest.raises(CaptainError, match="two names"):
        with_name({"appname": "other"}, "shop")


def test_digits_of_a_seed() -> None:
    """The same for the same seed, others at each call, as many as were asked for."""
    first, again, other = digits_from("a"), digits_from("a"), digits_from("b")
    made = [first(7), first(7), first(256)]
    assert made == [again(7), again(7), again(256)] and made[0] != made[1] and made[0] != other(7)
    assert [len(digits) for digits in made] == [7, 7, 256]


def test_a_record_that_is_none_is_said_to_be_so() -> None:
    """With the command that mends it; what did not change is not written again."""
    swarm = NoModes()
    deployed(swarm, greeting="hello")
    writes = list(swarm.writes)
    record = kept(swarm, "shop")  # type: ignore[arg-type]
    assert record is not None
    keep(swarm, record)  # type: ignore[arg-type]
    assert swarm.writes == writes
    swarm.made["config"]["template.shop.2"] = Config("x", "template.shop.2", {"flotilla.template": "shop"}, None, b"{}")
    with pytest.raises(CaptainError, match=r"docker config rm template\.shop\.2$"):
        kept(swarm, "shop")  # type: ignore[arg-type]


class Vanishing(Apps):
    """An engine that does not answer any more once it is asked to `refuse` something."""

    refuse = ""

    def create_config(self, name: str, data: bytes, labels: dict[str, str]) -> str:
        if self.refuse == "create":
            raise EngineError("the engine does not answer")
        return super().create_config(name, data, labels)

    def remove_config(self, config_id: str) -> None:
        if self.refuse == "remove":
            raise EngineError("the engine does not answer")
        super().remove_config(config_id)


@pytest.mark.parametrize("name", ["template.shop", "template.shop.7"])
def test_a_record_is_never_gone(name: str) -> None:
    """The only copy of a database's password goes once the new one is there, wherever captain or the engine ends.

    Also one of before, which has no number.
    """
    swarm, labels = Vanishing(), {"flotilla.template": "shop"}
    before, after = Record("shop", "pair", "5eed", {"$$cap_a": "1"}), Record("shop", "pair", "5eed", {"$$cap_a": "2"})
    content = {"template": before.template, "seed": before.seed, "values": before.values, "instructions": ""}
    swarm.create_config(name, json.dumps(content).encode(), labels)
    swarm.create_config("template.shop-2.9", b"another's", {"flotilla.template": "shop-2"})
    for refused, there in (("create", before), ("remove", after)):
        swarm.refuse = refused
        with pytest.raises(EngineError):
            keep(swarm, after)  # type: ignore[arg-type]
        assert kept(swarm, "shop") == there  # type: ignore[arg-type]
    swarm.refuse = ""
    last = replace(after, instructions="go on")
    keep(swarm, last)  # type: ignore[arg-type]
    assert kept(swarm, "shop") == last and len(swarm.configs("flotilla.template=shop")) == 1  # type: ignore[arg-type]
    assert "template.shop-2.9" in swarm.made["config"]
    remove(swarm.place(), "shop")
    assert swarm.configs("flotilla.template=shop") == []


def test_a_record_without_instructions_is_not_written_for_them_alone() -> None:
    """Captain of before kept none: a record is written again when something else changed."""
    swarm = Apps()
    record = Record("shop", "pair", "5eed", {"$$cap_a": "1"}, "It is at shop.localhost")
    content = {"template": record.template, "seed": record.seed, "values": record.values}
    swarm.create_config("template.shop", json.dumps(content).encode(), {"flotilla.template": "shop"})
    keep(swarm, record)  # type: ignore[arg-type]
    assert list(swarm.made["config"]) == ["template.shop"]
    keep(swarm, replace(record, values={"$$cap_a": "2"}))  # type: ignore[arg-type]
    assert list(swarm.made["config"]) == ["template.shop.1"]
    keep(swarm, replace(record, values={"$$cap_a": "2"}, instructions="other"))  # type: ignore[arg-type]
    assert list(swarm.made["config"]) == ["template.shop.2"]


class Refusing(Apps):
    """An engine that does not take databases."""

    def create_service(self, spec: dict[str, Any]) -> str:
        if spec["Name"].endswith("-db"):
            raise EngineError("Could not create service: it is a database", 400)
        if spec["Name"] in self.kept:
            raise EngineError("name conflicts", 409)
        return super().create_service(spec)

    def remove_service(self, name: str) -> None:
        super().remove_service(next((own.name for own in self.kept.values() if own.id == name), name))


def test_a_trial_leaves_nothing_behind() -> None:
    """Whatever the Swarm refuses; captain and the autoscaler take what is tried for no app."""
    swarm = Refusing()
    around = surroundings(swarm, "flotilla")  # type: ignore[arg-type]
    trial = tried(PAIR, "pair")
    seen: list[dict[str, str]] = []

    @contextmanager
    def watched() -> Iterator[None]:
        create = swarm.create_service

        def recorded(spec: dict[str, Any]) -> str:
            seen.append(spec["Labels"])
            return create(spec)

        swarm.create_service = recorded  # type: ignore[method-assign]
        yield

    with watched():
        assert refusals(swarm, trial, around) == (  # type: ignore[arg-type]
            "trial-db: Could not create service: it is a database",
        )
    assert swarm.kept == {} and seen == [{TRIAL_LABEL: "pair"}] * 2
    swarm.create_service({"Name": "trial", "Labels": {}, "TaskTemplate": {}, "Mode": {}})
    with pytest.raises(CaptainError, match="There is a service trial already"):
        refusals(swarm, trial, around)  # type: ignore[arg-type]
    assert list(swarm.kept) == ["trial"], "what was there before stays"
    swarm.create_service({"Name": "left", "Labels": {TRIAL_LABEL: ""}, "TaskTemplate": {}, "Mode": {}})
    sweep(swarm)  # type: ignore[arg-type]
    assert list(swarm.kept) == ["trial"]
    with pytest.raises(CaptainError, match="There is no network other_apps"):
        surroundings(swarm, "other")  # type: ignore[arg-type]
