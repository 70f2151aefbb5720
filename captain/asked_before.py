"""What was asked of an earlier captain and not begun: whether it is begun now. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from captain.accounts.book import Caller
from captain.deployment import Kept, State

LONGEST = timedelta(hours=24)
TOO_OLD = f"it was asked for more than {LONGEST.total_seconds() / 3600:.0f} hours ago and not begun: ask again"
MAY_NOT = "it was not begun: {by} may not ask for it any more, the token was removed, is over or may do less"


def refusal(kept: Kept, now: datetime, may_still: Callable[[Caller], bool]) -> str:
    """Why not; empty if it is.

    What is under way is seen through, and so is a source, which is under way from the start: it was let in when it was
    received. Whoever has no token, such as a webhook, is not asked for one.
    """
    made, wish = kept.deployment, kept.wish
    if made.state is not State.WAITING or wish is None:
        return ""
    if now - made.asked_at > LONGEST:
        return TOO_OLD
    if wish.caller.token and not may_still(wish.caller):
        return MAY_NOT.format(by=made.by)
    return ""
