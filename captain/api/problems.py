"""Answers that are no success, as problems of RFC 9457."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from captain.accounts.users import Wait
from captain.apps.app import NoApp
from captain.audit_spool import SpoolError
from captain.errors import CaptainError
from captain.git.origins import NoOrigin, NotGenuine
from captain.ledger import NotKept
from swarm.engine import EngineError

_MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer with this status; `code` is a word for programs, `detail` a sentence for people."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def _answer(problem: Problem) -> JSONResponse:
    body = {
        "type": f"/problems/{problem.code}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": problem.status,
        "detail": str(problem),
        "code": problem.code,
    }
    headers = {**problem.headers, "Cache-Control": "no-store"}
    return JSONResponse(body, problem.status, headers, media_type=_MEDIA_TYPE)


def _of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case NoOrigin():
            return Problem(404, "no_source", str(error))
        case NotGenuine():
            return Problem(403, "not_genuine", str(error))
        case NoApp():
            return Problem(404, "no_app", str(error))
        case Wait():
            return Problem(429, "too_many_attempts", str(error), {"Retry-After": str(error.seconds)})
        case NotKept() if error.is_full:
            return Problem(507, "no_room", str(error))
        case NotKept():
            return Problem(503, "disk_away", str(error), {"Retry-After": "1"})
        case SpoolError():
            return Problem(503, "audit_away", str(error), {"Retry-After": "1"})
        case EngineError():
            return Problem(503, "engine_away", str(error), {"Retry-After": "1"})
        case RequestValidationError():
            wrong = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
            return Problem(422, "not_as_described", wrong)
        case HTTPException():
            code = {404: "not_found", 413: "too_large"}.get(error.status_code, "refused")
            return Problem(error.status_code, code, error.detail)
        case _:
            return Problem(422, "cannot_be", str(error))


def handle(app: FastAPI) -> None:
    """Every error that has a cause becomes a problem; what is captain's own mistake stays a 500 with its trace."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        return _answer(_of(error))

    handler: Callable[[Request, Exception], Awaitable[JSONResponse]] = answer
    for kind in (
        Problem,
        CaptainError,
        EngineError,
        NotGenuine,
        SpoolError,
        Wait,
        RequestValidationError,
        HTTPException,
    ):
        app.add_exception_handler(kind, handler)
