"""Where captain is and with which token, kept for the next command in a file that only its user may read."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from captain.errors import CaptainError

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_OWN = 0o600
_OWN_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Login:
    """`url` has no slash at its end; `fingerprint` is the SHA-256 of the one certificate that is trusted, in small
    hexadecimal digits, and empty where the machine's own authorities say whom to trust.
    """

    url: str
    token: str
    fingerprint: str = ""


def address(given: str) -> str:
    """Captain's address as it is kept. `CaptainError` for what is none, or would send the token for all to read."""
    text = given if "://" in given else f"https://{given}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise CaptainError(f"'{given}' is no address of captain's, such as https://captain.example.com.")
    if parts.path.rstrip("/") not in ("", "/api/v1"):
        raise CaptainError(f"'{given}' is more than captain's address: leave {parts.path} out.")
    if parts.scheme == "http" and not is_here(parts.hostname):
        raise CaptainError(f"Over http everybody on the way reads the token: https://{parts.netloc}")
    return f"{parts.scheme}://{parts.netloc}"


def fingerprint(given: str) -> str:
    """A certificate's SHA-256 as it is kept, from openssl's way of writing it or plain digits."""
    digits = given.rpartition("=")[2].replace(":", "").strip().lower()
    if not _FINGERPRINT.fullmatch(digits):
        raise CaptainError(f"'{given}' is no SHA-256 fingerprint: it has 64 hexadecimal digits.")
    return digits


def reached_at(host: str) -> str:
    """Where a host is: names below localhost are this machine, which not every resolver knows."""
    return "127.0.0.1" if host.endswith(".localhost") else host


def shown(digits: str) -> str:
    """A fingerprint as openssl writes it."""
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()


class LoginFile:
    """The one server that this user is logged in to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Login:
        """`CaptainError` says how to log in where nobody is."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return Login(str(found["url"]), str(found["token"]), str(found["fingerprint"]))
        except FileNotFoundError:
            raise CaptainError("You are not logged in: captain login https://captain.<domain>") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CaptainError(f"{self._path} cannot be read ({error}): captain login again.") from error

    def write(self, login: Login) -> None:
        """In place of what was there; nobody else can read it at any moment."""
        try:
            self._path.parent.mkdir(mode=_OWN_FOLDER, parents=True, exist_ok=True)
            made = self._path.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN), "w", encoding="utf-8") as file:
                json.dump(asdict(login), file)
            made.replace(self._path)
        except OSError as error:
            raise CaptainError(f"Cannot write {self._path}: {error}.") from error

    def forget(self) -> bool:
        """Whether there was one."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise CaptainError(f"Cannot remove {self._path}: {error}.") from error
        return True


def is_here(host: str) -> bool:
    """Whether it is this machine."""
    return host in ("127.0.0.1", "::1") or host == "localhost" or host.endswith(".localhost")
