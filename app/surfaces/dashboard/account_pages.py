"""The pages of accounts: signing up and in, and what protects an account. They talk to the API, from the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.asgi import Scope, Send, answer
from app.surfaces.pages import TEMPLATES, answer_page, fill, template

_FOLDER = "accounts"
# What app/web becomes, as the browser loads it: modules, and below `sdk` the SDK's.
_SCRIPTS = Path(__file__).parents[2] / "web" / "compiled"
# Scripts and styles from files of our own alone, and pictures that an answer holds (a QR code); forms are sent by the
# script, or not at all.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none';"
    b" form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class _Page:
    name: str
    title: str
    kind: str = "narrow"


_PAGES = {
    "/sign-in": _Page("sign-in", "Sign in"),
    "/sign-in/link": _Page("sign-in-link", "Sign in"),
    "/sign-up": _Page("sign-up", "Sign up"),
    "/sign-up/finish": _Page("sign-up-finish", "Sign up"),
    "/password/forgotten": _Page("password-forgotten", "Forgotten password"),
    "/password/reset": _Page("password-reset", "A new password"),
    "/welcome": _Page("welcome", "Welcome"),
    "/invitation": _Page("invitation", "An invitation"),
    "/account/email": _Page("account-email", "A new address"),
    "/account": _Page("account", "Your account", "wide"),
}


class AccountPages:
    """All of them, read and put together once."""

    def __init__(self) -> None:
        folder = TEMPLATES / _FOLDER
        files = {"accounts.css": (b"text/css; charset=utf-8", (folder / "accounts.css").read_bytes())}
        for script in sorted(_SCRIPTS.rglob("*.js")):
            name = script.relative_to(_SCRIPTS).as_posix()
            files[name] = (b"text/javascript; charset=utf-8", script.read_bytes())
        # In the path of all of them, so that modules find each other and none is kept beside another release's.
        version = hashlib.sha256(b"".join(body for _, body in files.values())).hexdigest()[:12]
        self._files = {f"/static/{version}/{name}": file for name, file in files.items()}
        # All modules are asked for at once, not each after the one that imports it.
        scripts = [path for path in self._files if path.endswith(".js")]
        preloads = "\n".join(f'<link rel="modulepreload" href="{path}">' for path in scripts)
        frame = template(_FOLDER, "page")
        self._pages: Mapping[str, bytes] = {
            path: fill(
                frame,
                {"title": page.title, "version": version, "kind": page.kind},
                fragments={
                    "content": (folder / f"{page.name}.html").read_text(encoding="utf-8"),
                    "preloads": preloads,
                },
            )
            for path, page in _PAGES.items()
        }

    async def answered(self, scope: Scope, send: Send) -> bool:
        """Answers if the path is one of these pages' or files'; whether it was."""
        path = scope["path"]
        if path in self._files:
            kind, body = self._files[path]
            await answer(scope, send, 200, kind, body, [(b"cache-control", b"public, max-age=31536000, immutable")])
            return True
        page = self._pages.get(path)
        if page is None:
            return False
        await answer_page(scope, send, 200, page, policy=POLICY)
        return True
