"""CapRover's API at `/api/v2`: every answer is HTTP 200 with an envelope, and paths are found in any case."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, TypeAlias

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from captain.accounts.book import Caller, Scope
from captain.accounts.users import Users, Wait
from captain.apps.app_work import AppWork
from captain.audit import Audit
from captain.builds.tarball import spool
from captain.caprover import instead
from captain.caprover.app_calls import AppCalls
from captain.caprover.call import Call, Pending
from captain.caprover.envelope import Answer, Refusal, Status
from captain.caprover.log_calls import LogCalls
from captain.caprover.oneclick_calls import OneClickCalls
from captain.caprover.oneclick_deploy import OneClickDeploy
from captain.caprover.project_calls import ProjectCalls
from captain.caprover.registry_calls import RegistryCalls
from captain.caprover.system_calls import SystemCalls
from captain.caprover.webhook import Webhook
from captain.client_address import client_of
from captain.deployment import State
from captain.errors import CaptainError
from captain.git.origins import Origins
from captain.logs.kept_logs import KeptLogs
from captain.source_work import SourceWork
from captain.template_work import TemplateWork
from swarm.engine import EngineError

PREFIX = "/api/v2"
NAMESPACE = "captain"
MOST_BODY_BYTES = 2 * 2**20
ANSWER_WITHIN_SECONDS = 45.0
"""Before the edge gives up (60 s): what takes longer goes on, and the client is told that it was started."""
_OF_APPS = ["user", "apps", "appdata"]
_DEPLOYS = "user/apps/appdata/*"
_FILE_FIELD = "sourceFile"
_MOST_FIELDS = 10
_PIECE_BYTES = 256 * 1024
_PAUSE_SECONDS = 0.05

log = logging.getLogger("captain.caprover")

Handler: TypeAlias = Callable[[Call], Answer | Pending | Sequence[Pending]]


class CapRover:
    """The routes with what they need. Nothing here remembers who logged in: the Swarm does."""

    def __init__(
        self,
        work: AppWork,
        sources: SourceWork,
        users: Users,
        audit: Audit,
        origins: Origins,
        templates: TemplateWork,
        domain: str,
    ) -> None:
        self._work = work
        self._users = users
        self._audit = audit
        self._folder = sources.builds.folder
        self._webhook = Webhook(origins, audit)
        apps = AppCalls(work, sources, users, domain)
        system, projects, one_click = SystemCalls(work, domain), ProjectCalls(work), OneClickCalls(work)
        deploying = OneClickDeploy(work, templates)
        definitions = "user/apps/appdefinitions"
        self._routes: Mapping[tuple[str, str], Handler] = {
            ("POST", "login"): self._log_in,
            ("GET", "user/system/info"): system.info,
            ("GET", "user/system/versioninfo"): system.version,
            ("GET", "user/system/nodes"): system.nodes,
            ("POST", "user/system/changerootdomain"): system.change_root_domain,
            ("POST", "user/system/enablessl"): system.enable_ssl,
            ("POST", "user/system/forcessl"): system.force_ssl,
            ("POST", "user/changepassword"): self._change_password,
            ("GET", definitions): apps.definitions,
            ("POST", f"{definitions}/register"): apps.register,
            ("POST", f"{definitions}/update"): apps.update,
            ("PATCH", f"{definitions}/update"): apps.update,
            ("POST", f"{definitions}/delete"): apps.delete,
            ("POST", f"{definitions}/customdomain"): apps.add_domain,
            ("POST", f"{definitions}/removecustomdomain"): apps.remove_domain,
            ("POST", f"{definitions}/enablebasedomainssl"): apps.secure,
            ("POST", f"{definitions}/enablecustomdomainssl"): apps.secure_domain,
            ("GET", "user/apps/appdata/*"): apps.progress,
            ("POST", "user/apps/appdata/*"): apps.deploy,
            ("GET", "user/apps/appdata/*/logs"): LogCalls(work, KeptLogs(self._folder)).logs,
            ("GET", "user/registries"): RegistryCalls().registries,
            ("POST", "user/registries/setpush"): RegistryCalls().set_push,
            **{("POST", f"user/registries/{verb}"): RegistryCalls().refuse for verb in ("insert", "update", "delete")},
            ("GET", "user/oneclick/repositories"): one_click.repositories,
            ("POST", "user/oneclick/repositories/insert"): one_click.insert,
            ("POST", "user/oneclick/repositories/delete"): one_click.delete,
            ("POST", "user/oneclick/deploy"): deploying.deploy,
            ("GET", "user/oneclick/deploy/progress"): deploying.progress,
            ("GET", "user/oneclick/template/list"): one_click.templates,
            ("GET", "user/oneclick/template/app"): one_click.template,
            ("GET", "user/projects"): projects.projects,
            ("POST", "user/projects/register"): projects.register,
            ("POST", "user/projects/update"): projects.update,
            ("POST", "user/projects/delete"): projects.delete,
        }

    def router(self) -> APIRouter:
        """All of it."""
        router = APIRouter()
        router.add_api_route(
            PREFIX + "/{path:path}",
            self._answer,
            methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
            include_in_schema=False,
        )
        return router

    async def _answer(self, request: Request) -> JSONResponse:
        path = request.path_params["path"]
        try:
            if self._webhook.is_at(path):
                return JSONResponse((await self._webhook.take(request)).body())
            call = await self._call(request, path)
            found = await to_thread.run_sync(self._handle, call)
            answer = found if isinstance(found, Answer) else await self._outcome(found)
        except Refusal as refusal:
            answer = refusal.answer()
        except HTTPException as error:
            answer = Answer(Status.ILLEGAL_PARAMETER, f"The form cannot be read: {error.detail}")
        except Wait as wait:
            answer = Answer(Status.BACK_OFF, str(wait))
        except (CaptainError, EngineError) as error:
            answer = Answer(Status.GENERIC, str(error))
        except Exception:  # the outer edge: clients read nothing but an envelope
            log.exception("A request to CapRover's API ended in an error of captain's own.")
            answer = Answer(Status.GENERIC, "captain made a mistake: see docker service logs flotilla_captain")
        return JSONResponse(answer.body(), headers={"Cache-Control": "no-store"})

    async def _call(self, request: Request, path: str) -> Call:
        if request.headers.get("x-namespace") != NAMESPACE:
            raise Refusal(Status.GENERIC, f"The header x-namespace has to say {NAMESPACE}.")
        app_token = request.headers.get("x-captain-app-token", "")
        token = app_token or request.headers.get("x-captain-auth", "")
        caller: Caller | None = await to_thread.run_sync(self._users.caller, token) if token else None
        body: Mapping[str, Any] = {}
        source: BinaryIO | None = None
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            body = await _json(request)
        elif caller is not None:  # nobody else's is received
            body, source = await self._uploaded(request)
        return Call(
            method=request.method,
            words=tuple(word for word in path.split("/") if word),
            query=dict(request.query_params),
            body=body,
            source=source,
            client=client_of(request),
            caller=caller,
            by_app_token=bool(app_token),
        )

    async def _uploaded(self, request: Request) -> tuple[Mapping[str, Any], BinaryIO | None]:
        """The fields of a form, and the file in it, which the system takes away once nobody holds it."""
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            sent = {key: value for key, value in form.multi_items() if isinstance(value, str)}
            file = form.get(_FILE_FIELD)
            if file is None or isinstance(file, str):
                return sent, None
            chunks = iter(lambda: file.file.read(_PIECE_BYTES), b"")
            return sent, await to_thread.run_sync(spool, chunks, self._folder)

    def _handle(self, call: Call) -> Answer | Pending | Sequence[Pending]:
        path, app = _route(call)
        handler = self._routes.get((call.method, path))
        if call.by_app_token and (call.method, path) != ("POST", _DEPLOYS):
            raise Refusal(Status.NOT_AUTHORISED, "An app's token deploys the app and does nothing else.")
        if handler is None:
            call.require(Scope.READ)
            raise instead.refusal(call.method, path)
        if call.method == "GET" or path == "login":
            return handler(call)
        what = f"{call.method} /{path.removesuffix('/*')} {app or call.body.get('appName', '')}".strip()
        by = call.caller.user if call.caller else ""
        try:
            found = handler(call)
        except Refusal:
            self._audit.note(by, call.client, what, went_well=False)
            raise
        self._audit.note(by, call.client, what)
        return found

    async def _outcome(self, found: Pending | Sequence[Pending]) -> Answer:
        waited = [found] if isinstance(found, Pending) else list(found)
        answer = waited[0].good
        for pending in waited:
            if not pending.waits:
                return Answer(Status.STARTED, "Deploy is started", answer.data)
            number, left = pending.deployment.id, ANSWER_WITHIN_SECONDS
            while (now := self._work.deployments.get(number)) is not None and not now.state.is_over:
                if left <= 0:
                    return Answer(Status.STARTED, f"{now.what} goes on: appData/{now.app} tells its end", answer.data)
                await asyncio.sleep(_PAUSE_SECONDS)
                left -= _PAUSE_SECONDS
            if now is not None and now.state is State.FAILED:
                return Answer(pending.failed, now.why)
        return answer

    # ---- who is there --------------------------------------------------------------------------------

    def _log_in(self, call: Call) -> Answer:
        token = self._users.log_in(call.text("password"), call.client)
        caller = None if token is None else self._users.caller(token)
        self._audit.note(caller.user if caller else "", call.client, "log in", went_well=caller is not None)
        if caller is None:
            raise Refusal(Status.WRONG_PASSWORD, "Password is incorrect.")
        return Answer(Status.OK, "Login succeeded", {"token": token})

    def _change_password(self, call: Call) -> Answer:
        caller = call.require(Scope.READ)
        old, new = call.text("oldPassword"), call.text("newPassword")
        if not self._users.change_password(caller, old, new, call.client):
            raise Refusal(Status.WRONG_PASSWORD, "Old password is incorrect.")
        return Answer(Status.OK, "Password changed.")


def _route(call: Call) -> tuple[str, str]:
    """The path in lower case with `*` for the app that is in it, and that app's name."""
    words = [word.lower() for word in call.words]
    if words[:3] != _OF_APPS or len(words) < 4:
        return "/".join(words), ""
    return "/".join([*_OF_APPS, "*", *words[4:]]), call.words[3]


async def _json(request: Request) -> Mapping[str, Any]:
    """The body of a request that has one; `Refusal` for one that is too large or no object."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise Refusal(Status.ILLEGAL_PARAMETER, f"The body has more than {MOST_BODY_BYTES} bytes.")
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError as error:
        raise Refusal(Status.ILLEGAL_PARAMETER, "The body is not JSON.") from error
    if not isinstance(found, dict):
        raise Refusal(Status.ILLEGAL_PARAMETER, "The body has to be an object.")
    return found
