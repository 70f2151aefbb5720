"""The worker's job that sends the outbox."""

from __future__ import annotations

import asyncio
import logging

from app import acting
from app.db import Database
from app.mail import outbox
from app.mail.address import SmtpServer

log = logging.getLogger(__name__)

SECONDS = 10.0
"""What one statement on the outbox may take."""


class Sending:
    """Sends what is due, one mail after the other; each at least once."""

    def __init__(self, database: Database, server: SmtpServer | None) -> None:
        self._database = database
        self._server = server
        self._told = 0

    async def run_once(self) -> int:
        """Sends everything that is due; how many were taken over. PlatformError when the database cannot be had.

        What is not worth sending any more is dropped, with a server and without.
        """
        if dropped := await self._database.write_within(SECONDS, acting.worker(), outbox.drop):
            log.warning("%d mails are dropped: %s; see python -m app mail list", dropped, outbox.DROPPED)
        if self._server is None:
            await self._tell()
            return 0
        sent = 0
        while mail := await self._database.write_within(SECONDS, acting.worker(), outbox.take):
            sent += await self._send(self._server, mail)
        return sent

    async def _send(self, server: SmtpServer, mail: outbox.Due) -> bool:
        from app.mail import smtp  # noqa: PLC0415 - ssl and email at the first mail, not at the start

        try:
            await asyncio.to_thread(smtp.send, server, mail)
        except smtp.NotSent as error:
            log.warning("mail %s was not sent (attempt %d) and waits: %s", mail["id"], mail["attempts"], error)
            await self._database.write_within(SECONDS, acting.worker(), outbox.mark_failed, mail["id"], str(error))
            return False
        await self._database.write_within(SECONDS, acting.worker(), outbox.mark_sent, mail["id"])
        log.info("mail %s is sent", mail["id"])
        return True

    async def _tell(self) -> None:
        """Without a server, mails are kept; said once for each number of them."""
        waiting = await self._database.write_within(SECONDS, acting.worker(), outbox.waiting)
        if waiting and waiting != self._told:
            log.warning(
                "%d mails are kept and not sent: there is no SMTP server; give one with up.sh --smtp-url, or read them"
                " with python -m app mail list",
                waiting,
            )
        self._told = waiting
