"""CapRover's API about one-click templates and their repositories: `/user/oneclick/…`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from captain.accounts.book import Scope
from captain.apps.app_work import AppWork
from captain.caprover.call import Call
from captain.caprover.envelope import Answer, Refusal, Status
from captain.caprover.oneclick_list import listed, template
from captain.errors import CaptainError
from captain.templates import public, repositories
from captain.templates.repositories import Repositories
from captain.templates.repository import WITHIN_SECONDS, download
from captain.templates.source import OFFICIAL, find

_AT_ONCE = 4
"""Requests that wait for somebody else's server; each has a thread, of which there are few."""


class OneClickCalls:
    """Each method is one route."""

    def __init__(self, work: AppWork) -> None:
        self._work = work
        self._looking = threading.BoundedSemaphore(_AT_ONCE)

    def repositories(self, call: Call) -> Answer:
        """GET repositories: all but the official one, as with CapRover."""
        call.require(Scope.READ)
        return Answer(Status.OK, "One click repositories are retrieved", {"urls": sorted(self._others())})

    def insert(self, call: Call) -> Answer:
        """POST repositories/insert, of one that lists templates now. A private address is an administrator's."""
        caller = call.require(Scope.DEPLOY)
        address = call.text("repositoryUrl").rstrip("/")
        repositories.with_repository(self._others(), address, False)  # what cannot be is said before anybody is asked
        with self._one_more():
            is_private = public.has_to_be_private(_list_of(address), caller.scope is Scope.ADMIN)
            _list(address, is_private)
        with self._work.place() as place:
            repositories.change(
                place.engine, place.stack, lambda before: repositories.with_repository(before, address, is_private)
            )
        return Answer(Status.OK, f"One Click apps repository URL is saved: {address}")

    def delete(self, call: Call) -> Answer:
        """POST repositories/delete."""
        call.require(Scope.DEPLOY)
        address = call.text("repositoryUrl").rstrip("/")
        with self._work.place() as place:
            repositories.change(
                place.engine, place.stack, lambda before: repositories.without_repository(before, address)
            )
        return Answer(Status.OK, f"One Click apps repository URL is deleted: {address}")

    def templates(self, call: Call) -> Answer:
        """GET template/list: of all repositories that answer; the others are named, and it is an error if none does.

        Of the time that is left each that is still to be asked has the same share: one that is silent takes no other's.
        """
        call.require(Scope.READ)
        found, away = [], []
        with self._one_more():
            known = {**self._others(), OFFICIAL: False}
            until = time.monotonic() + WITHIN_SECONDS
            for asked, (address, is_private) in enumerate(known.items()):
                share = (until - time.monotonic()) / (len(known) - asked)
                try:
                    found += _list(address, is_private, share)
                except CaptainError as error:
                    away.append(str(error))
        if not found:
            raise Refusal(Status.GENERIC, " ".join(away))
        return Answer(Status.OK, " ".join(["All one click apps are retrieved.", *away]), {"oneClickApps": found})

    def template(self, call: Call) -> Answer:
        """GET template/app."""
        call.require(Scope.READ)
        name, address = call.query.get("appName", ""), call.query.get("baseDomain", "").rstrip("/")
        known = {**self._others(), OFFICIAL: False}
        if address not in known:
            raise Refusal(Status.ILLEGAL_PARAMETER, "baseDomain is no repository that captain knows.")
        with self._one_more(), public.client(known[address]) as client:
            found = find(name, address, client)
        return Answer(Status.OK, "App template is retrieved", {"appTemplate": template(found.text, found.name)})

    def _others(self) -> Repositories:
        with self._work.place() as place:
            return repositories.read(place.engine, place.stack)

    @contextmanager
    def _one_more(self) -> Iterator[None]:
        if not self._looking.acquire(blocking=False):
            raise Refusal(Status.GENERIC, "Others are looking at templates: try again in a moment.")
        try:
            yield
        finally:
            self._looking.release()


def _list_of(address: str) -> str:
    return f"{address}/v4/list"


def _list(address: str, is_private: bool, within_seconds: float = WITHIN_SECONDS) -> list[dict[str, object]]:
    with public.client(is_private) as client:
        return listed(download(client, _list_of(address), within_seconds), address)
