"""What a push asks for: the branch that it deploys, or why it deploys none. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from captain.errors import CaptainError

BRANCHES = ("main", "master")
"""Those that are deployed; a repository has one of them."""

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_EITHER = " or ".join(BRANCHES)


@dataclass(frozen=True, slots=True)
class Update:
    """One ref that is to be moved; commits are hexadecimal, all zeros where there is none."""

    before: str
    after: str
    ref: str

    @property
    def branch(self) -> str:
        """The branch's name; empty for what is none."""
        return self.ref.removeprefix(_BRANCH) if self.ref.startswith(_BRANCH) else ""

    @property
    def is_new(self) -> bool:
        """Whether the ref is not there yet."""
        return not self.before.strip("0")

    @property
    def deletes(self) -> bool:
        """Whether it takes the ref away."""
        return not self.after.strip("0")


def parse(line: str) -> Update:
    """As git tells a hook: two commits and the ref. `CaptainError` for anything else."""
    parts = line.split(" ", 2)
    if len(parts) != 3 or not all(_COMMIT.fullmatch(commit) for commit in parts[:2]):
        raise CaptainError("git told captain of a push that captain cannot read: see the log of captain.")
    return Update(*parts)


def deployed(updates: Sequence[Update]) -> Update:
    """The one branch among them that is deployed; tags may come with it. `CaptainError` says why there is none."""
    for update in updates:
        if update.deletes:
            raise CaptainError(
                f"captain removes nothing by a push: captain remove takes an app away, and {_EITHER} stays."
            )
        if update.branch and update.branch not in BRANCHES:
            raise CaptainError(
                f"captain deploys {_EITHER}, and not {update.branch}: "
                f"git push REMOTE {update.branch}:{BRANCHES[0]} deploys it all the same."
            )
        if not update.branch and not update.ref.startswith(_TAG):
            raise CaptainError(f"captain takes branches and tags, and not {update.ref}.")
    found = [update for update in updates if update.branch]
    if len(found) != 1:
        raise CaptainError(f"captain deploys one branch at a time, {_EITHER}: push that one.")
    return found[0]
