"""Users and tokens, kept in a config of the Swarm; who may come in, and how often somebody may try."""

from __future__ import annotations

import secrets
import string
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from captain.accounts.backoff import Attempts
from captain.accounts.book import (
    SESSION_LASTS,
    Book,
    Caller,
    Scope,
    Token,
    User,
    digest_of,
    dump,
    is_password,
    parse,
    password_hash,
)
from captain.credentials import STACK_LABEL
from captain.errors import CaptainError
from captain.kept import Kept
from swarm.engine import Engine

FIRST_USER = "admin"
TOKEN_PREFIX = "fc_"  # noqa: S105  (what tokens begin with)
_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 32
_FRESH_SECONDS = 1.0
_FRESH_FOR_STRANGERS_SECONDS = 0.1
"""Somebody unknown may have been made just now; and need not be looked up a thousand times a second."""


class Wait(Exception):
    """Too many failed attempts; how long this client has to wait."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__(f"Too many failed attempts: wait {max(1, round(pause.total_seconds()))} s, then try again.")
        self.seconds = max(1, round(pause.total_seconds()))


class Users:
    """The book of one Swarm. Every method may raise `EngineError`, and those that write `CaptainError`.

    `connect` makes a connection for each use: several threads ask at once.
    """

    def __init__(
        self,
        connect: Callable[[], Engine],
        stack: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connect = connect
        self._kept = Kept("captain.users", "flotilla.captain.users", stack, {STACK_LABEL: stack})
        self._now = now
        self._lock = threading.Lock()
        self._seen: tuple[float, Book] | None = None
        self._attempts = Attempts()
        self._hashing = threading.Lock()  # 16 MB at a time

    # ---- who comes in --------------------------------------------------------------------------------

    def caller(self, secret: str) -> Caller | None:
        """Whom this token speaks for. Another captain's write is known after a second."""
        if not secret.startswith(TOKEN_PREFIX):
            return None
        found = self.book().caller(secret, self._now())
        return found or self.book(_FRESH_FOR_STRANGERS_SECONDS).caller(secret, self._now())

    def log_in(self, given: str, client: str) -> str | None:
        """A token for what was given: a token is its own, a password opens a session; None for a wrong one.

        `given` may begin with the user's name and a colon; without, it is the first user's password. Raises `Wait`
        after too many failures of this client.
        """
        self._begin_attempt(client)
        token = given if self.caller(given) else self._open_session(given)
        if token is not None:
            self._end_attempt(client)
        return token

    def let_in(self, name: str, secret: str, client: str) -> Caller | None:
        """Whom a user's name with a token of theirs speaks for; None for a wrong one. Raises `Wait` as `log_in`."""
        self._begin_attempt(client)
        found = self.caller(secret)
        if found is None or found.user != name:
            return None
        self._end_attempt(client)
        return found

    def change_password(self, caller: Caller, old: str, new: str, client: str) -> bool:
        """Whether `old` was right, which anything is where there is no password yet. Raises `Wait` as `log_in`.

        `CaptainError` for a token that may do less than its user.
        """
        user = self.book().user(caller.user)
        if not self.book().is_whole(caller):
            raise CaptainError("Your token may not change the password: it may do less than its user.")
        if user.password:
            self._begin_attempt(client)
            if not self._is_password(user.name, old):
                return False
            self._end_attempt(client)
        self.set_password(user.name, new)
        return True

    def _begin_attempt(self, client: str) -> None:
        now = self._now()
        with self._lock:
            pause = self._attempts.pause(client, now)
            if pause > timedelta():
                raise Wait(pause)
            self._attempts = self._attempts.tried(client, now)

    def _end_attempt(self, client: str) -> None:
        with self._lock:
            self._attempts = self._attempts.got_in(client)

    def _open_session(self, given: str) -> str | None:
        name, colon, password = given.partition(":")
        if not colon or name not in self.book().users:
            name, password = FIRST_USER, given
        if not self._is_password(name, password):
            return None
        now, secret = self._now(), new_secret()
        expires = now + SESSION_LASTS

        def open_session(book: Book) -> Book:
            scope = book.user(name).scope
            return book.with_token(name, Token("session", digest_of(secret), scope, (), now, expires, True), now)

        self._change(open_session)
        return secret

    def _is_password(self, name: str, password: str) -> bool:
        found = self.book().users.get(name)
        with self._hashing:
            return is_password(password, "" if found is None else found.password)

    def rights(self) -> Callable[[Caller], bool]:
        """As they are now: whether somebody who asked earlier may still ask for as much."""
        book, now = self.book(0), self._now()
        return lambda asked: book.may_still(asked, now)

    # ---- the book ------------------------------------------------------------------------------------

    def book(self, at_most_old_seconds: float = _FRESH_SECONDS) -> Book:
        """All users, as they are or were so long ago."""
        seen = self._seen
        if seen is not None and time.monotonic() - seen[0] < at_most_old_seconds:
            return seen[1]
        with self._engine() as engine:
            found = parse(self._kept.read(engine))
        self._seen = (time.monotonic(), found)
        return found

    def add_first(self) -> str | None:
        """The first user's token, where there is no user yet; None where there is one."""
        if self.book(0).users:
            return None
        secret = new_secret()
        token = Token("first", digest_of(secret), Scope.ADMIN, (), self._now())

        def add(book: Book) -> Book:
            return book if book.users else book.with_user(User(FIRST_USER, Scope.ADMIN, tokens=(token,)))

        made = self._change(add)
        return secret if token in made.user(FIRST_USER).tokens else None

    def add_user(self, name: str, scope: Scope) -> str:
        """Makes a user, and says the first token of theirs."""
        secret = new_secret()
        token = Token("first", digest_of(secret), scope, (), self._now())

        def add(book: Book) -> Book:
            if name in book.users:
                raise CaptainError(f"There is a user {name} already: give another name.")
            return book.with_user(User(name, scope, tokens=(token,)))

        self._change(add)
        return secret

    def remove_user(self, name: str) -> None:
        """With all tokens of theirs."""
        self._change(lambda book: book.without_user(name))

    def set_password(self, name: str, password: str) -> None:
        """Another password; sessions that the old one opened end."""
        with self._hashing:
            made = password_hash(password, secrets.token_bytes(16))

        def change(book: Book) -> Book:
            user = book.user(name)
            return book.with_user(
                replace(user, password=made, tokens=tuple(token for token in user.tokens if not token.is_session))
            )

        self._change(change)

    def add_token(self, user: str, name: str, scope: Scope, apps: Sequence[str], lasts: timedelta | None) -> str:
        """A token's secret, which nobody can read again."""
        now, secret = self._now(), new_secret()
        expires = None if lasts is None else now + lasts
        token = Token(name, digest_of(secret), scope, tuple(sorted(set(apps))), now, expires)
        self._change(lambda book: book.with_token(user, token, now))
        return secret

    def remove_token(self, token_id: str, user: str = "") -> None:
        """Ends a token or session at once; with `user`, only one of theirs."""
        self._change(lambda book: book.without_token(token_id, user))

    def _change(self, change: Callable[[Book], Book]) -> Book:
        with self._engine() as engine:
            made = parse(self._kept.change(engine, lambda data: dump(change(parse(data)))))
        self._seen = (time.monotonic(), made)
        return made

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        engine = self._connect()
        try:
            yield engine
        finally:
            engine.close()


def new_secret() -> str:
    """Another token; 190 bits that nobody guesses."""
    return TOKEN_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
