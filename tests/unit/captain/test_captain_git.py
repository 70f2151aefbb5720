"""What a push asks for, and whose turn it is."""

from __future__ import annotations

import threading

import pytest

from captain.errors import CaptainError
from captain.git.push import Update, deployed, parse
from captain.git.turns import Turns
from tests.docker_cli import eventually

NONE, ONE, TWO = "0" * 40, "1" * 40, "2" * 40


def test_a_line_of_git_is_read() -> None:
    """Old commit, new commit, ref; anything else is no push."""
    found = parse(f"{NONE} {ONE} refs/heads/main")
    assert (found.branch, found.is_new, found.deletes) == ("main", True, False)
    assert parse(f"{'1' * 64} {'0' * 64} refs/tags/x").deletes, "with SHA-256, too"
    for wrong in ("", f"{ONE} {TWO}", f"{ONE} --output=/x refs/heads/main", f"{ONE} {TWO[1:]} refs/heads/main"):
        with pytest.raises(CaptainError):
            parse(wrong)


def test_one_branch_is_deployed_and_everything_else_has_a_reason() -> None:
    """Each says what to do instead."""
    main, tag = Update(ONE, TWO, "refs/heads/main"), Update(NONE, TWO, "refs/tags/v1")
    assert deployed([tag, main]) is main
    assert deployed([Update(NONE, TWO, "refs/heads/master")]).branch == "master"
    for updates, why in (
        ([], "one branch at a time"),
        ([tag], "one branch at a time"),
        ([main, Update(NONE, TWO, "refs/heads/master")], "one branch at a time"),
        ([main, Update(NONE, TWO, "refs/heads/feature/x")], "feature/x:main"),
        ([Update(ONE, NONE, "refs/heads/main")], "removes nothing"),
        ([main, Update(NONE, TWO, "refs/for/main")], "not refs/for/main"),
    ):
        with pytest.raises(CaptainError, match=why):
            deployed(updates)


def test_a_turn_is_one_at_a_time_and_the_newest_is_next() -> None:
    """Of those who wait all but the newest are sent away; one whose client is gone, too; other apps do not wait."""
    turns, took, gone = Turns(), dict[int, bool](), threading.Event()
    assert turns.take("shop", lambda: True) and turns.is_held("shop")
    assert turns.take("other", lambda: True)

    def wait(number: int) -> None:
        took[number] = turns.take("shop", lambda: not (number == 3 and gone.is_set()))

    for number in (1, 2):
        threading.Thread(target=wait, args=(number,), daemon=True).start()
        eventually(lambda number=number: len(took) == number - 1, 30)  # type: ignore[misc]
    assert took == {1: False}
    turns.give_back("shop")
    eventually(lambda: took.get(2), 30)
    threading.Thread(target=wait, args=(3,), daemon=True).start()
    gone.set()
    eventually(lambda: took.get(3) is False, 30)
    turns.give_back("shop")
    assert turns.take("shop", lambda: True)
