"""CapRover's API about apps: `/user/apps/…`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from captain.accounts.book import Book, Caller, Scope
from captain.accounts.users import Users
from captain.apps.app import App
from captain.apps.app_releases import running_number, word
from captain.apps.app_spec import name_mistake
from captain.apps.app_work import AppWork
from captain.apps.first_release import is_unproven
from captain.apps.password import password_hash
from captain.builds.context import Source
from captain.caprover import project_store
from captain.caprover.app_definition import (
    Facts,
    Version,
    changed,
    definition,
    has_domain,
    not_done,
    only_changes,
    with_domain,
    without_domain,
)
from captain.caprover.build_log import build_log, last_build
from captain.caprover.call import Call, Pending
from captain.caprover.definition import parse
from captain.caprover.envelope import Answer, Refusal, Status
from captain.caprover.projects import project_of
from captain.deployment import State
from captain.errors import CaptainError
from captain.source_work import SourceWork

_GIT_HASH = re.compile(r"([0-9a-f]{40})?")
_NEW_APP = {"http": {"port": 80}}
_APP_TOKEN = "deploys the app"  # noqa: S105  (a token's name)
_UPDATE, _ADD_DOMAIN, _REMOVE_DOMAIN = "caprover update", "add domain", "remove domain"
"""Kinds of changes."""
_FOLLOWED_FOR = timedelta(minutes=1)
"""After captain's start: clients ask every two seconds."""
_RECENT = timedelta(minutes=10)
_LOST = "captain was started anew, and knows of no deployment that was going on: deploy again"
_ROLLING = ("updating", "rollback_started", "paused")
"""One that is paused is not over: captain's watch goes back."""


class AppCalls:
    """Each method is one route."""

    def __init__(self, work: AppWork, sources: SourceWork, users: Users, domain: str) -> None:
        self._sources = sources
        self._domain = domain
        self._work = work
        self._users = users
        work.on_change(_UPDATE, lambda before, words: changed(before, words["body"], words["replaces"]))
        work.on_change(_ADD_DOMAIN, lambda before, words: with_domain(before, words["domain"]))
        work.on_change(_REMOVE_DOMAIN, lambda before, words: without_domain(before, words["domain"]))

    # ---- what there is -------------------------------------------------------------------------------

    def definitions(self, call: Call) -> Answer:
        """GET appDefinitions."""
        caller = call.require(Scope.READ)
        book = self._users.book()
        with self._work.place() as place:
            projects = project_store.read(place.engine, place.stack)
            within = {app: id_ for app, id_ in project_store.members(place.engine).items() if id_ in projects}
        found = [
            self._definition(app, caller, book, within.get(app.name, ""))
            for app in self._work.apps().values()
            if caller.may(Scope.READ, app.name)
        ]
        data = {
            "appDefinitions": found,
            "rootDomain": self._domain,
            "captainSubDomain": "captain",
            "defaultNginxConfig": "",
        }
        return Answer(Status.OK, "App definitions are retrieved.", data)

    def progress(self, call: Call) -> Answer:
        """GET appData/<app>: how this client's own deployment gets on, else the newest."""
        name = call.words[-1]
        caller = call.require(Scope.READ, name)
        found = self._work.deployments.of(name)
        newest = next((own for own in found if own.token == caller.token), found[0] if found else None)
        if newest is None and self._work.deployments.is_left(name):
            data = {"isAppBuilding": True, "isBuildFailed": False, "logs": build_log(0, [])}
            return Answer(Status.OK, "App build status retrieved", data)
        if newest is None:
            return self._told_by_the_swarm(self._app(name), datetime.now(UTC))
        total, lines = self._work.deployments.lines(newest.id)
        data = {
            "isAppBuilding": not newest.state.is_over,
            "isBuildFailed": newest.state is State.FAILED,
            "logs": build_log(total, lines),
        }
        return Answer(Status.OK, "App build status retrieved", data)

    def _told_by_the_swarm(self, app: App, now: datetime) -> Answer:
        """What a captain says that knows of no deployment: what the releases tell, and the last build that is kept.

        Just after its start a client that follows a deployment asks, and there may be none here: it is on another node,
        where the captain before was, or that one could not keep how it ended. That is not called deployed.
        """
        service = app.service
        is_rolling = service is not None and (service.update_state in _ROLLING or is_unproven(service))
        newest = app.releases[-1] if app.releases else None
        failed = newest is not None and word(newest, app.service) in ("failed", "unfinished")
        made = newest.created_at if newest is not None else None
        began = self._work.deployments.started_at
        build = last_build(self._sources.builds.kept.newest(app.name), made)
        is_building = is_rolling or build.goes_on
        lost = not build.says_its_end and now - began < _FOLLOWED_FOR and (made is None or made < began - _RECENT)
        lines = [*build.lines, *([_LOST] if lost else [])]
        data = {
            "isAppBuilding": is_building,
            "isBuildFailed": not is_building and (failed or build.failed or lost),
            "logs": build_log(len(lines) + build.left_out, lines),
        }
        return Answer(Status.OK, "App build status retrieved", data)

    def _definition(self, app: App, caller: Caller, book: Book, project: str) -> dict[str, Any]:
        facts = Facts(
            versions=tuple(Version(own.number, own.image, own.created_at, own.note) for own in app.releases),
            running=running_number(app.service) or 0,
            replicas=1 if app.service is None else app.service.replicas or 0,
            is_building=self._work.deployments.is_busy(app.name),
            has_app_token=any(
                token.apps == (app.name,) and token.name == _APP_TOKEN
                for user in book.users.values()
                for token in user.tokens
            ),
            project=project,
        )
        return definition(app.name, app.document, facts, caller.may(Scope.DEPLOY, app.name))

    def _app(self, name: str) -> App:
        found = self._work.apps().get(name)
        if found is None:
            raise Refusal(Status.NOT_FOUND, f"There is no app {name}.")
        return found

    # ---- definitions ---------------------------------------------------------------------------------

    def register(self, call: Call) -> Answer:
        """POST appDefinitions/register."""
        call.require(Scope.DEPLOY)
        name = call.text("appName")
        mistake = name_mistake(name)
        if mistake:
            raise Refusal(Status.BAD_NAME, f"The name {name} {mistake}.")
        if name in self._work.apps():
            raise Refusal(Status.ALREADY_EXISTS, f"There is an app {name} already: give another name.")
        project = self._project(call)
        self._work.register(name, dict(_NEW_APP))
        self._move(name, project)
        return Answer(Status.OK, "App Definition Saved")

    def update(self, call: Call) -> Pending:
        """POST or PATCH appDefinitions/update."""
        name = call.text("appName")
        caller = call.require(Scope.DEPLOY, name)
        app = self._app(name)
        left_out = not_done(call.body)
        body, replaces = _with_hash(call.body), call.method == "POST"
        changed(app.document, body, replaces)  # what cannot be is said at once
        if "projectId" in body:
            self._move(name, self._project(call))
        token = self._app_token(caller, name, call.body.get("appDeployTokenConfig"))
        told = "Updated App Definition Saved"
        if left_out:
            told += f"; captain keeps no {', '.join(left_out)}"
        if call.body.get("instanceCount") is not None and "autoscale" in app.document:
            told += "; the autoscaler owns instanceCount"
        words = {"body": only_changes(body), "replaces": replaces}
        pending = self._work.change(name, _UPDATE, "update", caller, words)
        return Pending(pending, Answer(Status.OK, told, {"appDeployToken": token} if token else {}))

    def _project(self, call: Call) -> str:
        """The id that the request names; empty for none. `Refusal` where there is no such project."""
        wanted = str(call.body.get("projectId") or "")
        if wanted:
            with self._work.place() as place:
                project_of(project_store.read(place.engine, place.stack), wanted)
        return wanted

    def _move(self, app: str, project: str) -> None:
        with self._work.place() as place:
            project_store.move(place.engine, app, project)

    def _app_token(self, caller: Caller, name: str, wanted: object) -> str:
        """A new one where it is switched on; it is told now, and never again. Switched off, there is none left."""
        if not isinstance(wanted, Mapping) or "enabled" not in wanted:
            return ""
        present = [
            token.id
            for user in self._users.book(0).users.values()
            for token in user.tokens
            if token.name == _APP_TOKEN and token.apps == (name,)
        ]
        if wanted["enabled"] and not present:
            return self._users.add_token(caller.user, _APP_TOKEN, Scope.DEPLOY, [name], None)
        if not wanted["enabled"]:
            for token_id in present:
                self._users.remove_token(token_id)
        return ""

    def add_domain(self, call: Call) -> Pending:
        """POST appDefinitions/customdomain."""
        name, domain = call.text("appName"), call.text("customDomain").lower()
        caller = call.require(Scope.DEPLOY, name)
        with_domain(self._app(name).document, domain)
        pending = self._work.change(name, _ADD_DOMAIN, f"domain {domain}", caller, {"domain": domain})
        return Pending(pending, Answer(Status.OK, f"Custom domain is enabled for: {name} at {domain}"))

    def remove_domain(self, call: Call) -> Pending:
        """POST appDefinitions/removecustomdomain."""
        name, domain = call.text("appName"), call.text("customDomain").lower()
        caller = call.require(Scope.DEPLOY, name)
        without_domain(self._app(name).document, domain)
        pending = self._work.change(name, _REMOVE_DOMAIN, f"no domain {domain}", caller, {"domain": domain})
        return Pending(pending, Answer(Status.OK, f"Custom domain is removed for: {name} at {domain}"))

    def secure(self, call: Call) -> Answer:
        """POST appDefinitions/enablebasedomainssl: the edge serves every name below the domain with HTTPS anyway."""
        name = call.text("appName")
        call.require(Scope.DEPLOY, name)
        if "http" not in self._app(name).document:
            raise Refusal(Status.ILLEGAL_OPERATION, f"{name} is not exposed as a web app.")
        return Answer(Status.OK, f"General SSL is enabled for: {name}")

    def secure_domain(self, call: Call) -> Answer:
        """POST appDefinitions/enablecustomdomainssl: never done, since captain asks no authority for certificates."""
        name, domain = call.text("appName"), call.text("customDomain").lower()
        call.require(Scope.DEPLOY, name)
        has_domain(self._app(name).document, domain)
        raise Refusal(
            Status.ILLEGAL_OPERATION,
            f"captain gets no certificate for {domain}: the edge serves it with its own, so give it one that names "
            f"{domain} too (docs/operations.md, A certificate of your own).",
        )

    def delete(self, call: Call) -> Sequence[Pending]:
        """POST appDefinitions/delete; volumes stay."""
        names = call.body.get("appNames") or [call.text("appName")]
        if not isinstance(names, list):
            raise Refusal(Status.ILLEGAL_PARAMETER, "appNames has to be a list.")
        if call.body.get("volumes"):
            raise Refusal(
                Status.ILLEGAL_OPERATION,
                "captain removes no volume with an app: docker volume rm on its node, if you mean it.",
            )
        callers = [call.require(Scope.DEPLOY, str(name)) for name in names]
        for name in names:
            self._app(str(name))
        good = Answer(Status.OK, "App is deleted")
        return [Pending(self._work.remove(str(name), who), good) for name, who in zip(names, callers, strict=True)]

    # ---- deploying -----------------------------------------------------------------------------------

    def deploy(self, call: Call) -> Pending:
        """POST appData/<app>: a tar of a source, or a definition that names an image or says what to build."""
        name = call.words[-1]
        caller = call.require(Scope.DEPLOY, name)
        self._app(name)
        content = call.body.get("captainDefinitionContent") or ""
        if not isinstance(content, str) or bool(content) == bool(call.source):
            raise Refusal(
                Status.ILLEGAL_OPERATION,
                "Either a tar in sourceFile or a definition in captainDefinitionContent is needed.",
            )
        git_hash = str(call.body.get("gitHash") or "")
        if not _GIT_HASH.fullmatch(git_hash):
            raise Refusal(Status.ILLEGAL_PARAMETER, "gitHash is a commit's 40 hexadecimal digits, or empty.")
        image = "" if call.source else self._image(content)
        if image:
            what, note = f"deploy {image}", f"git {git_hash}" if git_hash else ""
            pending = self._work.change(name, "image", what, caller, {"image": image}, note)
        else:
            pending = self._sources.submit(name, Source(call.source, content), caller, git_hash)
        return Pending(
            pending, Answer(Status.OK, "Deploy is done"), Status.BUILD_ERROR, waits=not _is_detached(call.query)
        )

    @staticmethod
    def _image(content: str) -> str:
        """That a definition names; empty for one that says what to build."""
        try:
            return parse(content).image
        except CaptainError as error:
            raise Refusal(Status.ILLEGAL_PARAMETER, str(error)) from error


def _with_hash(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same with the hash of an app's password in its place."""
    auth = body.get("httpAuth")
    if not isinstance(auth, Mapping) or not auth.get("password"):
        return body
    hashed = {"user": auth.get("user"), "passwordHash": password_hash(str(auth["password"]))}
    return {**body, "httpAuth": hashed}


def _is_detached(query: Mapping[str, str]) -> bool:
    return query.get("detached") in ("1", "true")
