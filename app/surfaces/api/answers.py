"""How the API answers: JSON straight from rows, and every error in the same form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException

from app.acting import Acting
from app.db import Database
from app.errors import Fault, PlatformError, internal, invalid
from app.keys.caller import Caller
from app.observability import request_id
from app.repeats.once import Answer, digest, once
from app.surfaces.api.patterns import SENTENCES
from app.versions import unchanged

P = ParamSpec("P")


class ProblemFault(BaseModel):
    """One thing that is wrong: `pointer` is a JSON pointer into what `where` names (body, query, path, header)."""

    where: str
    pointer: str
    detail: str


class Problem(BaseModel):
    """Every answer that is no success, as RFC 9457 has it.

    `code` is for programs and does not change; `detail` is for people; `instance` names the request as the logs do.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    errors: list[ProblemFault] | None = None


PROBLEM = "application/problem+json"
MOST_FAULTS = 20

CALLER = "flotilla.caller"
"""The key of a request's scope under which `token.py` says who sent it."""
NEEDED = "flotilla.needed"
"""Under which a route says which scope it needs."""
HEADERS = "flotilla.headers"
"""Under which is what every answer gets besides."""

Answers = dict[int | str, dict[str, Any]]

ERRORS: Answers = {
    400: {"model": Problem, "description": "The request cannot be read."},
    401: {"model": Problem, "description": "No token, or a wrong one."},
    403: {"model": Problem, "description": "The key does not hold the scope, or the plan's limit is reached."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "What was sent is not acceptable; `errors` says where and why."},
    429: {"model": Problem, "description": "Too many requests; go on after `Retry-After`."},
    500: {"model": Problem, "description": "A mistake in the platform."},
    503: {"model": Problem, "description": "The database is away; try again after `Retry-After`."},
}
NOT_FOUND: Answers = {404: {"model": Problem, "description": "There is no such thing, for this token."}}
CONFLICT: Answers = {409: {"model": Problem, "description": "Something else has it already, or is doing it now."}}
CHANGED: Answers = {
    412: {"model": Problem, "description": "It is in another version by now; `current` says how it is."}
}
MEDIA_TYPE: Answers = {415: {"model": Problem, "description": "The body is no JSON."}}
FORBIDDEN: Answers = {403: {"model": Problem, "description": "Another site's page sent it, or the role is too low."}}
LINK: Answers = {404: {"model": Problem, "description": "The link is used up, expired or not complete."}}
NOTHING_THERE: Answers = {404: {"model": Problem, "description": "There is no such one."}}
ACCOUNT_CONFLICT: Answers = {409: {"model": Problem, "description": "What there is does not allow it; see `code`."}}

_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}
_MESSAGES = {
    400: "The request cannot be read; send JSON.",
    404: "There is nothing at this address; see /api/v1/openapi.json for what there is.",
    405: "This address does not take that method; see /api/v1/openapi.json.",
}


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of rows, serialized at once: what our own queries return needs no second validation."""
    return Response(to_json(content), status_code=status, headers=headers, media_type="application/json")


def page(rows: Sequence[Mapping[str, Any]], limit: int) -> Response:
    """A page of rows in the order of their ids, of which one more was asked for than the page holds."""
    return json({"items": rows[:limit], "next": rows[limit - 1]["id"] if len(rows) > limit else None})


def single(request: Request, row: Mapping[str, Any]) -> Response:
    """One thing with its ETag; 304 for who has it already."""
    tag = row["etag"]
    if unchanged(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(to_json(row), headers={"ETag": tag}, media_type="application/json")


async def write(
    request: Request,
    status: int,
    work: Callable[Concatenate[AsyncConnection, P], Awaitable[Mapping[str, Any] | None]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """Does a unit of work in a transaction, and answers with what it returns. With an `Idempotency-Key`, once."""
    database, caller = database_of(request), caller_of(request)
    key = request.headers.get("idempotency-key")
    if key is None:
        return _answered(_made(status, await database.write(caller.acting, work, *args, **kwargs)))

    async def done(connection: AsyncConnection) -> Answer:
        return _made(status, await work(connection, *args, **kwargs))

    asked = digest(
        request.method,
        request.url.path,
        request.url.query,
        request.headers.get("if-match", ""),
        await request.body(),
    )
    return _answered(await database.write(caller.acting, once, digest(caller.id, key), asked, done))


def _made(status: int, row: Mapping[str, Any] | None) -> Answer:
    return Answer(204, None, b"") if row is None else Answer(status, row.get("etag"), to_json(row))


def _answered(answer: Answer) -> Response:
    headers = {"ETag": answer.etag} if answer.etag else {}
    if answer.repeated:
        headers["Idempotency-Replayed"] = "true"
    kind = "application/json" if answer.body else None
    return Response(answer.body, answer.status, headers, kind)


def database_of(request: Request) -> Database:
    """The process's database."""
    database: Database = request.app.state.database
    return database


def caller_of(request: Request) -> Caller:
    """Who sent the request."""
    caller: Caller = request.scope[CALLER]
    return caller


def acting_of(request: Request) -> Acting:
    """For whom the request acts: who its token is of."""
    return caller_of(request).acting


def answer_errors(api: FastAPI) -> None:
    """Makes the one handler answer for everything that can be raised."""
    api.add_exception_handler(PlatformError, _answer)
    api.add_exception_handler(HTTPException, _answer)
    api.add_exception_handler(RequestValidationError, _answer)
    api.add_exception_handler(Exception, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    return answered_error(request, error)


def answered_error(request: Request, error: Exception) -> Response:
    """The one form in which everything that can be raised is answered."""
    problem = _as_platform_error(request, error)
    return Response(
        to_json(problem.body(request_id.get())), problem.status, headers=problem.headers, media_type=PROBLEM
    )


def _as_platform_error(request: Request, error: Exception) -> PlatformError:
    """Our own form of what FastAPI and Starlette raise. An unforeseen error is logged by the entrance."""
    if isinstance(error, PlatformError):
        return error
    if isinstance(error, RequestValidationError):
        return _faults(error)
    if isinstance(error.__cause__, PlatformError):  # raised while FastAPI read the body, and wrapped
        return error.__cause__
    if isinstance(error, HTTPException):
        status = error.status_code
        message = _MESSAGES.get(status, str(error.detail))
        headers = {"Allow": ", ".join(_methods(request))} if status == 405 else error.headers
        return PlatformError(status, _CODES.get(status, "bad_request"), message, headers)
    return internal()


def _methods(request: Request) -> list[str]:
    """What the address takes: Starlette names what the first of its routes does."""
    path = request.url.path
    paths = request.app.openapi()["paths"]
    # An address that the document has word for word is that, and no `{…}` of another beside it.
    at = [path] if path in paths else [known for known in paths if _is_at(known, path)]
    found = {method.upper() for known in at for method in paths[known]}
    return sorted(found) or ["GET"]


def _is_at(known: str, path: str) -> bool:
    """Whether a path is one that the document has, `{…}` standing for any part."""
    parts, given = known.split("/"), path.split("/")
    return len(parts) == len(given) and all(
        part == said or part.startswith("{") for part, said in zip(parts, given, strict=True)
    )


def _said(fault: Mapping[str, Any]) -> str:
    """What is wrong: of a pattern, what fits it."""
    message: str = fault["msg"]
    return SENTENCES.get(fault.get("ctx", {}).get("pattern", ""), message)


def _faults(error: RequestValidationError) -> PlatformError:
    """Everything that is wrong, and the first of it as the sentence; what was sent is not repeated."""
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        return PlatformError(400, "bad_request", _MESSAGES[400])
    faults = []
    for fault in found[:MOST_FAULTS]:
        where, *path = (str(part) for part in fault["loc"])
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        faults.append(Fault(where=where, pointer=pointer, detail=f"{_said(fault)}."))
    first = faults[0]
    name = first["pointer"].removeprefix("/").replace("/", ".") or first["where"]
    return invalid(f"{name}: {first['detail']}", faults)
