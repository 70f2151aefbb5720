"""A browser's part of talking to Studio: its cookies, its Origin, its forms."""

from __future__ import annotations

import html
import http.client
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import argon2

from tests.integration.app.browser import new_address
from tests.integration.app.http_client import Answer

HOST = "admin.localhost"
COOKIE = "__Host-flotilla_studio"
PASSWORD = "a lighthouse at dawn"


@dataclass(frozen=True)
class Account:
    """Somebody with a password."""

    id: str
    email: str
    administrator: bool

    def statements(self) -> list[str]:
        """What makes the account, as PostgreSQL's superuser."""
        made = [
            f"INSERT INTO account (id, email, name) VALUES ('{self.id}', '{self.email}', 'Ada')",
            "INSERT INTO credential (account_id, password_hash)"
            f" VALUES ('{self.id}', '{argon2.PasswordHasher().hash(PASSWORD)}')",
        ]
        return made + [f"INSERT INTO platform_administrator (account_id) VALUES ('{self.id}')"] * self.administrator


OPERATOR = Account("0000000e-0000-7000-8000-000000000001", "ada@example.org", True)
SOMEBODY = Account("0000000e-0000-7000-8000-000000000002", "somebody@example.org", False)


@contextmanager
def accounts(superuser: Callable[..., str]) -> Iterator[None]:
    """An administrator of the platform and somebody who is none, made by `Platform.superuser`."""
    superuser(*OPERATOR.statements(), *SOMEBODY.statements())
    yield
    superuser(f"DELETE FROM account WHERE id IN ('{OPERATOR.id}', '{SOMEBODY.id}')")


@dataclass
class Browser:
    """Asks one replica; `cookies` as they were set last."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    client: str = field(default_factory=new_address)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, origin: str = f"http://{HOST}") -> Answer:
        """One request. A form is sent as a browser does; nothing follows a redirect."""
        connection = http.client.HTTPConnection(self.address, 8000, timeout=15)
        headers = {
            "Host": HOST,
            "X-Real-IP": self.client,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = None
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode({"csrftoken": self.cookies.get("starlette_admin_csrftoken", ""), **form})
        if method == "POST" and origin:
            headers["Origin"] = origin
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    key, _, content = value.partition(";")[0].partition("=")
                    self.cookies[key] = content
            return answer
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """A page."""
        return self.ask("GET", path)

    def post(self, path: str, **form: str) -> Answer:
        """A form."""
        return self.ask("POST", path, form)

    def sign_in(self, account: Account = OPERATOR) -> Browser:
        """With the password."""
        self.get("/studio/login")
        assert self.post("/studio/login", email=account.email, password=PASSWORD).status == 303
        return self

    def write(self, reason: str = "a test") -> Browser:
        """With writing switched on."""
        assert self.post("/studio/writing", on="1", reason=reason).status == 303
        return self

    def form(self, path: str) -> dict[str, str]:
        """What stands in the form of a page: every field by its name."""
        page = self.get(path)
        assert page.status == 200, page.body
        return fields(page)


def fields(page: Answer) -> dict[str, str]:
    """Inputs, boxes and choices of the page's last form, as a browser would send them back."""
    text = page.body.decode().rpartition("<form")[2]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        if name := _attribute(tag, "name"):
            found[name] = _attribute(tag, "value")
    for attributes, content in re.findall(r"<textarea([^>]*)>(.*?)</textarea>", text, re.S):
        found[_attribute(attributes, "name")] = html.unescape(content).removeprefix("\n")
    for attributes, content in re.findall(r"<select([^>]*)>(.*?)</select>", text, re.S):
        chosen = re.search(r"<option value=\"([^\"]*)\"\s+selected", content)
        initial = re.search(r"[0-9a-f-]{36}", html.unescape(_attribute(attributes, "data-initial")))
        found[_attribute(attributes, "name")] = chosen[1] if chosen else initial[0] if initial else ""
    found.pop("csrftoken", None)
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'(?<![\w-]){name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
