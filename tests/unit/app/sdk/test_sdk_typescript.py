"""The TypeScript that is generated compiles in strict mode and does what it says; `behaviour.ts` asks, this judges."""

from __future__ import annotations

from typing import Any

import pytest

ID = "018f2b6e-7c1d-7a53-9d0e-3f1b2a4c5d6e"
AWAY = {
    "status": 503,
    "code": "database_unavailable",
    "message": "Try again.",
    "requestId": None,
}


def without_a_word(status: int, retry_after_seconds: int | None) -> dict[str, object]:
    """The error of an answer that says nothing but its status."""
    return {
        "status": status,
        "code": f"http_{status}",
        "message": f"The server answered with status {status}.",
        "retryAfterSeconds": retry_after_seconds,
        "requestId": None,
    }


@pytest.fixture
def observed(typescript_behaviour: Any) -> Any:
    return typescript_behaviour


def test_a_request_carries_what_the_document_says(observed: Any) -> None:
    """Path, query, headers, token and body each in its place; null is sent, what is left out is not."""
    request = observed["request"]
    assert request["method"] == "PATCH"
    assert request["address"] == f"https://app.test/things/{ID}?since=2026-11-28T07%3A00%3A00Z"
    assert request["headers"] == {
        "accept": "application/json",
        "authorization": "Bearer t",
        "content-type": "application/json",
        "if-match": '"1"',
    }
    assert request["body"] == {"title": None}
    assert request["given"] is None


def test_lists_and_reserved_characters_in_an_address(observed: Any) -> None:
    """A list is its name again and again; a value never becomes a part of the address's structure."""
    assert observed["query"] == "https://app.test/things?kind=big&tag=a&tag=b%26c&hidden=false&page=2"
    assert observed["segments"] == {
        "counted": {"a": 1},
        "nothing": True,
        "address": "https://app.test/words/a%2Fb%20%C3%BC/3",
    }
    assert observed["dots"] == "RangeError"


def test_a_file_is_sent_and_read_as_it_is(observed: Any) -> None:
    """Bytes both ways, whatever is in them; an empty file is one."""
    assert observed["file"] == {
        "sent": True,
        "type": "application/octet-stream",
        "accept": "*/*",
        "given": [255, 0, 123, 125, 13, 10],
        "empty": 0,
    }


def test_a_union_is_narrowed_by_its_tag(observed: Any) -> None:
    """The compiler takes `side` after a look at `form`."""
    assert observed["union"] == 2


def test_all_pages_are_walked(observed: Any) -> None:
    """With the same filters, each from the cursor of the one before."""
    first = "https://app.test/things?kind=big"
    assert observed["pages"] == {"found": 4, "asked": [first, f"https://app.test/things?after={ID}&kind=big"]}


def test_every_answer_that_is_no_success_is_one_class(observed: Any) -> None:
    """The platform's form, a problem of RFC 9457, a page of a proxy; a success that is not JSON is another."""
    assert observed["errors"] == [
        {"status": 404, "code": "no_thing", "message": "None.", "retryAfterSeconds": None, "requestId": "r1"},
        {"status": 409, "code": "taken", "message": "It is taken.", "retryAfterSeconds": None, "requestId": None},
        without_a_word(502, 7),
        "UnexpectedAnswer",
    ]


def test_only_what_is_harmless_is_sent_again(observed: Any) -> None:
    """After a 503 with Retry-After, at most twice, and not after more than ten seconds."""
    assert observed["repeats"] == {
        "get": ["no error", 3],
        "bounded": [{**AWAY, "retryAfterSeconds": 0}, 3],
        "post": [{**AWAY, "retryAfterSeconds": 0}, 1],
        "keyed": ["no error", 2],
        "long": [{**AWAY, "retryAfterSeconds": 11}, 1],
        "unasked": [without_a_word(503, None), 1],
        "other": [without_a_word(500, 0), 1],
    }


def test_a_call_ends_in_time(observed: Any) -> None:
    """Also while it pauses, and then nothing is sent again; and when the caller aborts it."""
    assert observed["timeout"] == "TimeoutError"
    assert observed["timeout while pausing"] == ["TimeoutError", 1]
    assert observed["aborted"] == "AbortError"


def test_a_change_comes_with_the_token_of_its_session(observed: Any) -> None:
    """The newest that an answer had, without anybody's help; what only reads has no need of it."""
    assert observed["csrf"] == [["DELETE", None], ["GET", None], ["GET", None], ["DELETE", "c1"]]
