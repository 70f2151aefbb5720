"""What the SDKs do about people: the part of the scenario that needs a mailbox, an authenticator app and a browser.

And a desk, which has what no operation makes.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest

from flotilla_sdk import (
    AddressChange,
    AddressOnly,
    ApiError,
    AuthenticatorCode,
    InvitationToken,
    LinkSignIn,
    LinkToken,
    MemberChange,
    NewInvitation,
    NewMember,
    NewOrganisation,
    PasswordChange,
    PasswordReset,
    PasswordSignIn,
    Proof,
    SessionChoice,
    SignUp,
    Welcome,
)
from tests.integration.app.browser import COOKIE, ORIGIN, Browser, Person, new_address
from tests.integration.app.conftest import Platform


@dataclass
class Desk:
    """Reads people's mail, and has the first administrator's link, a picture, and something for a webhook."""

    platform: Platform

    def mailed(self, email: str) -> str:
        """The secret in the newest mail to an address."""
        return Person(self.platform, Browser(""), email).secret()

    def first_administrator(self) -> str:
        """The secret of a link for the first administrator; whoever was one is none any more."""
        secret = secrets.token_urlsafe(32)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        self.platform.superuser(
            "DELETE FROM platform_administrator",
            "INSERT INTO one_time_token (purpose, secret_sha256, expires_at)"
            f" VALUES ('first_administrator', '\\x{digest}', now() + interval '1 hour')",
        )
        return secret

    def delivered(self, webhook_id: str) -> UUID:
        """The id of a new delivery to a webhook."""
        return self._made(
            "webhook_delivery (organisation_id, webhook_id, event)"
            f" SELECT organisation_id, id, 'post.changed' FROM webhook WHERE id = '{webhook_id}'"
        )

    def _made(self, row: str) -> UUID:
        return UUID(self.platform.superuser(f"INSERT INTO {row} RETURNING id").strip())

    @contextmanager
    def open(self) -> Iterator[str]:
        """The address of a server that answers `/<address of mail>` and `/first-administrator` with a secret.

        And `/delivered/<webhook>` with an id.
        """
        desk = self

        class Counter(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.path.removeprefix("/")
                what, _, of = asked.partition("/")
                if of:
                    answer = str(desk.delivered(of))
                else:
                    answer = desk.first_administrator() if what == "first-administrator" else desk.mailed(what)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


@dataclass
class Cookies:
    """What a browser adds to the requests of httpx: the session's cookie, its token, and which page it is."""

    cookie: str = ""
    csrf: str = ""
    client: str = field(default_factory=new_address)

    def add(self, request: httpx.Request) -> None:
        """Before a request is sent."""
        request.headers.update({**ORIGIN, "X-Real-IP": self.client})
        if self.cookie:
            request.headers.update({"Cookie": f"{COOKIE}={self.cookie}", "X-CSRF-Token": self.csrf})

    def keep(self, response: httpx.Response) -> None:
        """Of an answer that has been read."""
        said = response.headers.get("set-cookie", "")
        if said.startswith(f"{COOKIE}="):
            self.cookie = said.partition("=")[2].partition(";")[0]
        if response.content and "csrf_token" in response.text:
            self.csrf = response.json()["csrf_token"]


def people(call: Any, slug: str, desk: Desk) -> Generator[Any, Any, None]:
    """Somebody signs up, protects their account, and others join; every operation about people succeeds once."""
    email, password, another = f"{slug}@example.org", "a quiet harbour", "another harbour"
    yield call("start_sign_up", AddressOnly(email=email))
    assert (yield call("show_sign_up", LinkToken(token=desk.mailed(email)))).email == email
    session = yield call("finish_sign_up", SignUp(token=desk.mailed(email), name="Ada", password=password))
    assert (session.email, session.organisation_id, session.second_factor) == (email, None, False)
    with pytest.raises(ApiError) as wrong:
        yield call("sign_in", PasswordSignIn(email=email, password="not the password"))
    assert (wrong.value.status, wrong.value.code) == (401, "wrong_credentials")
    yield call("sign_in", PasswordSignIn(email=email, password=password))
    yield call("send_sign_in_link", AddressOnly(email=email))
    yield call("sign_in_by_link", LinkSignIn(token=desk.mailed(email)))
    yield call("start_password_reset", AddressOnly(email=email))
    yield call("finish_password_reset", PasswordReset(token=desk.mailed(email), password=another))
    yield call("sign_in", PasswordSignIn(email=email, password=another))
    changed = yield call("change_password", PasswordChange(present_password=another, password=password))
    assert (yield call("get_session")) == changed

    moved = f"moved-{email}"
    yield call("start_email_change", AddressChange(email=moved, present_password=password))
    changed = yield call("finish_email_change", LinkToken(token=desk.mailed(moved)))
    assert changed.email == moved

    key = yield call("set_up_authenticator", Proof(present_password=password))
    codes = yield call("confirm_authenticator", AuthenticatorCode(code=pyotp.TOTP(key.key).now()))
    proof = Proof(present_password=password, code=codes.recovery_codes[0])
    renewed = yield call("renew_recovery_codes", proof)
    yield call("remove_authenticator", Proof(present_password=password, code=renewed.recovery_codes[0]))

    made = yield call("create_organisation", NewOrganisation(name="Harbour"))
    assert [(one.name, one.role) for one in made.organisations] == [("Harbour", "owner")]
    chosen = yield call("choose_organisation", SessionChoice(organisation_id=made.organisation_id))
    assert chosen.organisation_id == made.organisation_id
    back = yield call("invite", NewInvitation(role="writer"))
    listed = yield call("list_invitations")
    assert [(one.id, one.email, one.role) for one in listed.items] == [(back.id, None, "writer")]
    yield call("take_invitation_back", back.id)
    link = (yield call("invite", NewInvitation(role="admin"))).link
    mailed = f"second-{email}"
    assert (yield call("invite", NewInvitation(role="editor", email=mailed))).link is None
    shown = yield call("show_invitation", InvitationToken(token=desk.mailed(mailed)))
    assert (shown.organisation_name, shown.account_exists) == ("Harbour", False)
    yield call("sign_out")
    joined = yield call(
        "accept_invitation_as_new_member", NewMember(token=desk.mailed(mailed), name="Bob", password=password)
    )
    assert joined.role == "editor"

    first = f"first-{email}"
    welcome = Welcome(token=desk.first_administrator(), email=first, name="Cy", password=password)
    assert (yield call("welcome", welcome)).administrator is True
    accepted = yield call("accept_invitation", InvitationToken(token=link.rpartition("#")[2]))
    assert (accepted.role, accepted.organisation_id) == ("admin", made.organisation_id)
    members = yield call("list_members", limit=10)
    assert [(one.name, one.role) for one in members.items] == [("Ada", "owner"), ("Bob", "editor"), ("Cy", "admin")]
    assert len((yield call("iterate_members", limit=1))) == 3
    bob = members.items[1]
    writer = MemberChange(role="writer")
    assert (yield call("change_member", bob.account_id, writer, if_match=bob.etag)).role == "writer"
    yield call("remove_member", bob.account_id)
    sessions = yield call("list_sessions")
    assert [one.current for one in sessions.items] == [True]
    yield call("end_session", sessions.items[0].id)
    yield call("sign_in", PasswordSignIn(email=first, password=password))
    yield call("end_all_sessions")
