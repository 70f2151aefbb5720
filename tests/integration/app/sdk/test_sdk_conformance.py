"""Both SDKs against the live API: every operation of its document, through every client."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from flotilla_sdk import ApiError, AsyncClient, Client
from tests import typescript_sdk
from tests.docker_cli import Resources
from tests.integration.app import http_client
from tests.integration.app.browser import new_address
from tests.integration.app.conftest import Platform, finished
from tests.integration.app.http_client import TOKEN
from tests.integration.app.sdk.people import Cookies, Desk
from tests.integration.app.sdk.scenario import Steps

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
Done = tuple[str, str]


@pytest.fixture
def document(app: http_client.Client) -> Any:
    """The document as the live API gives it."""
    return app.get("/api/v1/openapi.json", token=None).json


def operations(document: Any) -> set[Done]:
    """`(method, path with its parameters' names)` of all."""
    return {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}


def operations_of(document: Any, done: Iterable[Done]) -> set[Done]:
    """Which operations those requests were."""
    patterns = {path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in document["paths"]}
    return {
        (method, min((path for path in patterns if patterns[path].fullmatch(one)), key=lambda path: path.count("{")))
        for method, one in done
    }


def note(done: list[Done], response: httpx.Response) -> None:
    """A request that was refused has not run its operation."""
    if response.is_success:
        done.append((response.request.method, response.request.url.path))


def test_a_request_is_counted_for_its_own_operation() -> None:
    """One with the same beginning, or with a word where another has a parameter, is not run by it."""
    made_up = {"paths": {"/sites": {}, "/sites/{site_id}": {}, "/sites/mine": {}, "/sites/{site_id}/posts": {}}}
    done = [("GET", "/sites/1"), ("GET", "/sites/mine")]
    assert operations_of(made_up, done) == {("GET", "/sites/{site_id}"), ("GET", "/sites/mine")}


def test_the_committed_document_is_the_live_one(document: Any) -> None:
    """What the SDKs were generated from is what the image answers."""
    committed = json.loads((ROOT / "sdk" / "openapi.json").read_text(encoding="utf-8"))
    committed.pop("x-generated")
    assert committed == document


HOST = {"Host": "app.localhost"}


@pytest.fixture(autouse=True)
def first_administrators_leave(platform: Platform) -> Iterator[None]:
    """They own the default organisation, in which other tests count who is there."""
    yield
    platform.superuser("DELETE FROM account WHERE email LIKE 'first-sdk-%'")


def test_python_runs_every_operation(app: http_client.Client, platform: Platform, document: Any) -> None:
    """And what it gets is what it sent, page after page, refusals as ApiError; none is left out."""
    done: list[Done] = []
    cookies = Cookies()

    def read(response: httpx.Response) -> None:
        response.read()
        cookies.keep(response)
        note(done, response)

    hooks: dict[str, list[Any]] = {"request": [cookies.add], "response": [read]}
    with (
        httpx.Client(headers=HOST, event_hooks=hooks) as http,
        Client(f"http://{app.address}:8000", TOKEN, http=http) as client,
    ):
        steps = Steps("sdk-python", Desk(platform))
        while call := steps.next:
            try:
                given = getattr(client, call.name)(*call.arguments, **call.named)
                steps.answered(list(given) if isinstance(given, Iterator) else given)
            except ApiError as error:
                steps.refused(error)
    assert operations_of(document, done) == operations(document)


async def test_awaited_python_runs_every_operation(app: http_client.Client, platform: Platform, document: Any) -> None:
    """The same, with the client for asyncio."""
    done: list[Done] = []

    cookies = Cookies()

    async def add(request: httpx.Request) -> None:
        cookies.add(request)

    async def hook(response: httpx.Response) -> None:
        await response.aread()
        cookies.keep(response)
        note(done, response)

    async with (
        httpx.AsyncClient(headers=HOST, event_hooks={"request": [add], "response": [hook]}) as http,
        AsyncClient(f"http://{app.address}:8000", TOKEN, http=http) as client,
    ):
        steps = Steps("sdk-python-awaited", Desk(platform))
        while call := steps.next:
            try:
                given = getattr(client, call.name)(*call.arguments, **call.named)
                steps.answered([item async for item in given] if isinstance(given, AsyncIterator) else await given)
            except ApiError as error:
                steps.refused(error)
    assert operations_of(document, done) == operations(document)


def test_typescript_runs_every_operation(
    app: http_client.Client, platform: Platform, document: Any, tmp_path: Path
) -> None:
    """The same, compiled by the SDK's own options and run by Node with its own fetch."""
    folder = tmp_path / "sdk"
    typescript_sdk.lay_out(folder, HERE / "conformance.ts", HERE / "people.ts")
    program = typescript_sdk.compiled(folder) / "conformance.mjs"
    shutil.copy(HERE / "conformance.mjs", program)
    shutil.copy(HERE / "browser.mjs", program.parent)
    with Desk(platform).open() as desk:
        done = typescript_sdk.observed(program, app.address, TOKEN, "sdk-typescript", desk, new_address())
    assert operations_of(document, [(method, path) for method, path in done]) == operations(document)


def test_nothing_without_the_token(app: http_client.Client) -> None:
    """401 is an ApiError with the code for programs."""
    with (
        httpx.Client(headers=HOST) as http,
        Client(f"http://{app.address}:8000", http=http) as client,
        pytest.raises(ApiError) as raised,
    ):
        client.list_sites()
    assert (raised.value.status, raised.value.code) == (401, "unauthorized")


def test_the_generator_is_in_no_image(platform: Platform, resources: Resources) -> None:
    """The command says where it works; exit code 2."""
    container = platform.run(resources, ["python", "-m", "app", "sdk", "generate"])
    assert finished(container) == 2
    assert "run it in a clone" in container.logs()
