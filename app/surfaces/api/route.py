"""The API's routes: the scope that each needs, JSON read strictly, headers that every answer gets."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.asgi import App, Message, Receive, Scope, Send
from app.errors import PlatformError
from app.models.scopes import Scope as KeyScope
from app.surfaces.api.answers import HEADERS, NEEDED

SCOPE = "x-scope"


def needs(scope: KeyScope) -> dict[str, Any]:
    """What a route says in `openapi_extra`: the scope of a key that may use it."""
    return {SCOPE: scope.value}


class Route(APIRoute):
    """A route that says which scope it needs; without saying it, manage."""

    @property
    def needed(self) -> KeyScope:
        """The scope that a key has to hold for it."""
        return KeyScope((self.openapi_extra or {}).get(SCOPE, KeyScope.MANAGE.value))

    @property
    def takes_file(self) -> bool:
        """Whether its body is a file as it is."""
        body = (self.openapi_extra or {}).get("requestBody", {})
        return "application/octet-stream" in body.get("content", {})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's, given a request that reads JSON strictly."""
        handle = super().get_route_handler()
        needed = self.needed
        takes_body, takes_file = self.body_field is not None, self.takes_file

        async def handle_strictly(request: Request) -> Response:
            request.scope[NEEDED] = needed
            if takes_body:
                require_json(request)
            elif takes_file:
                require_file(request)
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


class Headers:
    """Middleware: adds to every answer what the request's scope has under HEADERS."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI application."""

        async def send_with_headers(message: Message) -> None:
            more = scope.get(HEADERS)
            if more and message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                added = [(name.lower().encode(), value.encode()) for name, value in more.items()]
                message["headers"] = [*message["headers"], *(one for one in added if one[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class StrictRequest(Request):
    """A request that reads JSON strictly."""

    async def json(self) -> Any:
        """The body's JSON. PlatformError 400 for what the standard does not have, or has two meanings."""
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """JSON without a name twice in one object, without NaN, in UTF-8, nested no deeper than the reader can follow."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise _unreadable("The body is no UTF-8.") from error
    except RecursionError as error:
        raise _unreadable("The JSON is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise _unreadable("The request cannot be read; send JSON.") from error
    except ValueError as error:  # a number of thousands of digits
        raise _unreadable("The JSON has a number that is too long.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _unreadable("The JSON has a name twice in one object.")
    return made


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _unreadable("The JSON has a number that is too large.")
    return value


def _no_number(word: str) -> Any:
    raise _unreadable(f"The JSON has {word}, which is no number in JSON.")


def _unreadable(sentence: str) -> PlatformError:
    return PlatformError(400, "bad_request", sentence)


def require_file(request: Request) -> None:
    """Raises PlatformError 415 for a form, in which browsers and `curl -F` wrap a file."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        raise PlatformError(
            415,
            "unsupported_media_type",
            "Send the file itself as the body, not in a form, and its name in the address: with curl, "
            "`--data-binary @picture.png` and `?file_name=picture.png`.",
        )


def require_json(request: Request) -> None:
    """Raises PlatformError 415 for a body that does not say that it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return
    empty = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    if not (empty and not kind):
        raise PlatformError(
            415, "unsupported_media_type", "Send JSON, with the header `Content-Type: application/json`."
        )
