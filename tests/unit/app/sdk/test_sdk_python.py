"""The Python that is generated is strictly typed and does what it says, blocking and awaited alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.unit.app.sdk.conftest import ROOT

ID = UUID("018f2b6e-7c1d-7a53-9d0e-3f1b2a4c5d6e")
THING = {
    "id": str(ID),
    "from": "here",
    "at": "2026-11-28T07:00:00+00:00",
    "parent": None,
    "kind": "big",
    "extra": {"any": [1, None]},
    "counts": {"a": [1]},
    "either": [{"form": "circle", "radius": 1.5}],
    "parts": [],
}
AWAY = {"code": "database_unavailable", "detail": "Try again."}


class Api:
    """A made-up API that gives some answers, one after the other, and remembers what it was asked."""

    def __init__(self, package: ModuleType, awaited: bool) -> None:
        self._package = package
        self._awaited = awaited
        self.asked: list[httpx.Request] = []

    async def call(self, name: str, *args: Any, answers: list[httpx.Response], **said: Any) -> Any:
        """What the client's method returns; all items if it is an iterator."""
        left = iter(answers)

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return next(left)

        transport = httpx.MockTransport(answer)
        if not self._awaited:
            with self._package.Client("https://app.test/", "t", http=httpx.Client(transport=transport)) as blocking:
                given = getattr(blocking, name)(*args, **said)
                return list(given) if name.startswith("iterate") else given
        http = httpx.AsyncClient(transport=transport)
        async with self._package.AsyncClient("https://app.test/", "t", http=http) as client:
            given = getattr(client, name)(*args, **said)
            return [item async for item in given] if name.startswith("iterate") else await given


@pytest.fixture(params=[False, True], ids=["blocking", "awaited"])
def made_up(everything: ModuleType, request: pytest.FixtureRequest) -> Api:
    return Api(everything, request.param)


def test_what_is_generated_is_strictly_typed(python_package: Path) -> None:
    """mypy --strict has nothing to say about any module of the package."""
    # With the repository's options, and so with what the lint level has already read of httpx.
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--package", python_package.name]
    environment = {**os.environ, "MYPYPATH": str(python_package.parent)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_model_comes_back_as_it_was_sent(everything: ModuleType) -> None:
    """Every type there and back; what was left out stays left out, a name that Python keeps has a line after it."""
    thing = everything.Thing.from_json({**THING, "day": "2026-11-28", "weight": None, "newer-member": 1})
    assert (thing.id, thing.from_, thing.day) == (ID, "here", date(2026, 11, 28))
    assert thing.at == datetime.fromisoformat("2026-11-28T07:00:00Z")
    assert thing.either == [everything.Circle(form="circle", radius=1.5)]
    assert (thing.good, thing.weight, thing.next_of_kin) == (everything.UNSET, None, everything.UNSET)
    assert thing.to_json() == {**THING, "day": "2026-11-28", "weight": None}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "x"}, "id: 'x' is not a UUID"),
        ({"at": "now"}, "at: 'now' is not a time"),
        ({"from": 1}, "from: '1' is not a string"),
        ({"parts": {}}, "parts: '{}' is not an array"),
        ({"counts": {"a": [True]}}, "counts: a: 'True' is not an integer"),
        ({"either": 1.5}, "either: '1.5' is not string or integer or array"),
        ({"either": [{"form": "round"}]}, "either: form is 'round', not circle or square"),
        ({"parent": {}}, "parent: id is missing"),
    ],
)
def test_an_answer_of_another_form_is_not_taken(everything: ModuleType, change: dict[str, Any], says: str) -> None:
    """The exception says which member and what it is not."""
    with pytest.raises(everything.UnexpectedAnswer) as raised:
        everything.Thing.from_json({**THING, **change})
    assert says in str(raised.value)


def test_a_word_that_a_newer_server_knows_is_taken(everything: ModuleType) -> None:
    """A value more in an enumeration breaks no older client."""
    assert everything.Thing.from_json({**THING, "kind": "huge"}).kind == "huge"


async def test_a_request_carries_what_the_document_says(made_up: Api, everything: ModuleType) -> None:
    """Path, query, headers, token and body each in its place; null is sent, what is UNSET is not."""
    since = datetime.fromisoformat("2026-11-28T07:00:00+00:00")
    change = everything.Change(title=None)
    answers = [httpx.Response(200, json=None)]
    given = await made_up.call("change_thing", ID, change, if_match='"1"', since=since, answers=answers)
    assert given is None
    (request,) = made_up.asked
    assert (request.method, str(request.url)) == (
        "PATCH",
        f"https://app.test/things/{ID}?since=2026-11-28T07%3A00%3A00%2B00%3A00",
    )
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["if-match"] == '"1"'
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {"title": None}


async def test_lists_and_reserved_characters_in_an_address(made_up: Api) -> None:
    """A list is its name again and again; a value never becomes a part of the address's structure."""
    page = httpx.Response(200, json={"items": [], "next": None})
    await made_up.call("list_things", kind="big", tag=["a", "b&c"], hidden=False, page=2, answers=[page])
    assert str(made_up.asked[0].url) == "https://app.test/things?kind=big&tag=a&tag=b%26c&hidden=false&page=2"
    counted = await made_up.call("count", "a/b ü", 3, [1, 2.5], answers=[httpx.Response(200, json={"a": 1})])
    assert counted == {"a": 1}
    assert made_up.asked[1].url.raw_path == b"/words/a%2Fb%20%C3%BC/3"
    with pytest.raises(ValueError, match="cannot be part of an address"):
        await made_up.call("count", "..", 3, [], answers=[])


async def test_a_union_and_an_empty_answer(made_up: Api, everything: ModuleType) -> None:
    """The tag chooses the model; 204 is None."""
    square = httpx.Response(200, json={"form": "square", "side": 2})
    assert await made_up.call("shape_of", "a", 1, answers=[square]) == everything.Square(form="square", side=2)
    assert await made_up.call("delete_thing", ID, answers=[httpx.Response(204)]) is None


async def test_a_file_is_sent_and_read_as_it_is(made_up: Api) -> None:
    """Bytes both ways, whatever is in them; an empty file is one."""
    content = b"\xff\0 {} \r\n"
    answers = [httpx.Response(204), httpx.Response(200, content=content, headers={"Content-Type": "image/png"})]
    assert await made_up.call("keep_file", ID, content, answers=answers[:1]) is None
    assert made_up.asked[0].content == content
    assert made_up.asked[0].headers["content-type"] == "application/octet-stream"
    assert await made_up.call("get_file", ID, answers=answers[1:]) == content
    assert await made_up.call("get_file", ID, answers=[httpx.Response(200, content=b"")]) == b""
    assert made_up.asked[1].headers["accept"] == "*/*"


async def test_all_pages_are_walked(made_up: Api) -> None:
    """With the same filters, each from the cursor of the one before."""
    pages = [httpx.Response(200, json={"items": [THING] * 2, "next": cursor}) for cursor in (str(ID), None)]
    found = await made_up.call("iterate_things", kind="big", answers=pages)
    assert [thing.id for thing in found] == [ID] * 4
    first = "https://app.test/things?kind=big"
    assert [str(request.url) for request in made_up.asked] == [first, f"https://app.test/things?after={ID}&kind=big"]


TAKEN = {"type": "https://x.test/problems/taken", "title": "Taken", "detail": "It is taken."}


@pytest.mark.parametrize(
    ("answer", "status", "code", "message", "seconds"),
    [
        ({"json": {"code": "no_thing", "detail": "None."}}, 404, "no_thing", "None.", None),
        ({"json": TAKEN}, 409, "taken", "It is taken.", None),
        ({"json": {"code": "bad", "title": "Bad."}, "headers": {"Retry-After": "x"}}, 422, "bad", "Bad.", None),
        (
            {"text": "<html>", "headers": {"Retry-After": "7"}},
            502,
            "http_502",
            "The server answered with status 502.",
            7,
        ),
    ],
)
async def test_every_answer_that_is_no_success_is_one_exception(
    made_up: Api,
    everything: ModuleType,
    answer: dict[str, Any],
    status: int,
    code: str,
    message: str,
    seconds: int | None,
) -> None:
    """The platform's form, a problem of RFC 9457, a page of a proxy."""
    response = httpx.Response(status, **answer)
    response.headers["X-Request-ID"] = "r1"
    with pytest.raises(everything.ApiError) as raised:
        await made_up.call("delete_thing", ID, answers=[response])
    error = raised.value
    retry_after = None if seconds is None else timedelta(seconds=seconds)
    assert (error.status, error.code, error.message, error.retry_after) == (status, code, message, retry_after)
    assert error.request_id == "r1"


async def test_a_success_that_is_not_json_is_not_taken(made_up: Api, everything: ModuleType) -> None:
    """The address is then hardly that of a platform."""
    with pytest.raises(everything.UnexpectedAnswer, match="not JSON"):
        await made_up.call("list_things", answers=[httpx.Response(200, text="<html>")])


def away(seconds: str = "0", status: int = 503) -> httpx.Response:
    return httpx.Response(status, json=AWAY, headers={"Retry-After": seconds})


GOOD = {"items": [], "next": None}


@pytest.mark.parametrize(
    ("refusals", "asked"),
    [
        (lambda: [away(), away()], 3),
        (lambda: [away(), away(), away()], None),
        (lambda: [away("11")], None),
        (lambda: [httpx.Response(503, json=AWAY)], None),
        (lambda: [away(status=500)], None),
        (lambda: [away(status=429)], None),
    ],
    ids=["twice", "three times", "long", "unasked", "500", "429"],
)
async def test_a_harmless_request_is_sent_again(
    made_up: Api, everything: ModuleType, refusals: Callable[[], list[httpx.Response]], asked: int | None
) -> None:
    """After a 503 with Retry-After, at most twice, and not after more than ten seconds."""
    answers = refusals()
    if asked is None:
        with pytest.raises(everything.ApiError, match="database_unavailable"):
            await made_up.call("list_things", answers=[*answers, httpx.Response(200, json=GOOD)])
        assert len(made_up.asked) == len(answers)
    else:
        await made_up.call("list_things", answers=[*answers, httpx.Response(200, json=GOOD)])
        assert len(made_up.asked) == asked


async def test_a_post_is_sent_again_only_with_a_key(made_up: Api, everything: ModuleType) -> None:
    """It may have been done the first time, and only the key makes the second one harmless."""
    thing = everything.Thing.from_json(THING)
    with pytest.raises(everything.ApiError):
        await made_up.call("create_thing", thing, answers=[away()])
    assert len(made_up.asked) == 1
    answers = [away(), httpx.Response(200, json=THING)]
    assert await made_up.call("create_thing", thing, idempotency_key="k", answers=answers) == thing
    assert [request.headers["idempotency-key"] for request in made_up.asked[1:]] == ["k", "k"]
    assert made_up.asked[1].content == made_up.asked[2].content


async def test_each_step_of_a_request_has_a_timeout(made_up: Api, everything: ModuleType) -> None:
    """30 seconds unless it is said otherwise, also with an HTTP client of one's own."""
    await made_up.call("list_things", answers=[httpx.Response(200, json=GOOD)])
    assert set(made_up.asked[0].extensions["timeout"].values()) == {30.0}


async def test_what_is_wrong_where_is_read(made_up: Api, everything: ModuleType) -> None:
    """Of a 422, each fault; of anything else, none."""
    faults = [{"where": "body", "pointer": "/title", "detail": "Too long."}, "?", {"where": "query"}]
    for body, expected in (({"errors": faults}, [("body", "/title", "Too long."), ("query", "", "")]), ([], [])):
        with pytest.raises(everything.ApiError) as raised:
            await made_up.call("delete_thing", ID, answers=[httpx.Response(422, json=body)])
        assert [(fault.where, fault.pointer, fault.detail) for fault in raised.value.faults] == expected
