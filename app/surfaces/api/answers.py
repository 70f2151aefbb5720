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
from app.errors import PlatformError, internal, invalid


class ErrorDetail(BaseModel):
    """`code` is for programs and does not change; `message` is for people."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """Every answer that is no success."""

    error: ErrorDetail


ACTING = "flotilla.acting"
"""The key of a request's scope under which `token.py` says for whom it acts."""

Answers = dict[int | str, dict[str, Any]]

ERRORS: Answers = {
    401: {"model": ErrorAnswer, "description": "No token, or a wrong one."},
    422: {"model": ErrorAnswer, "description": "What was sent is not acceptable; the message says why."},
    503: {"model": ErrorAnswer, "description": "The database is away; try again after `Retry-After`."},
}
NOT_FOUND: Answers = {404: {"model": ErrorAnswer, "description": "There is no such site."}}
CONFLICT: Answers = {409: {"model": ErrorAnswer, "description": "The slug is taken."}}

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
    return Response(to_json(problem.body()), problem.status, headers=problem.headers, media_type="application/json")


def _as_platform_error(error: Exception) -> PlatformError:
    """Our own form of what FastAPI and Starlette raise. An unforeseen error is logged by the entrance."""
    if isinstance(error, PlatformError):
        return error
    if isinstance(error, RequestValidationError):
        return _first_fault(error)
    if isinstance(error.__cause__, PlatformError):  # raised while FastAPI read the body, and wrapped
        return error.__cause__
    if isinstance(error, HTTPException):
        status = error.status_code
        message = _MESSAGES.get(status, str(error.detail))
        return PlatformError(status, _CODES.get(status, "error"), message, error.headers)
    return internal()


def _first_fault(error: RequestValidationError) -> PlatformError:
    """One sentence about the first thing that is wrong; what was sent is not repeated."""
    fault = error.errors()[0]
    if fault["type"] == "json_invalid":
        return PlatformError(400, "bad_request", _MESSAGES[400])
    where = ".".join(str(part) for part in fault["loc"] if part not in {"body", "query", "path"})
    return invalid(f"{where or 'body'}: {fault['msg']}.")
