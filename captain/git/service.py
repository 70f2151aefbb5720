"""`https://captain.<domain>/git/APP.git`: what `git push` speaks to, for users of captain's who may deploy the app."""

from __future__ import annotations

import base64
import binascii
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from captain.accounts.book import Caller, Scope
from captain.accounts.users import Users, Wait
from captain.apps.app_spec import name_mistake
from captain.apps.app_work import AppWork
from captain.audit import Audit
from captain.audit_spool import SpoolError
from captain.client_address import client_of
from captain.errors import CaptainError
from captain.git import backend
from captain.git.backend import Backend
from captain.git.conversation import Conversation
from captain.git.repositories import Repositories
from captain.git.turns import Turns
from captain.source_work import SourceWork
from swarm.engine import EngineError

PREFIX = "/git"
MOST_AT_A_TIME = 3
"""Pushes, each of which may hold some memory of captain's container."""
_SERVICE = "git-receive-pack"
_BUSY = f"{MOST_AT_A_TIME} pushes are under way: push again when one has ended."


class _Refused(Exception):
    """An answer that git shows to whoever pushes."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Streamed(StreamingResponse):
    """git's answer to its end, or until nobody listens any more; then `over` is called, and nothing of it is left."""

    def __init__(
        self, body: AsyncIterator[bytes], status: int, headers: Mapping[str, str], over: Callable[[], object]
    ) -> None:
        super().__init__(body, status, headers)
        self._over = over

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._over()


class GitService:
    """The routes with what they need."""

    def __init__(
        self, work: AppWork, sources: SourceWork, users: Users, audit: Audit, repositories: Repositories
    ) -> None:
        self._work = work
        self._sources = sources
        self._users = users
        self._audit = audit
        self._repositories = repositories
        self._turns = Turns()
        self._under_way: list[str] = []
        """Apps that are pushed to; touched in the event loop alone."""

    def router(self) -> APIRouter:
        """All of it."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(PREFIX + "/{name}/info/refs", self._refs, methods=["GET"])
        router.add_api_route(PREFIX + f"/{{name}}/{_SERVICE}", self._push, methods=["POST"])
        return router

    async def _refs(self, name: str, request: Request) -> Response:
        """What the repository has, which git asks for before it pushes."""
        try:
            app, caller = await self._let_in(name, request)
            if request.query_params.get("service") != _SERVICE:
                raise _Refused(403, "captain takes pushes and gives nothing back: fetch from where the source is kept.")
            if len(self._under_way) >= MOST_AT_A_TIME:
                raise _Refused(503, _BUSY)
            await to_thread.run_sync(self._make_ready, app)
            run = await Backend.start(_told(self._repositories.folder, app, "info/refs", request, caller))
            try:
                await run.feed(_nothing())
                status, headers = await run.head()
                body = b"".join([piece async for piece in run.body()])
            finally:
                run.end()
            return Response(body, status, headers)
        except (_Refused, Wait, CaptainError, EngineError, SpoolError) as error:
            return _answer(error)

    async def _push(self, name: str, request: Request) -> Response:
        """The push itself; the answer lasts as long as its deployment."""
        try:
            app, caller = await self._let_in(name, request)
            if len(self._under_way) >= MOST_AT_A_TIME:
                raise _Refused(503, _BUSY)
            self._under_way.append(app)
        except (_Refused, Wait, CaptainError, EngineError, SpoolError) as error:
            return _answer(error)
        try:
            await to_thread.run_sync(self._audit.note, caller.user, client_of(request), f"git push {app}")
            return await self._begun(app, caller, request)
        except (CaptainError, SpoolError) as error:
            self._under_way.remove(app)
            return _answer(error)
        except BaseException:  # the place is free again, whatever it was
            self._under_way.remove(app)
            raise

    async def _begun(self, app: str, caller: Caller, request: Request) -> Response:
        await to_thread.run_sync(self._repositories.open, app)
        talk = Conversation(app, caller, self._work, self._sources, self._repositories, self._turns)
        asked, their_asked = os.pipe()
        their_answers, answers = os.pipe()
        more = {"CAPTAIN_ASKED": str(their_asked), "CAPTAIN_ANSWERS": str(their_answers)}
        told = _told(self._repositories.folder, app, _SERVICE, request, caller)
        try:
            run = await Backend.start(told, (their_asked, their_answers), more)
        except BaseException:  # the error is the caller's; the pipes are nobody's any more
            os.close(asked)
            os.close(answers)
            raise
        finally:
            os.close(their_asked)
            os.close(their_answers)
        pipes = os.fdopen(asked, "rb"), os.fdopen(answers, "wb", buffering=0)
        threading.Thread(target=talk.run, args=pipes, daemon=True, name=f"push-{app}").start()
        try:
            await run.feed(_body(request))
            status, headers = await run.head()
        except BaseException:  # the error is the caller's
            run.end()
            talk.end()
            raise
        # Lines are shown as they come: the edge would else wait for a buffer of them.
        headers["X-Accel-Buffering"] = "no"

        def over() -> None:
            run.end()
            talk.end()
            self._under_way.remove(app)

        return _Streamed(run.body(), status, headers, over)

    # ---- who pushes ----------------------------------------------------------------------------------

    async def _let_in(self, name: str, request: Request) -> tuple[str, Caller]:
        """The app, and who may deploy it."""
        app, client = name.removesuffix(".git"), client_of(request)
        given = _credentials(request.headers.get("authorization", ""))
        found = None
        if given is not None:
            found = await to_thread.run_sync(self._users.let_in, *given, client)
            if found is None:
                await to_thread.run_sync(self._audit.note, "", client, f"git push {app}", False)
        if found is None:
            raise _Refused(401, "Give the name of a user of captain's, and a token of theirs as the password.")
        mistake = name_mistake(app)
        if mistake:
            raise _Refused(404, f"'{app}' cannot be an app: its name {mistake}.")
        if not found.may(Scope.DEPLOY, app):
            await to_thread.run_sync(self._audit.note, found.user, client, f"git push {app}", False)
            raise _Refused(403, f"Your token may not deploy the app {app}.")
        return app, found

    def _make_ready(self, app: str) -> None:
        """The app's repository, without those of apps that are gone."""
        self._repositories.keep({*self._work.apps(), *self._under_way})
        self._repositories.open(app)


def _credentials(header: str) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    with suppress(binascii.Error, UnicodeDecodeError):
        name, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        return (name, secret) if colon else None
    return None


def _told(root: Path, app: str, what: str, request: Request, caller: Caller) -> backend.Request:
    return backend.Request(
        root=root,
        path=f"/{app}.git/{what}",
        method=request.method,
        query=f"service={_SERVICE}" if request.method == "GET" else "",
        content_type=request.headers.get("content-type", ""),
        content_encoding=request.headers.get("content-encoding", ""),
        user=caller.user,
        client=client_of(request),
    )


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


async def _body(request: Request) -> AsyncIterator[bytes]:
    with suppress(ClientDisconnect):
        async for piece in request.stream():
            yield piece


def _answer(error: Exception) -> Response:
    """A sentence, as git shows it."""
    match error:
        case _Refused():
            status = error.status
        case Wait():
            status = 429
        case EngineError() | SpoolError():
            status = 503
        case _:
            status = 422
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="captain", charset="UTF-8"'
    if isinstance(error, Wait):
        headers["Retry-After"] = str(error.seconds)
    return PlainTextResponse(f"{error}\n", status, headers)
