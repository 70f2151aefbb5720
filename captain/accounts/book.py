"""All users with the hashes of their passwords and tokens, as one frozen value. Pure: no clock, no random source.

A token is long and random, so that a fast hash of it is enough; a password is hashed slowly (`password_hash`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from captain.errors import CaptainError

USER_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
LEAST_PASSWORD_LENGTH = 8
MOST_USERS = 100
MOST_TOKENS = 50
"""Of one user. All of the book is one config, of which each manager holds 500 kB at most in memory."""
MOST_SESSIONS = 20
SESSION_LASTS = timedelta(days=30)

_FORMAT = 1
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


class Scope(Enum):
    """What somebody may do; each includes the ones before it."""

    READ = "read"
    EXEC = "exec"
    DEPLOY = "deploy"
    ADMIN = "admin"

    def includes(self, other: Scope) -> bool:
        """Whether this is as much as `other`, or more."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Token:
    """`digest` is the secret's SHA-256 in hexadecimal, which the id begins; `apps` empty means every app."""

    name: str
    digest: str
    scope: Scope
    apps: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    is_session: bool = False

    @property
    def id(self) -> str:
        """By which people name it; says nothing of the secret."""
        return self.digest[:12]


@dataclass(frozen=True, slots=True)
class User:
    """`password` is what `password_hash` makes, empty for a user who has only tokens."""

    name: str
    scope: Scope
    password: str = ""
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token speaks for: never more than its user may."""

    user: str
    scope: Scope
    apps: tuple[str, ...]
    token: str
    """The token's id."""

    def may(self, scope: Scope, app: str = "") -> bool:
        """Whether it may do this with the app; without one, with what is no single app's."""
        if not self.scope.includes(scope):
            return False
        if app:
            return not self.apps or app in self.apps
        return not self.apps or scope is Scope.READ


@dataclass(frozen=True, slots=True)
class Book:
    """All users, by name."""

    users: dict[str, User] = field(default_factory=dict)

    def user(self, name: str) -> User:
        """One of them; `CaptainError` without it."""
        if name not in self.users:
            raise CaptainError(f"There is no user {name}; there is {', '.join(sorted(self.users)) or 'none yet'}.")
        return self.users[name]

    def with_user(self, user: User) -> Book:
        """The book with this user, whose namesake it replaces. `CaptainError` for a name that cannot be."""
        if not USER_NAME.fullmatch(user.name):
            raise CaptainError(
                f"'{user.name}' cannot be a user's name: a lower-case letter, then up to 31 of those, digits, hyphens."
            )
        if user.name not in self.users and len(self.users) >= MOST_USERS:
            raise CaptainError(f"There are {MOST_USERS} users, and no more can be: remove one first.")
        return Book({**self.users, user.name: user})

    def without_user(self, name: str) -> Book:
        """`CaptainError` where nobody would be left who may make users."""
        self.user(name)
        left = {key: user for key, user in self.users.items() if key != name}
        if not any(user.scope is Scope.ADMIN for user in left.values()):
            raise CaptainError(f"{name} is the last administrator: make another one first.")
        return Book(left)

    def with_token(self, name: str, token: Token, now: datetime) -> Book:
        """The user has this token besides; expired ones go, and of sessions the oldest beyond `MOST_SESSIONS`."""
        user = self.user(name)
        kept = [own for own in user.tokens if not _is_over(own, now)]
        sessions = [own for own in kept if own.is_session]
        if token.is_session and len(sessions) >= MOST_SESSIONS:
            kept.remove(min(sessions, key=lambda own: own.created_at))
        elif not token.is_session and len(kept) - len(sessions) >= MOST_TOKENS:
            raise CaptainError(f"{name} has {MOST_TOKENS} tokens, and no more can be: remove one first.")
        return self.with_user(replace(user, tokens=(*kept, token)))

    def is_whole(self, caller: Caller) -> bool:
        """Whether the token may do all that its user may: such a one may make others."""
        return not caller.apps and caller.scope is self.user(caller.user).scope

    def without_token(self, token_id: str, user: str = "") -> Book:
        """`CaptainError` where there is none of that id; with `user`, none of theirs."""
        for own in self.users.values():
            left = tuple(token for token in own.tokens if token.id != token_id)
            if len(left) < len(own.tokens) and user in ("", own.name):
                return self.with_user(replace(own, tokens=left))
        raise CaptainError(f"There is no token {token_id}.")

    def caller(self, secret: str, now: datetime) -> Caller | None:
        """Who has this token; None for nobody, or one that is over."""
        digest = digest_of(secret)
        for user in self.users.values():
            for token in user.tokens:
                if hmac.compare_digest(token.digest, digest) and not _is_over(token, now):
                    scope = token.scope if user.scope.includes(token.scope) else user.scope
                    return Caller(user.name, scope, token.apps, token.id)
        return None

    def may_still(self, asked: Caller, now: datetime) -> bool:
        """Whether this caller's token is there yet, and may all that it might when it asked."""
        user = self.users.get(asked.user)
        if user is None:
            return False
        for token in user.tokens:
            if token.id == asked.token and not _is_over(token, now):
                covers = not token.apps or (bool(asked.apps) and set(asked.apps) <= set(token.apps))
                return covers and token.scope.includes(asked.scope) and user.scope.includes(asked.scope)
        return False


def digest_of(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def password_hash(password: str, salt: bytes) -> str:
    """What is kept of a password: scrypt with 16 MB, salt first. `CaptainError` for one that is too short."""
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise CaptainError(f"A password has at least {LEAST_PASSWORD_LENGTH} characters.")
    return f"{salt.hex()}:{hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT).hex()}"


def is_password(password: str, kept: str) -> bool:
    """Whether it is the one that `kept` was made of. It takes as long for a user without a password."""
    salt, _, made = kept.partition(":")
    found = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt) or bytes(16), **_SCRYPT).hex()
    return bool(made) and hmac.compare_digest(found, made)


def dump(book: Book) -> bytes:
    """The content of its config."""
    users = [
        {**asdict(user), "scope": user.scope.value, "tokens": [_token_json(token) for token in user.tokens]}
        for user in sorted(book.users.values(), key=lambda user: user.name)
    ]
    return json.dumps({"format": _FORMAT, "users": users}, sort_keys=True).encode()


def parse(data: bytes) -> Book:
    """Back from `dump`; nothing is an empty book. `CaptainError` for what no captain wrote."""
    if not data:
        return Book()
    try:
        content = json.loads(data)
        users = [_user(raw) for raw in content["users"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CaptainError(f"The config with captain's users cannot be read: {error!r}.") from error
    return Book({user.name: user for user in users})


def _user(raw: dict[str, object]) -> User:
    return User(str(raw["name"]), Scope(raw["scope"]), str(raw["password"]), tuple(_tokens(raw["tokens"])))


def _tokens(raws: object) -> Iterable[Token]:
    assert isinstance(raws, list)
    for raw in raws:
        expires = raw["expires_at"]
        yield Token(
            name=raw["name"],
            digest=raw["digest"],
            scope=Scope(raw["scope"]),
            apps=tuple(raw["apps"]),
            created_at=datetime.fromtimestamp(raw["created_at"], UTC),
            expires_at=None if expires is None else datetime.fromtimestamp(expires, UTC),
            is_session=raw["is_session"],
        )


def _token_json(token: Token) -> dict[str, object]:
    return {
        **asdict(token),
        "scope": token.scope.value,
        "created_at": token.created_at.timestamp(),
        "expires_at": None if token.expires_at is None else token.expires_at.timestamp(),
    }


def _is_over(token: Token, now: datetime) -> bool:
    return token.expires_at is not None and now >= token.expires_at
