"""Somebody at a browser: keeps the session's cookie, sends what browsers send, reads mail."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.integration.app.http_client import Answer

if TYPE_CHECKING:
    from tests.integration.app.conftest import Platform

_ADDRESSES = count(1)
COOKIE = "__Host-flotilla_session"
ORIGIN = {"Origin": "http://app.localhost", "Sec-Fetch-Site": "same-origin"}


def new_address() -> str:
    """A client's address that no other test has, so that nobody is counted with others."""
    number = next(_ADDRESSES)
    return f"198.51.{number // 250}.{number % 250 + 1}"


@dataclass
class Browser:
    """One browser at a replica. `origin` are the headers that say which page sends a request."""

    replica: str
    address: str = field(default_factory=new_address)
    cookie: str = ""
    csrf: str = ""
    origin: dict[str, str] = field(default_factory=lambda: dict(ORIGIN))

    def ask(self, method: str, path: str, content: object = None, **headers: str) -> Answer:
        """A request to the API, with the cookie and the token of the session if there is one."""
        sent = {"Host": "app.localhost", "X-Real-IP": self.address, "User-Agent": "Tests/1", **self.origin, **headers}
        if self.cookie:
            sent["Cookie"] = f"{COOKIE}={self.cookie}"
        if self.csrf and method != "GET":
            sent.setdefault("X-CSRF-Token", self.csrf)
        body = None
        if content is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(content)
        connection = http.client.HTTPConnection(self.replica, 8000, timeout=20)
        try:
            connection.request(method, f"/api/v1{path}", body, sent)
            response = connection.getresponse()
            headers_back = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, headers_back, response.read())
        finally:
            connection.close()
        self._keep(answer)
        return answer

    def done(self, method: str, path: str, content: object = None) -> Any:
        """A request that has to succeed; the answer's JSON, None without one."""
        answer = self.ask(method, path, content)
        assert 200 <= answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json if answer.body else None

    def _keep(self, answer: Answer) -> None:
        found = re.match(rf"{COOKIE}=([^;]*); Max-Age=(\d+); (.*)", answer.headers.get("set-cookie", ""))
        if found:
            assert found[3] == "Path=/; Secure; HttpOnly; SameSite=Lax"
            self.cookie = found[1]
        if answer.body and answer.headers.get("content-type") == "application/json":
            said = answer.json
            self.csrf = said.get("csrf_token", self.csrf) if isinstance(said, dict) else self.csrf


@dataclass
class Person:
    """Somebody with an address, a password and a browser."""

    platform: Platform
    browser: Browser
    email: str
    password: str = "a quiet harbour"

    def mails(self) -> list[str]:
        """What was mailed to them, the oldest first; as the outbox has it."""
        said = self.platform.superuser(
            f"SELECT coalesce(json_agg(body_text ORDER BY id), '[]') FROM mail WHERE recipient = '{self.email}'"
        )
        found: list[str] = json.loads(said)
        return found

    def secret(self) -> str:
        """What is behind # in the newest mail."""
        return re.findall(r"https?://\S+#(\S+)", self.mails()[-1])[-1]

    def sign_up(self, name: str = "Ada") -> Any:
        """Their account, signed in; the session."""
        self.browser.done("POST", "/sign-ups", {"email": self.email})
        return self.browser.done(
            "POST", "/sign-ups/finish", {"token": self.secret(), "name": name, "password": self.password}
        )

    def sign_in(self, browser: Browser | None = None, **more: str) -> Answer:
        """With the password, in this or another browser."""
        return (browser or self.browser).ask(
            "POST", "/session", {"email": self.email, "password": self.password} | more
        )


def events(person: Person) -> list[str]:
    """What is written down of an account."""
    return person.platform.superuser(
        "SELECT action FROM account_event JOIN account ON account.id = account_id"
        f" WHERE email = '{person.email}' ORDER BY account_event.id"
    ).split()


def refused(answer: Answer, status: int, code: str) -> None:
    """The answer is that problem."""
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
