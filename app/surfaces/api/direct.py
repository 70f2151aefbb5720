"""The shortest way to a route about content. FastAPI describes these routes; its way to them costs more than they do.

Of a request that the table knows, this reads the body, asks who sent it, checks what FastAPI found the route to take,
each with FastAPI's own validator, and calls the function. Everything else (people's routes, the document, wrong
addresses and methods) goes on to FastAPI, which gives the same answer to everything that is answered here.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from fastapi import APIRouter, FastAPI, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection

from app.asgi import Receive, Scope, Send
from app.errors import PlatformError
from app.surfaces.api.answers import HEADERS, NEEDED, answered_error
from app.surfaces.api.route import Route, StrictRequest, require_file, require_json

_NOTHING = object()
_DEFAULTS = (NoneType, str, int)
"""Of a default of these kinds no request needs a copy of its own."""
_MANY = (list, tuple, set, frozenset, dict, BaseModel)

Fault = dict[str, Any]
Authorize = Callable[[HTTPConnection], Awaitable[object]]


@dataclass(frozen=True)
class _Field:
    """A parameter or the body: where it is, and FastAPI's field of it."""

    name: str
    where: tuple[str, ...]
    required: bool
    default: object
    field: Any

    def read(self, given: object, values: dict[str, Any], faults: list[Fault]) -> None:
        """Puts what was given into `values`, or what is wrong with it into `faults`."""
        if given is _NOTHING:
            if not self.required:
                values[self.name] = self.default
            else:
                faults.append({"type": "missing", "loc": self.where, "msg": "Field required", "input": None})
            return
        value, wrong = self.field.validate(given, {}, loc=self.where)
        if wrong:
            faults.extend(wrong)
        else:
            values[self.name] = value


@dataclass(frozen=True)
class _Operation:
    """A route, taken apart once. `parts` are the address's, None for one that is a parameter."""

    route: Route
    parts: tuple[str | None, ...]
    names: tuple[tuple[int, str], ...]
    path: tuple[_Field, ...]
    query: tuple[_Field, ...]
    headers: tuple[_Field, ...]
    body: _Field | None
    takes_file: bool
    request_name: str | None

    def is_at(self, parts: Sequence[str]) -> bool:
        """Whether an address of as many parts is this one's."""
        return all(mine == given if mine is not None else given for mine, given in zip(self.parts, parts, strict=True))


class Direct:
    """The routes of `routers` below `prefix`, for those whom `authorize` lets through; `api` for all the rest."""

    def __init__(self, api: FastAPI, prefix: str, routers: Iterable[APIRouter], authorize: Authorize) -> None:
        self.api = api
        self._authorize = authorize
        self._table: dict[tuple[str, int], list[_Operation]] = {}
        # An address that two routes fit is the first one's, as it is for FastAPI.
        for route in (route for router in routers for route in router.routes):
            operation = _operation(prefix, route) if isinstance(route, Route) else None
            if operation is not None:
                for method in operation.route.methods or ():
                    self._table.setdefault((method, len(operation.parts)), []).append(operation)

    def find(self, method: str, path: str) -> Route | None:
        """The route that is answered here for a method and a path, if one is."""
        operation = self._find(method, path.split("/"))
        return None if operation is None else operation.route

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of all routes, FastAPI's."""
        return self.api.openapi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI application. What is unforeseen is raised, for the entrance to log and answer."""
        parts = scope["path"].split("/")
        operation = self._find(scope["method"], parts) if scope["type"] == "http" else None
        if operation is None:
            await self.api(scope, receive, send)
            return
        scope["app"] = self.api
        request = StrictRequest(scope, receive)
        try:
            answer = await self._answer(operation, request, {name: parts[place] for place, name in operation.names})
        except (PlatformError, HTTPException, RequestValidationError) as error:
            answer = answered_error(request, error)
        for name, value in scope.get(HEADERS, {}).items():
            answer.headers.setdefault(name, value)
        await answer(scope, receive, send)

    def _find(self, method: str, parts: Sequence[str]) -> _Operation | None:
        for operation in self._table.get((method, len(parts)), ()):
            if operation.is_at(parts):
                return operation
        return None

    async def _answer(self, operation: _Operation, request: StrictRequest, path: Mapping[str, str]) -> Response:
        """In FastAPI's order: the body has to be JSON, the sender is asked for, and all faults are told at once."""
        request.scope[NEEDED] = operation.route.needed
        request.scope["path_params"] = path
        if operation.takes_file:
            require_file(request)
        body = _NOTHING if operation.body is None else await _body_of(request)
        await self._authorize(request)
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for source, fields in (
            (path, operation.path),
            (request.query_params, operation.query),
            (request.headers, operation.headers),
        ):
            for field in fields:
                field.read(source.get(field.where[-1], _NOTHING), values, faults)
        if operation.body is not None:
            operation.body.read(body, values, faults)
        if faults:
            raise RequestValidationError(faults)
        if operation.request_name is not None:
            values[operation.request_name] = request
        answer: Response = await operation.route.endpoint(**values)
        return answer


async def _body_of(request: StrictRequest) -> object:
    require_json(request)
    try:
        return await request.json() if await request.body() else _NOTHING
    except ClientDisconnect as error:
        raise HTTPException(400) from error


def _operation(prefix: str, route: Route) -> _Operation | None:
    """The route taken apart; None for one that takes something which only FastAPI can give."""
    dependant: Dependant = route.dependant
    if (
        dependant.dependencies
        or dependant.cookie_params
        or dependant.response_param_name
        or dependant.background_tasks_param_name
        or dependant.http_connection_param_name
        or dependant.concurrency
        or len(dependant.body_params) > 1
        or not inspect.iscoroutinefunction(route.endpoint)
    ):
        return None
    given = (prefix + route.path).split("/")
    names = tuple((place, part[1:-1]) for place, part in enumerate(given) if part.startswith("{"))
    fields = {
        where: [_field(field, where) for field in found]
        for where, found in (
            ("path", dependant.path_params),
            ("query", dependant.query_params),
            ("header", dependant.header_params),
        )
    }
    body = [_field(field, "body", alone=True) for field in dependant.body_params]
    if any(field is None for found in (*fields.values(), body) for field in found):
        return None
    known: dict[str, tuple[_Field, ...]] = {where: tuple(filter(None, found)) for where, found in fields.items()}
    return _Operation(
        route,
        tuple(None if part.startswith("{") else part for part in given),
        names,
        known["path"],
        known["query"],
        known["header"],
        body[0] if body else None,
        route.takes_file,
        dependant.request_param_name,
    )


def _field(field: Any, where: str, *, alone: bool = False) -> _Field | None:
    """FastAPI's field; None for one that is more than a single text, or has a default to copy."""
    info = field.field_info
    required = info.is_required()
    default = None if required else field.default
    if not isinstance(default, _DEFAULTS) or info.validate_default or info.validation_alias not in {None, field.alias}:
        return None
    if isinstance(info, Form) if alone else not _is_single(info.annotation):
        return None
    return _Field(field.name, (where,) if alone else (where, field.alias), required, default, field)


def _is_single(annotation: Any) -> bool:
    """Whether one text says the whole of it."""
    if get_origin(annotation) is Literal:
        return True
    if get_origin(annotation) in {Union, UnionType, Annotated}:
        return all(
            _is_single(part) for part in get_args(annotation)[: 1 if get_origin(annotation) is Annotated else None]
        )
    return isinstance(annotation, type) and get_origin(annotation) is None and not issubclass(annotation, _MANY)
