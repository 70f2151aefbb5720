"""CapRover's API about an app's log: `/user/apps/appData/<app>/logs`."""

from __future__ import annotations

from captain.accounts.book import Scope
from captain.apps.app_work import AppWork
from captain.apps.log_reading import Wanted, rows
from captain.caprover.app_log import MOST_LINES, encoded, framed
from captain.caprover.call import Call
from captain.caprover.envelope import Answer, Refusal, Status
from captain.logs.kept_logs import KeptLogs


class LogCalls:
    """Each method is one route."""

    def __init__(self, work: AppWork, kept: KeptLogs) -> None:
        self._work, self._kept = work, kept

    def logs(self, call: Call) -> Answer:
        """GET appData/<app>/logs: the newest lines of all replicas."""
        name = call.words[-2]
        call.require(Scope.READ, name)
        app = self._work.apps().get(name)
        if app is None:
            raise Refusal(Status.NOT_FOUND, f"There is no app {name}.")
        log = b""
        if app.service is not None:
            with self._work.place() as place:
                log = framed(rows(place, self._kept, name, Wanted(last=MOST_LINES, most=MOST_LINES)))
        told = encoded(log, call.query.get("encoding", ""))
        return Answer(Status.OK, "App runtime logs are retrieved", {"logs": told})
