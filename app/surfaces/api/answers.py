"""How the API answers: JSON straight from rows, and every error in the same form."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from app.acting import Acting
from app.db import Database
from app.errors import Fault, PlatformError, internal, invalid
from app.observability import request_id


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

ACTING = "flotilla.acting"
"""The key of a request's scope under which `token.py` says for whom it acts."""

Answers = dict[int | str, dict[str, Any]]

ERRORS: Answers = {
    400: {"model": Problem, "description": "The request cannot be read."},
    401: {"model": Problem, "description": "No token, or a wrong one."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "What was sent is not acceptable; `errors` says where and why."},
    429: {"model": Problem, "description": "Too many requests; go on after `Retry-After`."},
    500: {"model": Problem, "description": "A mistake in the platform."},
    503: {"model": Problem, "description": "The database is away; try again after `Retry-After`."},
}
NOT_FOUND: Answers = {404: {"model": Problem, "description": "There is no such site."}}
CONFLICT: Answers = {409: {"model": Problem, "description": "The slug is taken."}}

_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}
_MESSAGES = {
    400: "The request cannot be read; send JSON.",
    404: "There is nothing at this address; see /api/v1/openapi.json for what there is.",
    405: "This address does not take that method; see /api/v1/openapi.json.",
}


def json(content: object, status: int = 200) -> Response:
    """An answer of rows, serialized at once: what our own queries return needs no second validation."""
    return Response(to_json(content), status_code=status, media_type="application/json")


def database_of(request: Request) -> Database:
    """The process's database."""
    database: Database = request.app.state.database
    return database


def acting_of(request: Request) -> Acting:
    """For whom the request acts: who its token is of."""
    acting: Acting = request.scope[ACTING]
    return acting


def answer_errors(api: FastAPI) -> None:
    """Makes the one handler answer for everything that can be raised."""
    api.add_exception_handler(PlatformError, _answer)
    api.add_exception_handler(HTTPException, _answer)
    api.add_exception_handler(RequestValidationError, _answer)
    api.add_exception_handler(Exception, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    problem = _as_platform_error(error)
    return Response(
        to_json(problem.body(request_id.get())), problem.status, headers=problem.headers, media_type=PROBLEM
    )


def _as_platform_error(error: Exception) -> PlatformError:
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
        return PlatformError(status, _CODES.get(status, "error"), message, error.headers)
    return internal()


def _faults(error: RequestValidationError) -> PlatformError:
    """Everything that is wrong, and the first of it as the sentence; what was sent is not repeated."""
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        return PlatformError(400, "bad_request", _MESSAGES[400])
    faults = []
    for fault in found[:MOST_FAULTS]:
        where, *path = (str(part) for part in fault["loc"])
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        faults.append(Fault(where=where, pointer=pointer, detail=f"{fault['msg']}."))
    first = faults[0]
    name = first["pointer"].removeprefix("/").replace("/", ".") or first["where"]
    return invalid(f"{name}: {first['detail']}", faults)
