"""Captain's users: what is kept of them, what a token may do, how often somebody may try."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.accounts.backoff import FREE, MOST_CLIENTS, WITHIN, Attempts
from captain.accounts.book import (
    MOST_SESSIONS,
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
from captain.accounts.users import Users, Wait
from captain.errors import CaptainError
from captain.kept import Kept
from tests.unit.captain.test_captain_app_rollout import Apps

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    at = NOW

    def __call__(self) -> datetime:
        return self.at


def users(swarm: Apps, clock: Clock | None = None) -> Users:
    return Users(lambda: swarm, "flotilla", clock or Clock())  # type: ignore[arg-type,return-value]


def test_the_first_token_is_made_once() -> None:
    """By whoever is first, and it may do everything; nothing that could be used is kept of it."""
    swarm = Apps()
    token = users(swarm).add_first()
    assert token is not None
    assert users(swarm).add_first() is None
    caller = users(swarm).caller(token)
    assert caller is not None and (caller.user, caller.may(Scope.ADMIN)) == ("admin", True)
    assert token.encode() not in b"".join(config.data for config in swarm.configs())
    assert users(swarm).caller(f"{token}x") is None


def test_a_password_opens_a_session_that_ends() -> None:
    """With the user's name before it, or the first user's without; not a wrong one, and not after thirty days."""
    swarm, clock = Apps(), Clock()
    own = users(swarm, clock)
    own.add_first()
    own.add_user("ann", Scope.READ)
    own.set_password("admin", "correct horse")
    own.set_password("ann", "battery: staple")
    first, second = own.log_in("correct horse", "c"), own.log_in("ann:battery: staple", "c")
    assert first and second and own.log_in("ann:correct horse", "c") is None
    assert [own.caller(token).user for token in (first, second)] == ["admin", "ann"]  # type: ignore[union-attr]
    assert b"horse" not in b"".join(config.data for config in swarm.configs())
    clock.at += SESSION_LASTS
    assert own.caller(first) is None
    own.set_password("admin", "another one")
    assert own.log_in("correct horse", "c") is None


def test_five_wrong_ones_are_followed_by_a_pause() -> None:
    """Of that client alone, whatever it then says; it ends by itself."""
    swarm, clock = Apps(), Clock()
    own = users(swarm, clock)
    token = own.add_first() or ""
    for _ in range(FREE):
        assert own.log_in("guess", "bad") is None
    with pytest.raises(Wait, match="wait 30 s"):
        own.log_in(token, "bad")
    assert own.log_in(token, "good") == token
    clock.at += WITHIN
    assert own.log_in(token, "bad") == token


def test_attempts_count_from_their_beginning() -> None:
    """A hundred at once get five tries; one that was right is forgotten with those before it."""
    attempts = Attempts()
    allowed = 0
    for _ in range(100):
        if attempts.pause("c", NOW) == timedelta():
            allowed += 1
            attempts = attempts.tried("c", NOW)
    assert allowed == FREE
    assert attempts.got_in("c").pause("c", NOW) == timedelta()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60)), max_size=40))
def test_nobody_waits_longer_than_the_window(tries: list[tuple[str, int]]) -> None:
    """Whatever was tried when, after thirty seconds a client may try again."""
    attempts, at = Attempts(), NOW
    for client, seconds in tries:
        at += timedelta(seconds=seconds)
        attempts = attempts.tried(client, at)
        assert timedelta() <= attempts.pause(client, at) <= WITHIN
    assert all(attempts.pause(client, at + WITHIN) == timedelta() for client in "abc")


def test_so_many_clients_are_remembered() -> None:
    """Somebody with many addresses does not fill the memory."""
    attempts = Attempts({str(n): (NOW,) for n in range(MOST_CLIENTS)}).tried("new", NOW)
    assert len(attempts.by_client) == MOST_CLIENTS and "0" not in attempts.by_client


@pytest.mark.parametrize(
    ("scope", "apps", "asked", "app", "may"),
    [
        (Scope.READ, (), Scope.READ, "", True),
        (Scope.READ, (), Scope.DEPLOY, "shop", False),
        (Scope.READ, (), Scope.EXEC, "shop", False),
        (Scope.EXEC, ("shop",), Scope.EXEC, "shop", True),
        (Scope.EXEC, ("shop",), Scope.EXEC, "other", False),
        (Scope.EXEC, (), Scope.DEPLOY, "shop", False),
        (Scope.DEPLOY, (), Scope.DEPLOY, "shop", True),
        (Scope.DEPLOY, ("shop",), Scope.DEPLOY, "shop", True),
        (Scope.DEPLOY, ("shop",), Scope.DEPLOY, "other", False),
        (Scope.DEPLOY, ("shop",), Scope.DEPLOY, "", False),
        (Scope.DEPLOY, ("shop",), Scope.READ, "other", False),
        (Scope.DEPLOY, ("shop",), Scope.READ, "", True),
        (Scope.ADMIN, ("shop",), Scope.ADMIN, "", False),
        (Scope.DEPLOY, (), Scope.ADMIN, "", False),
    ],
)
def test_what_a_token_may(scope: Scope, apps: tuple[str, ...], asked: Scope, app: str, may: bool) -> None:
    """A token for some apps makes no app and no user, and touches no other app."""
    assert Caller("u", scope, apps, "t").may(asked, app) is may


def test_a_token_may_never_do_more_than_its_user() -> None:
    """Also one that was made when the user might do more; and an expired one is nobody's."""
    secret = "fc_x"
    token = Token("t", digest_of(secret), Scope.ADMIN, (), NOW, NOW + DAY)
    book = Book().with_user(User("ann", Scope.READ, tokens=(token,)))
    caller = book.caller(secret, NOW)
    assert caller is not None and caller.scope is Scope.READ
    assert book.caller(secret, NOW + DAY) is None
    assert not Book({"ann": User("ann", Scope.ADMIN)}).is_whole(replace(caller, apps=("shop",)))


def test_a_book_is_what_was_written() -> None:
    """To the letter; an empty config is an empty book, and another's words are refused."""
    token = Token("t", digest_of("x"), Scope.DEPLOY, ("shop",), NOW, NOW + DAY, True)
    book = Book().with_user(User("ann", Scope.DEPLOY, "aa:bb", (token,)))
    assert parse(dump(book)) == book
    assert parse(b"") == Book()
    with pytest.raises(CaptainError, match="cannot be read"):
        parse(json.dumps({"users": [{}]}).encode())


def test_the_book_has_bounds() -> None:
    """Sessions push out the oldest, the last administrator stays, and names are names."""
    book = Book().with_user(User("ann", Scope.ADMIN))
    for n in range(MOST_SESSIONS + 1):
        token = Token("session", digest_of(str(n)), Scope.READ, (), NOW + n * DAY / 100, None, True)
        book = book.with_token("ann", token, NOW)
    assert len(book.user("ann").tokens) == MOST_SESSIONS
    assert book.caller("0", NOW) is None and book.caller("1", NOW) is not None
    with pytest.raises(CaptainError, match="last administrator"):
        book.without_user("ann")
    with pytest.raises(CaptainError, match="cannot be a user's name"):
        book.with_user(User("Ann", Scope.READ))


def test_passwords_are_hashed_with_salt() -> None:
    """The same one twice is not seen to be the same; an account without one takes none, not even the empty one."""
    one, two = password_hash("correct horse", b"1" * 16), password_hash("correct horse", b"2" * 16)
    assert one.partition(":")[2] != two.partition(":")[2]
    assert is_password("correct horse", one) and not is_password("correct horsf", one)
    assert not is_password("", "") and not is_password("correct horse", "")
    with pytest.raises(CaptainError, match="at least 8"):
        password_hash("short", b"1" * 16)


def test_a_session_or_lesser_token_cannot_take_the_user_over() -> None:
    """A token for one app may not set the password of its user, even where there is none."""
    swarm = Apps()
    own = users(swarm)
    own.add_first()
    secret = own.add_token("admin", "ci", Scope.DEPLOY, ["shop"], None)
    caller = own.caller(secret)
    assert caller is not None
    with pytest.raises(CaptainError, match="may not change the password"):
        own.change_password(caller, "", "a new password", "c")


def test_two_writers_lose_nothing() -> None:
    """Of two that read the same, the second reads again; also when the first's state has been replaced since."""
    swarm = Apps()
    kept = Kept("captain.users", "label", "k", {})
    others = iter([3, 0])

    def change(before: bytes) -> bytes:
        for _ in range(next(others, 0)):
            kept.change(swarm, lambda data: data + b"o")  # type: ignore[arg-type]
        return before + b"m"

    assert kept.change(swarm, change) == b"ooom"  # type: ignore[arg-type]
    assert kept.read(swarm) == b"ooom"  # type: ignore[arg-type]
    assert [config.name for config in swarm.configs()] == ["captain.users.4"], "what was before is gone"


@pytest.mark.parametrize(
    ("asked", "may"),
    [
        (Caller("ann", Scope.DEPLOY, ("shop",), "TOKEN"), True),
        (Caller("ann", Scope.ADMIN, ("shop",), "TOKEN"), False),
        (Caller("ann", Scope.DEPLOY, (), "TOKEN"), False),
        (Caller("ann", Scope.DEPLOY, ("till",), "TOKEN"), False),
        (Caller("ann", Scope.DEPLOY, ("shop",), "another"), False),
        (Caller("bob", Scope.DEPLOY, ("shop",), "TOKEN"), False),
    ],
)
def test_who_asked_earlier_may_still_do_what_their_token_may_now(asked: Caller, may: bool) -> None:
    """A token that is gone, is over or may less does not."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    token = Token("ci", digest_of("x"), Scope.DEPLOY, ("shop",), now, now + timedelta(hours=1))
    book = Book({"ann": User("ann", Scope.ADMIN, tokens=(token,))})
    asked = replace(asked, token=token.id if asked.token == "TOKEN" else asked.token)
    assert book.may_still(asked, now) is may
    assert not book.may_still(asked, now + timedelta(hours=2))
