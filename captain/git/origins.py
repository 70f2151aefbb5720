"""Apps whose source is a branch of a repository elsewhere, and what is done when somebody says that it moved."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from captain.accounts.book import Caller, Scope
from captain.apps.app import NoApp
from captain.apps.app_spec import name_mistake
from captain.apps.app_work import AppWork
from captain.builds.context import Fetched, Source
from captain.deployment import Deployment
from captain.deployments import Say
from captain.errors import CaptainError
from captain.git import origin as store
from captain.git.address import Address, checked_branch, parse_address, reachable
from captain.git.conversation import NEW_APP
from captain.git.fetch import Fetching, addresses_of
from captain.git.keys import Keys, public_line
from captain.git.notices import Sender, is_genuine, nothing_to_do, sender_of
from captain.git.origin import Origin
from captain.source_work import FETCH, SourceWork

_NUMBER_BITS = 63
"""Never one that was: keys that ended stay ended, also when the source is declared anew."""


class NoOrigin(NoApp):
    """The app has none, or there is no such app."""


class NotGenuine(Exception):
    """Whoever sent it does not have the webhook's secret."""

    def __init__(self) -> None:
        super().__init__("This was not sent by somebody who has the secret of this app's webhook.")


@dataclass(frozen=True, slots=True)
class Shown:
    """`deploy_key` is public. `secret` and `trigger` are for whoever sets a webhook up."""

    origin: Origin
    deploy_key: str
    secret: str
    trigger: str


class Origins:
    """Those of one Swarm; several threads may ask."""

    def __init__(self, work: AppWork, sources: SourceWork, fetching: Fetching, keys: Keys) -> None:
        self._work = work
        self._sources = sources
        self._fetching = fetching
        self._keys = keys
        sources.fetch_with(self._fetch)

    # ---- where it is ---------------------------------------------------------------------------------

    def declare(self, app: str, repository: str, branch: str, caller: Caller, renew: bool) -> Shown:
        """Say where the app's source is; with `renew`, with other keys than before. An app that is not there is made.

        `CaptainError` for an address that captain does not go to.
        """
        mistake = name_mistake(app)
        if mistake:
            raise CaptainError(f"'{app}' {mistake}.")
        address, branch = parse_address(repository), checked_branch(branch)
        found = addresses_of(address)
        is_admin = caller.scope is Scope.ADMIN

        def changed(before: Origin | None) -> Origin:
            known = before if before is not None and _is_same_server(before.repository, address) else None
            given = is_admin or (known is not None and known.may_be_private)
            may_be_private = _has_to_be_private(address, found, given)
            number = secrets.randbits(_NUMBER_BITS) if before is None or renew else before.number
            return Origin(repository, branch, number, may_be_private, known.host_keys if known else "")

        try:
            self._work.app(app)
        except NoApp:
            _has_to_be_private(address, found, is_admin)
            self._work.register(app, dict(NEW_APP))
        with self._work.place() as place:
            return self._shown(app, store.change(place.engine, app, changed))

    def get(self, app: str) -> Shown:
        """`NoOrigin` without it."""
        return self._shown(app, self._origin(app))

    def remove(self, app: str) -> None:
        """Webhooks of it are nobody's from now on."""
        self._origin(app)
        with self._work.place() as place:
            store.remove(place.engine, app)

    def _origin(self, app: str) -> Origin:
        with self._work.place() as place:
            found = store.read(place.engine, app)
        if found is None:
            raise NoOrigin(f"The app {app} has no source: PUT /apps/{app}/source says where it is.")
        return found

    def _shown(self, app: str, found: Origin) -> Shown:
        key = public_line(self._fetching.public_key(app, found.number), f"captain:{app}")
        return Shown(found, key, self._keys.webhook(app, found.number), self._keys.trigger(app, found.number))

    # ---- who says that it moved ----------------------------------------------------------------------

    def told(self, app: str, sender: Sender, headers: Mapping[str, str], body: bytes) -> Deployment | str:
        """What a webhook said: a deployment, or why there is none. `NotGenuine` for somebody else's."""
        try:
            found = self._origin(app)
        except NoOrigin:
            raise NotGenuine from None
        if not is_genuine(sender, headers, body, self._keys.webhook(app, found.number)):
            raise NotGenuine
        return nothing_to_do(sender, headers, _content(headers, body), found.branch) or self.deploy(
            app, f"{sender.value}'s webhook", ""
        )

    def triggered(self, token: str, headers: Mapping[str, str], body: bytes) -> Deployment | str:
        """The same by the token in an address, as CapRover has it: a sender that is not known always builds."""
        app = token.partition(".")[0]
        try:
            found = self._origin(app)
        except NoOrigin:
            raise NotGenuine from None
        if not hmac.compare_digest(token.encode(), self._keys.trigger(app, found.number).encode()):
            raise NotGenuine
        sender = sender_of(headers)
        why = "" if sender is None else nothing_to_do(sender, headers, _content(headers, body), found.branch)
        return why or self.deploy(app, f"{sender.value if sender else 'a'} webhook", "")

    def deploy(self, app: str, by: str, token: str) -> Deployment:
        """Fetch, build and roll out what the branch is at when its turn has come; of those that wait, the newest."""
        found = self._origin(app)
        caller = Caller(by, Scope.DEPLOY, (app,), token)
        what = f"deploy {found.branch} of {found.repository}"
        return self._sources.submit(app, Source(None), caller, what=what, kind=FETCH)

    def _fetch(self, app: str, say: Say) -> Fetched:
        now = self._origin(app)
        made = self._fetching.fetched(app, now, say)
        if made.host_keys and not now.host_keys:
            self._keep_host_keys(app, now.repository, made.host_keys)
        return made

    def _keep_host_keys(self, app: str, repository: str, host_keys: str) -> None:
        def changed(before: Origin | None) -> Origin:
            if before is None or before.repository != repository:
                raise CaptainError(f"The source of {app} was changed meanwhile: its next webhook fetches that.")
            return replace(before, host_keys=host_keys)

        with self._work.place() as place:
            store.change(place.engine, app, changed)


def _is_same_server(repository: str, address: Address) -> bool:
    before = parse_address(repository)
    return (before.scheme, before.host, before.port) == (address.scheme, address.host, address.port)


def _has_to_be_private(address: Address, found: Sequence[str], is_given: bool) -> bool:
    """Whether it needs what an administrator gives; nothing that is public is given more. `CaptainError` without it."""
    try:
        reachable(address, found, False)
    except CaptainError:
        reachable(address, found, True)
        if not is_given:
            raise
        return True
    return False


def _content(headers: Mapping[str, str], body: bytes) -> bytes:
    """The JSON, which GitHub puts into a form where its webhook says so."""
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return body
    return parse_qs(body.decode(errors="replace")).get("payload", [""])[0].encode()
